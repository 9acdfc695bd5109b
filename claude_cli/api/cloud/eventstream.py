"""Chunks of bytes → the frames of an AWS event stream (`application/vnd.amazon.eventstream`). Pure.

A frame says how long it is before it says anything else: no length is believed before the checksum
of the first twelve bytes is right, and none above the limits is waited for. Source: Amazon
Transcribe and Bedrock developer guides, "Event stream encoding".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from zlib import crc32

from claude_cli.errors import ProtocolError

MOST_HEADER_BYTES = 128 * 1024
MOST_PAYLOAD_BYTES = 24 * 1024 * 1024
PRELUDE = struct.Struct("!III")
"""Length of the frame, length of its headers, CRC32 of those eight bytes."""
CHECKSUM_BYTES = 4
FRAME_BYTES = PRELUDE.size + CHECKSUM_BYTES
"""The length of a frame with neither headers nor payload."""

HeaderValue: TypeAlias = bool | int | bytes | str

FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header value → its bytes, where they have one length; 6 and 7 begin with theirs."""
INTEGERS = (2, 3, 4, 5, 8)
BYTES, TEXT = 6, 7


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the stream."""

    headers: dict[str, HeaderValue]
    payload: bytes

    def text(self, name: str) -> str:
        """A header that is text; empty where there is none."""
        value = self.headers.get(name)
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class FrameDecoder:
    """Takes bytes cut anywhere, gives whole frames. Raises ProtocolError for damaged ones."""

    _held: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes."""
        self._held += data
        while len(self._held) >= PRELUDE.size:
            length, header_length = _lengths(self._held)
            if len(self._held) < length:
                return
            frame = bytes(self._held[:length])
            del self._held[:length]
            yield _frame(frame, header_length)

    @property
    def in_the_middle(self) -> bool:
        """Whether the bytes so far end inside a frame."""
        return bool(self._held)


def _lengths(data: bytearray) -> tuple[int, int]:
    length, header_length, checksum = PRELUDE.unpack_from(data)
    if crc32(data[:8]) != checksum:
        raise ProtocolError("a damaged frame: the checksum of its lengths is wrong")
    payload = length - header_length - FRAME_BYTES
    if payload < 0 or payload > MOST_PAYLOAD_BYTES or header_length > MOST_HEADER_BYTES:
        what = f"{length} bytes, {header_length} of them headers"
        raise ProtocolError(f"a damaged frame: it says that it has {what}")
    return length, header_length


def _frame(data: bytes, header_length: int) -> Frame:
    end = len(data) - CHECKSUM_BYTES
    if crc32(data[:end]) != int.from_bytes(data[end:]):
        raise ProtocolError("a damaged frame: its checksum is wrong")
    start = PRELUDE.size + header_length
    return Frame(dict(_headers(data[PRELUDE.size : start])), data[start:end])


def _headers(data: bytes) -> Iterator[tuple[str, HeaderValue]]:
    """Yield names and values. Raises ProtocolError for a doubled name, or where they do not fill
    their bytes exactly."""
    seen: set[bytes] = set()
    place = 0
    try:
        while place < len(data):
            name, place = _sized(data, place, 1)
            value, place = _value(data, place + 1, data[place])
            if name in seen:
                raise ValueError(name)
            seen.add(name)
            yield name.decode(), value
    except (ValueError, IndexError, KeyError) as error:
        raise ProtocolError("a damaged frame: its headers cannot be read") from error


def _value(data: bytes, place: int, kind: int) -> tuple[HeaderValue, int]:
    if kind in (BYTES, TEXT):
        raw, place = _sized(data, place, 2)
        return (raw.decode() if kind == TEXT else raw), place
    end = place + FIXED[kind]
    raw = _part(data, place, end)
    if kind in INTEGERS:
        return int.from_bytes(raw, signed=True), end
    return (raw if raw else kind == 0), end


def _sized(data: bytes, place: int, width: int) -> tuple[bytes, int]:
    """The bytes that begin with their own length, and the place behind them."""
    start = place + width
    end = start + int.from_bytes(_part(data, place, start))
    return _part(data, start, end), end


def _part(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise IndexError(end)
    return data[start:end]
