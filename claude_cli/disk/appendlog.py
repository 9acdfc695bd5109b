"""The append-only JSONL file that sessions, batch jobs and the spending ledger share.

An append locks the file, writes whole lines in one go and takes them back on any error: neither
another process nor a kill at any moment leaves more than one torn line at the end, and the next
append starts a new one. Reading takes no lock and skips what is damaged.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from claude_cli.disk.holes import end_of_hole
from claude_cli.disk.lock import LOCK_WAIT, lock
from claude_cli.disk.private_files import Expect, open_to_append, open_to_read, sync_folder
from claude_cli.errors import CannotWrite, InputError
from claude_cli.values.surrogates import utf8

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of the longest line that is read or written: twice what the API takes as a request."""

_PIECE = 1024 * 1024

_decoder = json.JSONDecoder()


class Span(NamedTuple):
    """Where an append landed: the size of the file before and after it, in bytes."""

    start: int
    end: int


class Line(NamedTuple):
    """A line as a record. `damage` says what is wrong with it; `value` is what is still legible."""

    number: int
    value: dict[str, Any] | None
    damage: str | None


def append(
    path: Path,
    records: Iterable[Mapping[str, Any]],
    *,
    expect: Expect = "either",
    wait: float = LOCK_WAIT,
) -> Span:
    """Write each record as a line at the end of the file; all are on disk, or after an error none.

    `expect` says whether the file has to be there before. Raises TemporaryFailure when the lock
    is not free within `wait` seconds, CannotCreate where the path is no place for a regular file,
    CannotWrite when the disk refuses, InputError for a record over LINE_LIMIT.
    """
    return append_lines(path, map(encode_line, records), expect=expect, wait=wait)


def append_lines(
    path: Path, lines: Iterable[bytes], *, expect: Expect = "either", wait: float = LOCK_WAIT
) -> Span:
    """The same for lines that are encoded already, each with its newline."""
    payload = b"".join(lines)
    deadline = time.monotonic() + wait
    while True:
        fd, created = open_to_append(path, expect)
        try:
            with lock(fd, path, deadline):
                # Somebody may have deleted the file while this process waited for the lock.
                if os.fstat(fd).st_nlink:
                    return _write_at_end(fd, path, payload, created)
        finally:
            os.close(fd)


def read_records(path: Path) -> Iterator[Line]:
    """Yield every line that is not blank, in order; one that is damaged never ends the reading.

    Raises InputUnreadable where the file is missing or denied, CannotCreate where it is no
    regular file. Memory is bounded by LINE_LIMIT, whatever the size of the file.
    """
    for number, data in read_lines(path):
        value, damage = decode_line(data)
        if value is not None or damage:
            yield Line(number, value, damage)


def read_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield number and bytes of each line, without its newline; None for one over LINE_LIMIT.

    Raises what `read_records` raises.
    """
    with open_to_read(path) as file:
        for number, line in enumerate(lines_of(file), 1):
            yield number, None if line is None else line.rstrip(b"\n")


def lines_of(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line from here on, with the newline that it ends in; None for one over LINE_LIMIT.
    Memory is bounded by that, and so is time where the rest of a line is a hole."""
    while line := file.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT and not line.endswith(b"\n"):
            _skip_line(file)
            yield None
        else:
            yield line


def _skip_line(file: BinaryIO) -> None:
    """Go to the end of a line of which nothing is wanted."""
    while data := file.read(_PIECE):
        if (newline := data.find(b"\n")) >= 0:
            file.seek(newline + 1 - len(data), os.SEEK_CUR)
            return
        file.seek(end_of_hole(file, file.tell()))


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
"""Made once: `json.dumps` makes one for each record. No record holds itself."""


def encode_line(record: Mapping[str, Any]) -> bytes:
    """The record as a line: compact JSON in UTF-8, keys in their order, then a newline.

    A lone surrogate, which JSON can carry and UTF-8 cannot, becomes U+FFFD.
    """
    line = utf8(_encode(record))
    if len(line) >= LINE_LIMIT:
        raise InputError(f"a record of {len(line) >> 20} MB is too long to be kept")
    return line + b"\n"


def decode_line(data: bytes | None) -> tuple[dict[str, Any] | None, str | None]:
    """The object on a line, and what is wrong with the line; (None, None) for a blank one."""
    if data is None:
        return None, f"longer than {LINE_LIMIT >> 20} MB"
    try:
        value = _decode(data.decode())
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except (ValueError, RecursionError):
        return _decode_damaged(data)
    return (value, None) if isinstance(value, dict) else (None, "not a JSON object")


def decode_objects(lines: Sequence[bytes]) -> list[dict[str, Any]] | None:
    """The objects on lines, one on each, decoded in one go; None where they are not so.

    Where the lines are not known to hold one each, use `decode_line`: what begins an object on one
    of them can end on another. In one go the objects have their keys in common, which saves time
    and a quarter of their memory.
    """
    try:
        values = _decoder.decode((b"[%b]" % b",".join(lines)).decode())
    except (ValueError, RecursionError):
        return None
    return values if len(values) == len(lines) and {*map(type, values)} == {dict} else None


def _decode(text: str) -> Any:
    """The JSON value that is the text. A line of ours has no blanks around it, and to look for them
    takes a third of the time."""
    if text.startswith("{"):
        value, end = _decoder.raw_decode(text)
        if end == len(text):
            return value
    return _decoder.decode(text)


def _decode_damaged(data: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """A crash can leave a run of NUL in front of a record that was appended later."""
    if not data.strip():
        return None, None
    legible = data.strip(b"\0")
    if legible != data:
        return (decode_line(legible)[0] if legible else None), "NUL bytes"
    return None, "torn, or not JSON"


def _write_at_end(fd: int, path: Path, payload: bytes, created: bool) -> Span:
    size = os.fstat(fd).st_size
    try:
        _write_whole(fd, payload if _ends_in_newline(fd, size) else b"\n" + payload)
        getattr(os, "fdatasync", os.fsync)(fd)
    except BaseException as error:
        with suppress(OSError):
            os.ftruncate(fd, size)
            if created:
                path.unlink()
        if isinstance(error, OSError):
            raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
        raise
    if created:
        sync_folder(path.parent)
    return Span(size, os.fstat(fd).st_size)


def _ends_in_newline(fd: int, size: int) -> bool:
    if size == 0:
        return True
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1) == b"\n"


def _write_whole(fd: int, payload: bytes) -> None:
    """One write. A short one means a full disk or a size limit: the next write says which."""
    rest = memoryview(payload)
    while rest:
        rest = rest[os.write(fd, rest) :]
