"""Where each row of a job is on disk: its request, its part, its result.

What is here can be found in the files that it points to; that it need not be looked for keeps
memory flat, however many rows there are.
"""

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from claude_cli.jobs.index_file import IndexFile, sealed

PART_ROWS = 100_000
PART_BYTES = 256_000_000
"""Most requests, and most bytes, of one batch: Anthropic's Message Batches API, "limitations"."""

ENVELOPE = len('{"custom_id":"","params":},')
"""Bytes that a request of a batch has beside its id and its body."""

FRAME = len('{"requests":[]}')

_INSERT = "INSERT OR IGNORE INTO rows (line, custom_id, start, length) VALUES (?, ?, ?, ?)"

TOGETHER = 1000
"""Rows, or results, that are put in at once."""

LOST = "lost"
"""The outcome of a live row whose result is gone."""

_NAMED = "coalesce(custom_id, :mark || '-' || row)"

_DIVIDE = (
    f"UPDATE rows SET custom_id = {_NAMED}, part = :part,"
    f" seal = {sealed(custom_id=_NAMED, part=':part')} WHERE part IS NULL AND row <= :last"
)
"""All at once: each statement over all rows costs as much as reading them."""

_CHARGED = "(charged OR :outcome = 'succeeded')"

_KEEP_NAMED = (
    "UPDATE rows SET at = :at, size = :size, outcome = :outcome, checksum = :checksum,"
    f" seen = :seen, charged = {_CHARGED}, seal = "
    + sealed(at=":at", size=":size", outcome=":outcome", checksum=":checksum", charged=_CHARGED)
    + " WHERE row = :row"
)
_KEEP = re.sub(r":\w+", "?", _KEEP_NAMED)
"""With values by their place, one more often than once: names are looked up anew for each row."""


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
    checksum: int | None
    seen: int = 0
    """The download in which it came last."""


_IN_PLACE = itemgetter(*map(Kept._fields.index, re.findall(r":(\w+)", _KEEP_NAMED)))
"""Kept → the values of `_KEEP`."""


class Found(NamedTuple):
    """A row by its id: its part, where its result is, the download in which that came last, and
    whether an answer to it was charged."""

    row: int
    part: int
    at: int | None
    seen: int
    checksum: int | None
    is_charged: bool


class Part(NamedTuple):
    """The rows of one batch; `size` is the bytes of the body that creates it."""

    number: int
    rows: int
    size: int


class RowIndex:
    """The index of one job. Changes are on disk after `commit`, all or none of them."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self._file = IndexFile(path, is_new=is_new)
        self._added: list[tuple[int, None, int, int]] = []
        """Rows that are not in the file yet."""
        self._kept: dict[int, Kept] = {}
        """Row → its result, of those that are not in the file yet."""

    def commit(self) -> None:
        self._put_in()
        self._file.commit()

    def check(self) -> None:
        """Raise InputUnreadable where anything in the file is not what was written."""
        self._put_in()
        self._file.check()

    def close(self) -> None:
        self._file.close()

    def add(self, line: int, custom_id: str | None, start: int, length: int) -> int | None:
        """Add a row; return the line that has its `custom_id` already, None where none has."""
        if custom_id is None:  # it cannot be doubled: many are put in at once
            self._added.append((line, None, start, length))
            if len(self._added) == TOGETHER:
                self._put_in()
            return None
        if self._change(_INSERT, (line, custom_id, start, length)):
            return None
        return int(self._one("SELECT line FROM rows WHERE custom_id = ?", custom_id)[0])

    def _put_in(self) -> None:
        if self._added:
            added, self._added = self._added, []
            self._file.change_many(_INSERT, added)
        if self._kept:
            self._file.change_many(_KEEP, map(_IN_PLACE, self._kept.values()))
            self._kept = {}

    def divide(self, mark: str = "") -> None:
        """Put the rows that belong to no part into new ones, as few as the limits allow.

        Each that has no id gets MARK-N, where N is its place in the input.
        """
        part, rows, size = self.fact("parts"), PART_ROWS, PART_BYTES
        last: dict[int, int] = {}
        """Part → its last row."""
        loose = f"SELECT row, length({_NAMED}) + length + :envelope FROM rows WHERE part IS NULL"
        given = {"mark": mark, "envelope": ENVELOPE}
        for row, needed in self._rows(f"{loose} ORDER BY row", given):
            if rows == PART_ROWS or size + needed > PART_BYTES:
                part, rows, size = part + 1, 0, FRAME
            rows, size = rows + 1, size + needed
            last[part] = row
        parts = ({"mark": mark, "part": part, "last": row} for part, row in last.items())
        self._change_many(_DIVIDE, parts)
        self.set_fact("parts", part)

    def parts(self) -> list[Part]:
        """The parts that still have rows, in the order in which they were made."""
        query = "SELECT part, count(*), sum(length(custom_id) + length + ?) FROM rows GROUP BY part"
        found = self._rows(query, (ENVELOPE,))
        return [Part(part, rows, size - 1 + FRAME) for part, rows, size in found]

    def requests(self, part: int | None = None, *, unanswered: bool = False) -> Iterator[Request]:
        """The rows of a part, or all, in input order."""
        which = ["part = :part"] if part is not None else []
        which += ["outcome IS NULL"] if unanswered else []
        where = " AND ".join(which) or "1"
        query = f"SELECT row, custom_id, start, length FROM rows WHERE {where} ORDER BY row"
        return map(Request._make, self._rows(query, {"part": part}))

    def sample(self, most: int) -> list[Request]:
        """At most `most` rows, evenly spread."""
        step = max(self.count() // most, 1)
        query = "SELECT row, custom_id, start, length FROM rows WHERE (row - 1) % ? = 0 LIMIT ?"
        return [Request(*row) for row in self._rows(query, (step, most))]

    def find(self, custom_id: str) -> Found | None:
        """The row of an id; None for an unknown one."""
        query = "SELECT row, part, at, seen, checksum, charged FROM rows WHERE custom_id = ?"
        self._file.hold()
        row = self._file.one(query, (custom_id,))
        found = Found(*row) if row else None
        if found and (kept := self._kept.get(found.row)):
            found = found._replace(at=kept.at, seen=kept.seen, checksum=kept.checksum)
        return found

    def keep(self, kept: Kept) -> None:
        """Note where the result of a row is; an answer counts as charged from then on."""
        self._kept[kept.row] = kept
        if len(self._kept) == TOGETHER:
            self._put_in()

    def displace(self, rows: Iterable[int]) -> None:
        """Results that are not where they were; their checksums are kept, to know them by."""
        query = "UPDATE rows SET at = NULL, seal = NULL WHERE row = ?"
        self._change_many(query, ((row,) for row in rows))

    def forget_displaced(self, outcome: str | None) -> int:
        """Give up the results that were displaced and not found again; return how many."""
        changed = self._change(
            "UPDATE rows SET outcome = ?, checksum = NULL, seal = NULL"
            " WHERE at IS NULL AND checksum IS NOT NULL",
            (outcome,),
        )
        self.commit()
        return changed

    def lose_the_rest(self) -> int:
        """Every row without a result has lost it; return how many."""
        changed = self._change(
            "UPDATE rows SET outcome = ?, seal = NULL WHERE outcome IS NULL", (LOST,)
        )
        self.commit()
        return changed

    def see(self, row: int, download: int) -> None:
        self._change("UPDATE rows SET seen = ? WHERE row = ?", (download, row))

    def results(self) -> Iterator[Kept]:
        """All rows, in input order."""
        query = "SELECT row, custom_id, at, size, outcome, checksum, seen FROM rows ORDER BY row"
        return map(Kept._make, self._rows(query))

    def count(self) -> int:
        return int(self._one("SELECT count(*) FROM rows")[0])

    def missing(self, part: int) -> int:
        """How many rows of a part have no result."""
        query = "SELECT count(*) FROM rows WHERE part = ? AND at IS NULL"
        return int(self._one(query, part)[0])

    def outcomes(self) -> dict[str | None, int]:
        """Outcome → number of rows; None counts those without a result."""
        return dict(self._rows("SELECT outcome, count(*) FROM rows GROUP BY outcome"))

    def send_again(self) -> int:
        """Forget all results, so that every row is sent in new parts; return how many."""
        cleared = self._change(
            "UPDATE rows SET part = NULL, at = NULL, size = NULL, outcome = NULL, seen = 0,"
            " checksum = NULL, charged = 0, seal = NULL"
        )
        self.divide()
        self.commit()
        return cleared

    def fact(self, name: str, *, unset: int = 0) -> int:
        """A number that the job keeps; `unset` until it is set."""
        found = self._one("SELECT value FROM facts WHERE name = ?", name)
        return int(found[0]) if found else unset

    def set_fact(self, name: str, value: int) -> None:
        values = (name, value, name, value)
        self._change("INSERT OR REPLACE INTO facts VALUES (?, ?, seal(?, ?))", values)

    def _one(self, query: str, *values: Any) -> Any:
        self._put_in()
        return self._file.one(query, values)

    def _rows(self, query: str, values: Any = ()) -> Iterator[Any]:
        self._put_in()
        return self._file.rows(query, values)

    def _change(self, query: str, values: Any = ()) -> int:
        self._put_in()
        return self._file.change(query, values)

    def _change_many(self, query: str, values: Iterable[Any]) -> None:
        self._put_in()
        self._file.change_many(query, values)
