"""Where each row of a job is on disk: its request, its part, its result. An SQLite file.

What is here can be found in the files that it points to; that it need not be looked for keeps
memory flat, however many rows there are.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from claude_cli.errors import CannotWrite

PART_ROWS = 100_000
PART_BYTES = 256_000_000
"""Most requests, and most bytes, of one batch: Anthropic's Message Batches API, "limitations"."""

ENVELOPE = len('{"custom_id":"","params":},')
"""Bytes that a request of a batch has beside its id and its body."""

FRAME = len('{"requests":[]}')

_SCHEMA = """
CREATE TABLE rows (
    row INTEGER PRIMARY KEY,  -- from 1, in input order
    line INTEGER,             -- of the input
    custom_id TEXT UNIQUE,
    start INTEGER, length INTEGER,  -- of the body in the requests file
    part INTEGER,             -- of the job: the batch that it is sent in
    at INTEGER, size INTEGER, -- of the result in the results file
    outcome TEXT,
    seen INTEGER DEFAULT 0,   -- the download in which its result came last
    charged INTEGER DEFAULT 0
);
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER);
"""


class Request(NamedTuple):
    """A row that can be sent: its id, and where its body is in the requests file."""

    row: int
    custom_id: str
    start: int
    length: int


class Kept(NamedTuple):
    """A row and where its result is; `at` is None where there is none yet."""

    row: int
    custom_id: str
    at: int | None
    size: int
    outcome: str | None


class Part(NamedTuple):
    """The rows of one batch; `size` is the bytes of the body that creates it."""

    number: int
    rows: int
    size: int


class RowIndex:
    """The index of one job. Changes are on disk after `commit`, all or none of them."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        if is_new:  # SQLite alone would make it readable for all
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        self._path = path
        with self._in_our_terms():
            self._db = sqlite3.connect(path)
            if is_new:
                self._db.executescript(_SCHEMA)

    def commit(self) -> None:
        with self._in_our_terms():
            self._db.commit()

    def close(self) -> None:
        self._db.close()

    def add(self, line: int, custom_id: str | None, start: int, length: int) -> int | None:
        """Add a row; return the line that has its `custom_id` already, None where none has."""
        added = self._do(
            "INSERT OR IGNORE INTO rows (line, custom_id, start, length) VALUES (?, ?, ?, ?)",
            (line, custom_id, start, length),
        )
        if added.rowcount:
            return None
        return int(self._one("SELECT line FROM rows WHERE custom_id = ?", custom_id)[0])

    def name_rows(self, mark: str) -> None:
        """Give each row that has no id the id MARK-N, where N is its place in the input."""
        self._do("UPDATE rows SET custom_id = ? || '-' || row WHERE custom_id IS NULL", (mark,))

    def divide(self, most_rows: int = PART_ROWS, most_bytes: int = PART_BYTES) -> None:
        """Put the rows that belong to no part into new ones, as few as the limits allow."""
        part, rows, size = self.fact("parts"), most_rows, most_bytes
        changes: list[tuple[int, int]] = []
        loose = "SELECT row, length(custom_id) + length + ? FROM rows WHERE part IS NULL"
        for row, needed in self._do(f"{loose} ORDER BY row", (ENVELOPE,)):
            if rows == most_rows or size + needed > most_bytes:
                part, rows, size = part + 1, 0, FRAME
            rows, size = rows + 1, size + needed
            changes.append((part, row))
            if len(changes) == 10_000:
                self._do_many("UPDATE rows SET part = ? WHERE row = ?", changes)
                changes.clear()
        self._do_many("UPDATE rows SET part = ? WHERE row = ?", changes)
        self.set_fact("parts", part)

    def parts(self) -> list[Part]:
        """The parts that still have rows, in the order in which they were made."""
        query = "SELECT part, count(*), sum(length(custom_id) + length + ?) FROM rows GROUP BY part"
        found = self._do(query, (ENVELOPE,))
        return [Part(part, rows, size - 1 + FRAME) for part, rows, size in found]

    def requests(self, part: int | None = None, *, unanswered: bool = False) -> Iterator[Request]:
        """The rows of a part, or all, in input order."""
        which = ["part = :part"] if part is not None else []
        which += ["at IS NULL"] if unanswered else []
        where = " AND ".join(which) or "1"
        query = f"SELECT row, custom_id, start, length FROM rows WHERE {where} ORDER BY row"
        return map(Request._make, self._do(query, {"part": part}))

    def sample(self, most: int) -> list[Request]:
        """At most `most` rows, evenly spread."""
        step = max(self.count() // most, 1)
        query = "SELECT row, custom_id, start, length FROM rows WHERE (row - 1) % ? = 0 LIMIT ?"
        return [Request(*row) for row in self._do(query, (step, most))]

    def find(self, custom_id: str) -> tuple[int, int, int | None, int] | None:
        """Row, part, place of the result and last download of an id; None for an unknown one."""
        query = "SELECT row, part, at, seen FROM rows WHERE custom_id = ?"
        found: tuple[int, int, int | None, int] | None = self._one(query, custom_id)
        return found

    def keep(self, row: int, at: int, size: int, outcome: str, seen: int = 0) -> None:
        """Note where the result of a row is."""
        self._do(
            "UPDATE rows SET at = ?, size = ?, outcome = ?, seen = ?, charged = 0 WHERE row = ?",
            (at, size, outcome, seen, row),
        )

    def see(self, row: int, download: int) -> None:
        self._do("UPDATE rows SET seen = ? WHERE row = ?", (download, row))

    def results(self) -> Iterator[Kept]:
        """All rows, in input order."""
        query = "SELECT row, custom_id, at, size, outcome FROM rows ORDER BY row"
        return map(Kept._make, self._do(query))

    def uncharged(self, most: int) -> list[Kept]:
        """At most `most` rows whose answers are not in the ledger yet."""
        query = (
            "SELECT row, custom_id, at, size, outcome FROM rows"
            " WHERE outcome = 'succeeded' AND NOT charged ORDER BY row LIMIT ?"
        )
        return [Kept(*row) for row in self._do(query, (most,))]

    def charge(self, rows: Iterable[int]) -> None:
        self._do_many("UPDATE rows SET charged = 1 WHERE row = ?", ((r,) for r in rows))
        self.commit()

    def count(self) -> int:
        return int(self._one("SELECT count(*) FROM rows")[0])

    def missing(self, part: int) -> int:
        """How many rows of a part have no result."""
        query = "SELECT count(*) FROM rows WHERE part = ? AND at IS NULL"
        return int(self._one(query, part)[0])

    def outcomes(self) -> dict[str | None, int]:
        """Outcome → number of rows; None counts those without a result."""
        return dict(self._do("SELECT outcome, count(*) FROM rows GROUP BY outcome"))

    def send_again(self, which: Literal["failed", "all"], dead_parts: Iterable[int]) -> int:
        """Forget the results of rows, so that they are sent in new parts; return how many.

        `failed`: all but the successes, and the rows without a result in `dead_parts`.
        """
        dead = ",".join(str(int(part)) for part in dead_parts)
        failed = f"outcome != 'succeeded' OR (outcome IS NULL AND part IN ({dead}))"
        cleared = self._do(
            "UPDATE rows SET part = NULL, at = NULL, size = NULL, outcome = NULL, seen = 0"
            f" WHERE {failed if which == 'failed' else '1'}"
        )
        self.divide()
        self.commit()
        return cleared.rowcount

    def fact(self, name: str) -> int:
        """A number that the job keeps; 0 until it is set."""
        found = self._one("SELECT value FROM facts WHERE name = ?", name)
        return int(found[0]) if found else 0

    def set_fact(self, name: str, value: int) -> None:
        self._do("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _one(self, query: str, *values: Any) -> Any:
        return self._do(query, values).fetchone()

    def _do(self, query: str, values: Any = ()) -> sqlite3.Cursor:
        with self._in_our_terms():
            return self._db.execute(query, values)

    def _do_many(self, query: str, values: Iterable[Any]) -> None:
        with self._in_our_terms():
            self._db.executemany(query, values)

    @contextmanager
    def _in_our_terms(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CannotWrite(f"cannot use {self._path}: {error}") from error
