"""The summaries of all sessions, kept between runs: a cache, so that no list reads every file.

A row counts only for a file of the very size and time that it was made from; a file without such
a row is read again. Where the cache is damaged it is begun anew, and where it cannot be kept the
files themselves are read: nothing but time depends on it.
"""

import json
import os
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claude_cli.disk.private_files import make_private_folder
from claude_cli.errors import ClaudeCliError
from claude_cli.session.folder import Entry, entries_of, look_at_all, noted_files
from claude_cli.session.summary import Summary, find_name, summarise

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 0.2
"""Seconds to wait for another process; after that this one does without."""

AT_ONCE = 250
"""Rows that one query asks for."""

_VERSION = 2
_PASSING = (5, 8, 13)
"""SQLITE_BUSY, SQLITE_READONLY, SQLITE_FULL: the cache itself is sound."""
_TABLE = """
CREATE TABLE IF NOT EXISTS sessions (
    file TEXT PRIMARY KEY, modified INTEGER, size INTEGER, name TEXT, summary TEXT, sum INTEGER
);
CREATE INDEX IF NOT EXISTS names ON sessions (name);
CREATE TABLE IF NOT EXISTS looks (
    look INTEGER PRIMARY KEY, since INTEGER  -- one row: all files were in `sessions`; see `Look`
);
"""
_KEPT = [f.name for f in fields(Summary) if f.name not in ("id", "file", "modified")]


class Index:
    """The cache in `file`, for the sessions of one folder."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._folder = folder
        self._file = file

    def summaries(self, entries: Iterable[Entry]) -> Iterator[Summary]:
        """The summary of each file that can be read, in order; what was read anew is kept."""
        with self._open() as rows:
            yield from rows.all_summaries(entries)

    def named(self, name: str) -> list[Path]:
        """The files whose session has that name. Every file is looked at, unless that was done
        before and each change since then is noted."""
        noted = noted_files(self._folder)
        with self._open() as rows:
            if noted and noted.since == rows.complete_since():
                files = noted.files.union(rows.files_named(name))
                entries, since = entries_of(self._folder, files), None
            else:
                entries, since = look_at_all(self._folder)
                rows.forget_all_but(entries)
            found = [one.path for one in rows.all_summaries(entries) if one.name == name]
            if since is not None:
                rows.set_complete(since)
        return found

    def named_once(self, name: str) -> Path | None:
        """The one file that had that name when it was last looked at, if it still has it."""
        with self._open() as rows:
            found = rows.files_named(name)
        path = self._folder / found[0] if len(found) == 1 else None
        return path if path and find_name(path) == name else None

    @contextmanager
    def _open(self) -> "Iterator[_Rows]":
        rows = _Rows(self._folder, self._file)
        try:
            yield rows
        finally:
            rows.close()


class _Rows:
    """The open cache. Whatever goes wrong with it is the end of it for this run."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._folder = folder
        self._file = file
        self._db: sqlite3.Connection | None = None
        self._new: list[tuple[Any, ...]] = []
        with suppress(ClaudeCliError, OSError):
            make_private_folder(file.parent)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._begin()

    def _begin(self) -> None:
        import sqlite3

        try:
            self._db = sqlite3.connect(self._file, timeout=PATIENCE)
            self._db.execute("PRAGMA synchronous = OFF")
            [[version]] = self._db.execute("PRAGMA user_version")
            if version != _VERSION:
                self._db.executescript(f"DROP TABLE IF EXISTS sessions; {_TABLE}")
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
        except (sqlite3.Error, UnicodeError) as error:
            self._give_up(error)

    def summaries(self, entries: list[Entry]) -> Iterator[Summary]:
        marks = ",".join("?" * len(entries))
        query = f"SELECT * FROM sessions WHERE file IN ({marks})"
        known = {row[0]: row for row in self._do(query, tuple(entry.name for entry in entries))}
        for entry in entries:
            row = known.get(entry.name)
            if row and row[1:3] == (entry.modified, entry.size) and _is_sound(row):
                yield self._summary(entry, json.loads(row[4]))
            elif summary := self._read(entry):
                yield summary

    def all_summaries(self, entries: Iterable[Entry]) -> Iterator[Summary]:
        """What was read anew is kept."""
        rest = iter(entries)
        while some := list(islice(rest, AT_ONCE)):
            yield from self.summaries(some)
            self.keep()

    def _summary(self, entry: Entry, kept: dict[str, Any]) -> Summary:
        session_id, _ = os.path.splitext(entry.name)
        file = os.path.join(self._folder, entry.name)
        return Summary(session_id, file, entry.modified / 1e9, **kept)

    def files_named(self, name: str) -> list[str]:
        return [file for [file] in self._do("SELECT file FROM sessions WHERE name = ?", (name,))]

    def complete_since(self) -> int | None:
        """`since` of the look after which every file that can be read had its row."""
        found = self._do("SELECT since FROM looks")
        return found[0][0] if found else None

    def set_complete(self, since: int) -> None:
        self._do("INSERT OR REPLACE INTO looks VALUES (1, ?)", [(since,)])

    def forget_all_but(self, entries: Collection[Entry]) -> None:
        """Drop the rows of files that are gone."""
        here = {entry.name for entry in entries}
        gone = [row for row in self._do("SELECT file FROM sessions") if row[0] not in here]
        self._do("DELETE FROM sessions WHERE file = ?", gone)

    def keep(self) -> None:
        """Write what was read anew."""
        rows, self._new = self._new, []
        self._do("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)", rows)

    def close(self) -> None:
        self.keep()
        if self._db:
            self._db.close()

    def _read(self, entry: Entry) -> Summary | None:
        try:
            summary = summarise(self._folder / entry.name)
        except (ClaudeCliError, FileNotFoundError):
            return None
        kept = json.dumps({key: getattr(summary, key) for key in _KEPT})
        row = (entry.name, entry.modified, entry.size, summary.name, kept)
        self._new.append((*row, _checksum(row)))
        return summary

    def _do(self, query: str, values: Any = ()) -> list[Any]:
        """The rows of a query, or of many with one list of values each; none without a cache."""
        import sqlite3

        if self._db is None or values == []:
            return []
        try:
            if isinstance(values, list):
                with self._db:
                    return self._db.executemany(query, values).fetchall()
            return self._db.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            self._give_up(error)
            return []

    def _give_up(self, error: Exception) -> None:
        if self._db:
            self._db.close()
        self._db = None
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _PASSING:
            with suppress(OSError):  # damaged: begun anew next time
                self._file.unlink()


def _checksum(row: tuple[Any, ...]) -> int:
    """A flipped bit in the file of a database is not noticed by the database."""
    return zlib.crc32(repr(row).encode("utf-8", "surrogatepass"))


def _is_sound(row: tuple[Any, ...]) -> bool:
    return bool(row[5] == _checksum(row[:5]))
