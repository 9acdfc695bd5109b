"""`multipart/form-data` (RFC 7578), read piece by piece: no part is ever held as a whole."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from claude_cli.simulator.wire.rejections import Rejection, invalid

HEADER_LIMIT = 16_384
"""Bytes of the headers of a part."""
FIELD_LIMIT = 1024
"""Bytes of a field that is no file."""
_BOUNDARY = re.compile(
    r"""multipart/form-data\s*;.*?boundary=("?)([0-9A-Za-z'()+_,./:=? -]{1,70})\1\s*(;|$)""",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r'[;\s](name|filename)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One part; its content has to be read before the next part is asked for."""

    name: str
    filename: str | None
    media_type: str | None
    content: Iterator[bytes]

    def text(self) -> str:
        """Of a field; a Rejection where it is long, or no UTF-8."""
        return _short(self.content, FIELD_LIMIT, self.name)


def read_parts(content_type: str, pieces: Iterable[bytes]) -> Iterator[Part]:
    """The parts of a body; a Rejection where it is malformed or ends too early."""
    found = _BOUNDARY.match(content_type)
    if not found:
        raise invalid("content-type", "the body should be sent as multipart/form-data")
    delimiter = b"\r\n--" + found[2].encode()
    source = _Source(pieces)
    _drain(source.until(delimiter))
    while (end := source.take(2)) == b"\r\n":
        content = source.until(delimiter)
        yield _part(_short(source.until(b"\r\n\r\n"), HEADER_LIMIT, "headers"), content)
        _drain(content)
    if end != b"--":
        raise _malformed("a boundary is not followed by a line end")
    source.drain()


class _Source:
    """What has not been read yet."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = b"\r\n"  # so that the first boundary looks like the others

    def until(self, mark: bytes) -> Iterator[bytes]:
        """The bytes up to the next `mark`, which is thrown away."""
        while (position := self._held.find(mark)) < 0:
            kept = len(mark) - 1
            if len(self._held) > kept:
                piece, self._held = self._held[:-kept], self._held[-kept:]
                yield piece
            self._fill()
        piece, self._held = self._held[:position], self._held[position + len(mark) :]
        yield piece

    def take(self, count: int) -> bytes:
        while len(self._held) < count:
            self._fill()
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def drain(self) -> None:
        self._held = b""
        _drain(self._pieces)

    def _fill(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise _malformed("the body ends in the middle")
        self._held += piece


def _part(headers: str, content: Iterator[bytes]) -> Part:
    values: dict[str, str] = {}
    for line in headers.split("\r\n"):
        name, _, value = line.partition(":")
        values[name.strip().lower()] = value.strip()
    told = dict(_PARAMETER.findall(values.get("content-disposition", "")))
    if "name" not in told:
        raise _malformed("a part has no name")
    return Part(told["name"], told.get("filename"), values.get("content-type"), content)


def _short(content: Iterator[bytes], limit: int, what: str) -> str:
    text = b""
    for piece in content:
        text += piece
        if len(text) > limit:
            raise invalid(what, f"is longer than {limit} bytes")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise invalid(what, "is not UTF-8") from error


def _drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


def _malformed(told: str) -> Rejection:
    return invalid("", f"malformed multipart body: {told}")
