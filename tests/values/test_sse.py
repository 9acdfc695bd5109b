"""From bytes, cut anywhere, to events; the cases follow the WHATWG HTML standard."""

import json
import re
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import ProtocolError
from claude_cli.values import sse
from claude_cli.values.sse import ServerSentEvent, SSEDecoder
from tests.thorough import MANY

STREAMS = Path(__file__).parents[1] / "streams"
MEGABYTE = 1024 * 1024


def decode(*chunks: bytes) -> list[tuple[str, str]]:
    """Return the events of a stream that came in `chunks` and then ended."""
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [(event.event, event.data) for event in events + decoder.end()]


def cut(stream: bytes, size: int) -> Iterator[bytes]:
    return (stream[start : start + size] for start in range(0, len(stream), size))


def spelled_out(stream: bytes) -> list[tuple[str, str]]:
    """Decode `stream` the slow way, a line at a time, as the standard tells it."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    events, name, data = [], "", ""
    for line in re.split("\r\n|\r|\n", text)[:-1]:
        if not line:
            if data.removesuffix("\n"):
                events.append((name or "message", data.removesuffix("\n")))
            name, data = "", ""
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        if field == "data":
            data += value + "\n"
    return events


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        pytest.param(b"event: x\ndata: 1\n\n", [("x", "1")], id="ordinary"),
        pytest.param(b"data: 1\n\n", [("message", "1")], id="without a name"),
        pytest.param(b"event: \ndata: 1\n\n", [("message", "1")], id="empty name"),
        pytest.param(b"data: 1\nevent: x\n\n", [("x", "1")], id="name last"),
        pytest.param(b"event: x\nevent: y\ndata: 1\n\n", [("y", "1")], id="last name wins"),
        pytest.param(b"event: x\n\ndata: 1\n\n", [("message", "1")], id="no data forgets the name"),
        pytest.param(b"data:1\n\n", [("message", "1")], id="no space"),
        pytest.param(b"data:  1\n\n", [("message", " 1")], id="only one space goes"),
        pytest.param(b"data:\t1\n\n", [("message", "\t1")], id="a tab is no space"),
        pytest.param(b" data: 1\n\n", [], id="a space before the field"),
        pytest.param(b"event: x\ndata: 1\ndata: 2\n\n", [("x", "1\n2")], id="two lines of data"),
        pytest.param(b"data\ndata\n\n", [("message", "\n")], id="field without a colon"),
        pytest.param(b"data: a:b: c\n\n", [("message", "a:b: c")], id="colons in the value"),
        pytest.param(b"event: x\ndata:\n\n", [], id="empty data"),
        pytest.param(b"event: x\ndata: \n\n", [], id="empty data after a space"),
        pytest.param(b": hi\n\n:\n\nevent: x\n: hi\ndata: 1\n\n", [("x", "1")], id="comments"),
        pytest.param(
            b"id: 7\nretry: soon\nDATA: 0\ndatax: 0\nevent: x\nid\ndata: 1\n\n",
            [("x", "1")],
            id="id, retry and unknown fields",
        ),
        pytest.param(b"event: x\nid: 7\ndata: 1\n\n", [("x", "1")], id="id in between"),
        pytest.param(b"\n\n\n\ndata: 1\n\n\n\ndata: 2\n\n", [("message", "1"), ("message", "2")]),
        pytest.param(b"data: 1\r\rdata: 2\r\n\r\n", [("message", "1"), ("message", "2")], id="CR"),
        pytest.param(b"event: x\r\ndata: 1\r\n\r\n", [("x", "1")], id="CRLF"),
        pytest.param(b"data: 1\n\r\ndata: 2\r\r\n", [("message", "1"), ("message", "2")]),
        pytest.param(b"\xef\xbb\xbfdata: 1\n\n", [("message", "1")], id="BOM"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", [], id="only one BOM goes"),
        pytest.param(b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", [("message", "1")], id="late BOM"),
        pytest.param(
            "data: a\u2028b\u2029c\u0085d\v\fe\n\n".encode(),
            [("message", "a\u2028b\u2029c\u0085d\v\fe")],
        ),
        pytest.param(b"data: \xff\xe6\xb7\ndata: \x80\n\n", [("message", "\ufffd\ufffd\n\ufffd")]),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_a_stream_is_read_as_the_standard_says(
    stream: bytes, events: list[tuple[str, str]]
) -> None:
    assert decode(stream) == events
    assert decode(*cut(stream, 1)) == events
    assert spelled_out(stream) == events


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("path", sorted(STREAMS.glob("*.sse")), ids=lambda path: path.stem)
def test_line_ends_and_cuts_change_nothing(path: Path, size: int, ending: str) -> None:
    text = path.read_text(encoding="utf-8")
    expected = spelled_out(text.encode())
    assert decode(*cut(text.replace("\n", ending).encode(), size)) == expected
    assert len(expected) >= 1


fragments = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b":",
        b" ",
        b"data",
        b"data: ",
        b"event: ",
        b"event: x\ndata: ",
        b"\ndata: ",
        b"{}",
        b"id: 1",
        b"\xef\xbb\xbf",
        "淡".encode(),
        b"\xe6",
        b"\xff",
        b"\xc2\x85",
        "\u2028".encode(),
        b"\x00",
        b"event: y\ndata: 1\n\n",
    ]
)


@MANY
@given(st.lists(st.lists(fragments, max_size=8).map(b"".join)))
def test_any_bytes_in_any_chunks_are_read_as_the_standard_says(chunks: list[bytes]) -> None:
    decoder = SSEDecoder()
    events = [event[:2] for chunk in chunks for event in decoder.feed(chunk)]
    assert events == spelled_out(b"".join(chunks))


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")


@MANY
@given(st.data(), st.sampled_from(["\n", "\r", "\r\n"]))
def test_a_stream_cut_at_any_bytes_is_the_same_stream(data: st.DataObject, ending: str) -> None:
    texts = data.draw(st.lists(st.text(characters), max_size=5))
    lines = [
        f"event: e{number}\ndata: {json.dumps(text, ensure_ascii=False)}\n\n"
        for number, text in enumerate(texts)
    ]
    stream = "".join(lines).replace("\n", ending).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    bounds = [0, *places, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(bounds)]
    assert [json.loads(value) for _, value in decode(*chunks)] == texts


def test_an_event_is_given_as_soon_as_its_blank_line_is_there() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"event: x\r\ndata: 1\r\n\r") == [ServerSentEvent("x", "1")]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: 2\n") == []
    assert decoder.feed(b"\n") == [ServerSentEvent("message", "2")]


def test_an_event_may_go_on_in_a_chunk_that_looks_like_a_whole_one() -> None:
    assert decode(b"data: 1\n", b"event: x\ndata: 2\n\n") == [("x", "1\n2")]
    assert decode(b"event: x\n", b"event: y\ndata: 2\n\n") == [("y", "2")]


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r", b"\r\n"])
def test_the_last_event_needs_no_blank_line(ending: bytes) -> None:
    assert decode(b'event: x\ndata: {"a": 1}' + ending) == [("x", '{"a": 1}')]
    assert decode(b'event: x\r\ndata: {"a":\r\ndata: 1}' + ending) == [("x", '{"a":\n1}')]


@pytest.mark.parametrize("end", range(1, len(b'data: {"a": "\xe6\xb7\xa1"}')))
def test_an_event_that_was_cut_is_dropped_and_not_taken_for_a_malformed_one(end: int) -> None:
    whole = b'data: {"a": "\xe6\xb7\xa1"}'
    assert decode(b"data: 1\n\n" + whole[:end]) == [("message", "1")]


@pytest.mark.parametrize("start", [b"", b"data: ", b"event: ", b": "])
def test_a_line_without_an_end_is_refused(start: bytes) -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: 1\n\n" + start)
    with pytest.raises(ProtocolError, match="a line of more than 16 MB"):
        for _ in range(17):
            decoder.feed(b"x" * MEGABYTE)


def test_an_event_of_endless_lines_is_refused() -> None:
    decoder = SSEDecoder()
    with pytest.raises(ProtocolError, match="an event of more than 16 MB"):
        for _ in range(17):
            decoder.feed((b"data: " + b"x" * 1017 + b"\n") * 1024)


def test_any_number_of_events_together_may_be_larger() -> None:
    decoder = SSEDecoder()
    event = b"data: " + b"x" * (MEGABYTE // 2) + b"\n"
    assert sum(len(decoder.feed(event * 2 + b"\n")) for _ in range(17)) == 17


@pytest.mark.parametrize("size", [MEGABYTE, 20 * MEGABYTE])
def test_the_cap_is_the_same_in_large_chunks(size: int) -> None:
    largest = b"data: " + b"x" * (sse.LARGEST - len(b"data: "))
    assert [len(data) for _, data in decode(*cut(largest + b"\n\n", size))] == [sse.LARGEST - 6]
    for too_large in (largest + b"x", largest + b"x\n\n"):
        with pytest.raises(ProtocolError):
            decode(*cut(b"data: 1\n\n" + too_large, size))


def test_a_flood_of_pings_and_comments_leaves_memory_flat() -> None:
    flood = b'event: ping\ndata: {"type": "ping"}\n\n: comment\n\n' * 200
    decoder = SSEDecoder()
    decoder.feed(flood)
    tracemalloc.start()
    try:
        for _ in range(200):
            decoder.feed(flood)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 64 * 1024


def seconds_to_decode(chunks: Iterable[bytes]) -> float:
    decoder = SSEDecoder()
    started = time.process_time()
    for chunk in chunks:
        decoder.feed(chunk)
    return time.process_time() - started


def long_line(scale: int) -> bytes:
    return b"event: x\ndata: " + b"y" * (600_000 * scale) + b"\n\n"


def long_event(scale: int) -> bytes:
    return b"data: y\n" * (40_000 * scale) + b"\n"


def many_events(scale: int) -> bytes:
    return b"event: x\ndata: {}\n\n" * (4_000 * scale)


@pytest.mark.parametrize(
    ("stream", "size"),
    [(long_line, 16), (long_event, 64), (many_events, 1), (many_events, 1 << 30)],
)
def test_four_times_the_stream_takes_about_four_times_as_long(
    stream: Callable[[int], bytes], size: int
) -> None:
    once, four = (
        min(seconds_to_decode(cut(stream(scale), size)) for _ in range(3)) for scale in (1, 4)
    )
    assert four < 8 * once + 0.05
