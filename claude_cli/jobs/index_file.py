"""The SQLite file of a job's index: its tables and its seals; errors of SQLite become ours.

Each row and each fact has a seal, a checksum of its cells: what was changed behind our back is
found before anything is sent, paid for or written by it.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from claude_cli.errors import CannotWrite, ClaudeCliError, TemporaryFailure
from claude_cli.jobs.damage import damaged

_SCHEMA = """
CREATE TABLE rows (
    row INTEGER PRIMARY KEY,  -- from 1, in input order
    line INTEGER,             -- of the input
    custom_id TEXT UNIQUE,
    start INTEGER, length INTEGER,  -- of the body in the requests file
    part INTEGER,             -- of the job: the batch that it is sent in
    at INTEGER, size INTEGER, -- of the result in the results file
    outcome TEXT,             -- its type; LOST where a live row had one and has it no more
    checksum INTEGER,         -- of the result
    seen INTEGER DEFAULT 0,   -- the download in which its result came last
    charged INTEGER DEFAULT 0,
    seal INTEGER              -- NULL until the next commit
);
CREATE INDEX unsealed ON rows (row) WHERE seal IS NULL;
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER, seal INTEGER);
"""

_CELLS = (
    *("row", "line", "custom_id", "start", "length", "part"),
    *("at", "size", "outcome", "checksum", "charged"),
)
"""What the seal of a row is made of."""

_FAILURES = (sqlite3.Error, UnicodeError)
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}

PATIENCE = 5.0
"""Seconds for which another program may hold the file."""


def sealed(**changed: str) -> str:
    """An expression of SQL: the seal of a row once the cells in `changed` have these values."""
    return f"seal({', '.join(changed.get(cell, cell) for cell in _CELLS)})"


class IndexFile:
    """Queries of the file. Each method raises CannotWrite where the disk takes nothing,
    TemporaryFailure while another program holds the file, else InputUnreadable."""

    def __init__(self, path: Path, *, is_new: bool) -> None:
        if not is_new and not path.exists():
            raise damaged(path, "the file is gone")
        if is_new:  # SQLite alone would make it readable for all
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        self._path = path
        try:
            self._db = sqlite3.connect(path, timeout=PATIENCE)
            with ExitStack() as stack:
                stack.callback(self._db.close)
                self._db.create_function("seal", -1, _seal, deterministic=True)
                if is_new:
                    self._db.executescript(_SCHEMA)
                stack.pop_all()
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def change(self, query: str, values: Any = ()) -> int:
        """Run a statement; return how many rows it changed."""
        try:  # no context manager: of a short query it would be a quarter
            return self._db.execute(query, values).rowcount
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def one(self, query: str, values: Any = ()) -> Any:
        """The first row of a query; None where there is none."""
        try:
            return self._db.execute(query, values).fetchone()
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def rows(self, query: str, values: Any = ()) -> Iterator[Any]:
        """The rows of a query, as they are read: damage can come up behind the first."""
        try:
            for row in self._db.execute(query, values):  # noqa: UP028 - it would close the cursor,
                yield row  # which only the thread that opened it may
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def change_many(self, query: str, values: Iterable[Any]) -> None:
        try:
            self._db.executemany(query, values)
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def hold(self) -> None:
        """Begin a transaction, unless there is one: without it each look locks the file anew, and
        reads its header."""
        if not self._db.in_transaction:
            self.change("BEGIN")

    def commit(self) -> None:
        """Seal the rows whose seal is NULL, and put all changes on disk."""
        self.change(f"UPDATE rows SET seal = {sealed()} WHERE seal IS NULL")
        try:
            self._db.commit()
        except _FAILURES as error:
            raise self._in_our_terms(error) from error

    def check(self) -> None:
        """Raise InputUnreadable where anything in the file is not what was written."""
        state = self.one("PRAGMA integrity_check(1)")
        rows = self.one(f"SELECT count(*) FROM rows WHERE seal IS NOT {sealed()}")
        facts = self.one("SELECT count(*) FROM facts WHERE seal IS NOT seal(name, value)")
        if state != ("ok",) or rows != (0,) or facts != (0,):
            raise damaged(self._path, "it is not what was written")

    def close(self) -> None:
        self._db.close()

    def _in_our_terms(self, error: Exception) -> ClaudeCliError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            return TemporaryFailure(
                f"{self._path} is locked by another program", hint="try again when it has finished"
            )
        if code in _NO_ROOM:
            return CannotWrite(f"cannot write {self._path}: {error}")
        return damaged(self._path, error)


def _seal(*cells: object) -> int:
    return zlib.crc32(repr(cells).encode())
