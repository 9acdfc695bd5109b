"""Frames are read as botocore reads them, cut anywhere; a damaged one is never believed."""

import struct
from itertools import pairwise
from typing import Any
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.cloud import eventstream
from claude_cli.api.cloud.eventstream import Frame, FrameDecoder
from claude_cli.errors import ProtocolError
from tests.thorough import MANY

NAME = st.text(min_size=1, max_size=20).filter(lambda name: 0 < len(name.encode()) < 256)
TEXTS = st.dictionaries(NAME, st.text(max_size=30), max_size=4)


def encoded(headers: dict[str, bytes], payload: bytes) -> bytes:
    """A frame; the value of a header has its type and its bytes."""
    block = b"".join(
        bytes([len(name.encode())]) + name.encode() + value for name, value in headers.items()
    )
    prelude = struct.pack("!II", len(block) + len(payload) + 16, len(block))
    data = prelude + struct.pack("!I", crc32(prelude)) + block + payload
    return data + struct.pack("!I", crc32(data))


def text_value(text: str) -> bytes:
    raw = text.encode()
    return b"\x07" + struct.pack("!H", len(raw)) + raw


def frame_of(texts: dict[str, str], payload: bytes) -> bytes:
    return encoded({name: text_value(text) for name, text in texts.items()}, payload)


def decoded(pieces: list[bytes]) -> list[Frame]:
    decoder = FrameDecoder()
    frames = [frame for piece in pieces for frame in decoder.feed(piece)]
    assert not decoder.in_the_middle
    return frames


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@MANY
@given(
    st.lists(st.tuples(TEXTS, st.binary(max_size=60)), max_size=4),
    st.lists(st.integers(min_value=0, max_value=10_000), max_size=8),
)
def test_frames_are_those_that_botocore_reads_wherever_they_are_cut(
    messages: list[tuple[dict[str, str], bytes]], places: list[int]
) -> None:
    data = b"".join(frame_of(texts, payload) for texts, payload in messages)
    buffer: Any = EventStreamBuffer()
    buffer.add_data(data)
    expected = [Frame(event.headers, event.payload) for event in buffer]
    assert (
        decoded(cut(data, places))
        == expected
        == [Frame({**texts}, payload) for texts, payload in messages]
    )


def test_every_byte_may_be_a_chunk_of_its_own() -> None:
    data = frame_of({":event-type": "chunk"}, b"payload") * 2
    assert len(decoded([data[i : i + 1] for i in range(len(data))])) == 2


def test_every_type_of_a_header_value_is_read() -> None:
    uuid = bytes(range(16))
    values = {
        "yes": b"\x00",
        "no": b"\x01",
        "i8": b"\x02\xff",
        "i16": b"\x03\x01\x00",
        "i32": b"\x04" + struct.pack("!i", -5),
        "i64": b"\x05" + struct.pack("!q", 2**40),
        "bytes": b"\x06\x00\x02ab",
        "time": b"\x08" + struct.pack("!q", 1_700_000_000_000),
        "uuid": b"\x09" + uuid,
    }
    [frame] = decoded([encoded(values, b"")])
    assert frame.headers == {
        **{"yes": True, "no": False, "i8": -1, "i16": 256, "i32": -5, "i64": 2**40},
        **{"bytes": b"ab", "time": 1_700_000_000_000, "uuid": uuid},
    }
    assert frame.text("bytes") == ""


@MANY
@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_flipped_bit_is_believed(place: int, bit: int) -> None:
    data = bytearray(frame_of({":event-type": "chunk"}, b'{"bytes":"e30="}'))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(ProtocolError, match="damaged frame"):
        decoded([bytes(data)])


@pytest.mark.parametrize("length", [0, 11, 15, 2**32 - 1, 25 * 1024 * 1024])
def test_a_length_that_cannot_be_is_refused_at_once(length: int) -> None:
    prelude = struct.pack("!II", length, 0)
    with pytest.raises(ProtocolError, match=f"it says that it has {length} bytes"):
        decoded([prelude + struct.pack("!I", crc32(prelude))])


def test_a_frame_may_be_as_large_as_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of({"a": "b"}, b"12345")
    headers = len(frame) - 16 - 5
    monkeypatch.setattr(eventstream, "MOST_PAYLOAD_BYTES", 5)
    monkeypatch.setattr(eventstream, "MOST_HEADER_BYTES", headers)
    assert decoded([frame])[0].payload == b"12345"
    for limit in ("MOST_PAYLOAD_BYTES", "MOST_HEADER_BYTES"):
        monkeypatch.setattr(eventstream, limit, getattr(eventstream, limit) - 1)
        with pytest.raises(ProtocolError, match="a damaged frame: it says"):
            decoded([frame])
        monkeypatch.setattr(eventstream, limit, getattr(eventstream, limit) + 1)


def test_the_limits_are_those_of_aws() -> None:
    """Amazon's event stream encoding: 128 KB of headers, 24 MB of payload."""

    def lengths(headers: int, payload: int) -> bytes:
        prelude = struct.pack("!II", headers + payload + 16, headers)
        return prelude + struct.pack("!I", crc32(prelude))

    headers, payload = 128 * 1024, 24 * 1024 * 1024
    assert [*FrameDecoder().feed(lengths(headers, payload))] == []  # the rest is waited for
    for more in (lengths(headers + 1, payload), lengths(headers, payload + 1)):
        with pytest.raises(ProtocolError, match="a damaged frame: it says"):
            decoded([more])


def test_headers_that_are_longer_than_any_are_refused() -> None:
    prelude = struct.pack("!II", 300_000, 200_000)
    with pytest.raises(ProtocolError, match="200000 of them headers"):
        decoded([prelude + struct.pack("!I", crc32(prelude))])


@pytest.mark.parametrize(
    "headers",
    [
        b"\x01",
        b"\x05ab",
        b"\x01a\x07\x00",
        b"\x01a\x07\x00\x05ab",
        b"\x01a\x0a",
        b"\x01a\x05\x00",
        b"\x01a\x07\x00\x01\xff",
        b"\x01a\x00\x01a\x00",
    ],
)
def test_headers_that_cannot_be_read(headers: bytes) -> None:
    prelude = struct.pack("!II", len(headers) + 16, len(headers))
    data = prelude + struct.pack("!I", crc32(prelude)) + headers
    with pytest.raises(ProtocolError, match="headers cannot be read"):
        decoded([data + struct.pack("!I", crc32(data))])


def test_a_cut_frame_is_seen() -> None:
    decoder = FrameDecoder()
    assert [*decoder.feed(frame_of({}, b"x")[:-1])] == []
    assert decoder.in_the_middle
