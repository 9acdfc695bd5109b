"""Reads a session file from its end, as far as the head needs.

Parents stand before their children in the file, so one pass back finds a whole chain; it stops
where the chain ends or the caller has enough.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.disk.holes import end_of_hole, start_of_hole
from claude_cli.disk.private_files import open_to_read
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.session.format import (
    ANSWERS,
    CHANGED,
    Record,
    decode,
    decode_all,
    may_be,
    read_link,
)

CHAIN_LIMIT = LINE_LIMIT
"""Bytes of a chain that are held in memory: twice what the API takes as a request."""

_HEADS = ("user", "assistant", "summary", "head")
_BLOCK = 64 * 1024
"""Bytes that are read, and decoded, together: few enough for a processor's cache, and for a look at
the end of a long file."""
_SKIPPED = 1024 * 1024
"""Bytes of a line over LINE_LIMIT that are read together: they are looked through for its start."""
_GLANCE = 2 * 1024 * 1024

OffsetAndLine: TypeAlias = tuple[int, bytes | None]


class BackwardReader:
    """Finds records by id on one pass from byte `end` to the start; a `transcript.OlderRecords`.

    A record that a search has passed is not found again. Raises InputError once the records that
    were found exceed CHAIN_LIMIT, InputUnreadable where the file went away.
    """

    def __init__(self, path: Path, end: int) -> None:
        self.met_record = False
        self._path = path
        self._damaged: dict[int, str] = {}
        """Offset of each damaged line that is not told yet, and what is wrong with it."""
        self._reported: set[int] = set()
        self._end = self._reached = end
        self._glanced = False
        self._records = self._read()
        self._held = 0

    def find_head(self) -> Record | None:
        """The newest record that says where the head is. To be called first.

        A record of another process whose parent is missing does not hide the others.
        """
        for record, size in self._records:
            if record["kind"] in _HEADS:
                self._hold(size)
                if record["kind"] == "head" or self._is_here(record["parent"]):
                    return record
                self._note(self._reached, "it follows a record that is not here")
        return None

    def find(self, record_id: str) -> Record | None:
        for record, size in self._records:
            if record["id"] == record_id:
                self._hold(size)
                return record
        return None

    def find_header(self, record_id: str) -> Record | None:
        """A header, on a pass of its own: it may stand anywhere."""
        mark = f'"{record_id}"'.encode("utf-8", "surrogatepass")
        for _, data in lines_back(self._path, self._end):
            if may_be("header", data) and data and mark in data[:80]:
                record, _ = decode(data)
                if record and record["kind"] == "header":
                    return record
        return None

    def _is_here(self, record_id: str | None) -> bool:
        """Whether a record stands before the one that was found last: most often right there."""
        if record_id is None:
            return True
        for _, data in lines_back(self._path, self._reached):
            link = read_link(data or b"")
            record = None if link else decode(data)[0]
            if record_id in (link and link.id, record and record["id"]):
                return True
        return False

    def ancestors(self, wanted: str | None) -> Iterator[Record]:
        """The record and those before it, newest first, on a pass of its own that holds nothing."""
        for _, data in lines_back(self._path, self._end):
            link = read_link(data or b"")
            if link and link.id != wanted:
                continue
            record, _ = decode(data)
            if record and record["id"] == wanted:
                yield record
                wanted = record["parent"]

    def answers(self) -> Iterator[Record]:
        """Every answer in the file, newest first, on a pass of its own that holds nothing; of one
        that was gone on with, the whole alone."""
        parts = set[str]()
        for _, data in lines_back(self._path, self._end):
            if any(may_be(kind, data) for kind in ANSWERS):
                record, _ = decode(data)
                if record and record["kind"] in ANSWERS and record["id"] not in parts:
                    parts.update(record.get("completes", ()))
                    yield record

    def damage(self) -> list[str]:
        """A sentence for each damaged line that was met since the last call.

        The rest of the file is read too, unless it is so long that a user would wait.
        """
        if self._reached <= _GLANCE and not self._glanced:
            self._glanced = True
            for offset, data in lines_back(self._path, self._reached):
                self._note(offset, decode(data)[1])
        problems, number, end = [], 1, 0
        for offset, what in sorted(self._damaged.items()):
            number, end = number + _count_lines(self._path, end, offset), offset
            problems.append(f"line {number}: {what}{'' if what == CHANGED else '; skipped'}")
        self._reported.update(self._damaged)
        self._damaged.clear()
        return problems

    def _note(self, offset: int, damage: str | None) -> None:
        if damage and offset not in self._reported:
            self._damaged[offset] = damage

    def _read(self) -> Iterator[tuple[Record, int]]:
        """Each record, the last one first, and the bytes of its line."""
        for lines in blocks_back(self._path, self._end):
            decoded = decode_all([data for _, data in lines])
            for (self._reached, data), (record, damage) in zip(lines, decoded, strict=True):
                if damage:
                    self._note(self._reached, damage)
                elif record:
                    self.met_record = True
                if record:
                    yield record, len(data or b"")

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > CHAIN_LIMIT:
            raise InputError(
                f"{self._path}: the conversation is longer than {CHAIN_LIMIT >> 20} MB",
                hint="claude-cli ask --history N sends its last turns",
            )


def lines_back(path: Path, end: int) -> Iterator[OffsetAndLine]:
    """Yield offset and bytes of the lines before byte `end`, the last one first, without newlines.

    None stands for the bytes of a line over LINE_LIMIT.
    """
    return chain.from_iterable(blocks_back(path, end))


def blocks_back(path: Path, end: int) -> Iterator[list[OffsetAndLine]]:
    """What `lines_back` yields, in lists: one line, or lines that together are a block at most.

    The file is open only while a block is read: a chat may keep this iterator for hours.
    """
    unfinished = _Line()
    while end > 0:
        if unfinished.is_too_long and (start := _start_of_hole(path, end)) < end:
            unfinished.size, end = unfinished.size + end - start, start
            continue
        start = max(0, end - (_SKIPPED if unfinished.is_too_long else _BLOCK))
        first, *whole = _read(path, start, end).split(b"\n")
        lines: list[OffsetAndLine] = []
        for piece in reversed(whole):
            end -= len(piece)
            if unfinished.size:
                unfinished.prepend(piece)
                yield [(end, unfinished.data())]
                unfinished = _Line()
            else:
                lines.append((end, piece))
            end -= 1
        yield lines
        unfinished.prepend(first)
        end = start
    yield [(0, unfinished.data())]


class _Line:
    """A line put together from its end; of one over LINE_LIMIT only the size is kept."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []

    def prepend(self, piece: bytes) -> None:
        self.size += len(piece)
        self._pieces.append(piece)
        if self.is_too_long:
            self._pieces.clear()

    @property
    def is_too_long(self) -> bool:
        return self.size > LINE_LIMIT

    def data(self) -> bytes | None:
        return None if self.is_too_long else b"".join(reversed(self._pieces))


def _start_of_hole(path: Path, end: int) -> int:
    with open_to_read(path) as file:
        return start_of_hole(file, end)


def _count_lines(path: Path, start: int, end: int) -> int:
    count = 0
    with open_to_read(path) as file:
        file.seek(start)
        while start < end and (block := file.read(min(_SKIPPED, end - start))):
            count += block.count(b"\n")
            start = file.seek(end_of_hole(file, start + len(block)))
    return count


def _read(path: Path, start: int, end: int) -> bytes:
    with open_to_read(path) as file:
        file.seek(start)
        block = file.read(end - start)
    if len(block) < end - start:
        raise InputUnreadable(f"cannot read {path}: it became shorter")
    return block
