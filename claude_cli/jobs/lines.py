"""A stream of bytes → its lines, whatever ends them: LF, CR LF, or CR alone (old Macs, Excel)."""

import re
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.disk.inputfile import STRICT, Lossy, decode_text, replace_bad
from claude_cli.errors import ClaudeCliError, InputError, InputUnreadable

PIECE = 1 << 20
"""Bytes that are read at once."""

_BOM = b"\xef\xbb\xbf"
_FIRST_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


class Line(NamedTuple):
    """A line with its end; counted from 1."""

    number: int
    data: bytes


def read_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the content without its byte order mark.

    Raises InputUnreadable, and InputError for UTF-16, whose line ends are two bytes.
    """
    try:
        first = stream.read(PIECE)
        _refuse_wide(first)
        yield first.removeprefix(_BOM)
        while piece := stream.read(PIECE):
            yield piece
    except OSError as error:
        raise InputUnreadable(f"cannot read the input: {error.strerror}") from error


def split_lines(pieces: Iterable[bytes], lossy: Lossy) -> Iterator[Line]:
    """Yield every line; `lossy` says what is done about those that are not UTF-8.

    The first line end decides: where it is a CR alone, each CR ends a line; elsewhere LF does, and
    a CR inside a line is a character like others. Raises InputError for a line of more than 64 MB,
    which may never end.
    """
    replaced = 0
    for line in _split(pieces):
        if lossy.wanted:
            text, count = replace_bad(line.data)
            line, replaced = line._replace(data=text.encode()), replaced + count
        yield line
    if replaced:
        lossy.tell_of("the input", replaced)


def _split(pieces: Iterable[bytes]) -> Iterator[Line]:
    waiting, end, number = bytearray(), b"", 0
    for piece in pieces:
        searched = max(0, len(waiting) - 1)  # a CR at the end is decided by what follows
        waiting += piece
        end = end or _line_end(waiting, searched)
        start = 0
        while end and (stop := waiting.find(end, start) + 1):
            number += 1
            _check_length(number, stop - start)
            yield Line(number, bytes(waiting[start:stop]))
            start = stop
        del waiting[:start]
        _check_length(number + 1, len(waiting))
    if waiting:
        yield Line(number + 1, bytes(waiting))


def _line_end(data: bytearray, start: int) -> bytes:
    """The byte that ends each line, looked for from `start` on; empty while there is none yet."""
    found = _FIRST_END.search(data, start)
    if found is None:
        return b""
    return b"\r" if found[0] == b"\r" else b"\n"


def problem_of(error: ClaudeCliError) -> str:
    """What is wrong and what helps, as one sentence for a row."""
    return "; ".join(filter(None, (error.message, error.hint)))


def encoding_problem(data: bytes) -> str | None:
    """What is wrong with bytes that are not UTF-8, and what recodes them; None for UTF-8."""
    try:
        decode_text(data, "the row", lossy=STRICT)
    except InputError as error:
        return problem_of(error)
    return None


def _refuse_wide(start: bytes) -> None:
    first = start.partition(b"\n")[0] + b"\n"
    if b"\0" in first:
        from claude_cli.disk.encodings import wide

        if wide(first):
            decode_text(first, "the input")


def _check_length(number: int, length: int) -> None:
    if length > LINE_LIMIT:
        raise InputError(f"line {number}: longer than {LINE_LIMIT >> 20} MB")
