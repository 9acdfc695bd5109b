"""Deltas that arrived together are read as if each had come alone, and none of them is lost."""

import json
import sys
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.frames import Frames
from claude_cli.api.sse import FEWEST, join_halves, merged, parse_event
from claude_cli.errors import ProtocolError
from claude_cli.values.sse import ServerSentEvent
from tests.bench.stream_decode import events_one_by_one, make_stream, ours

SEPARATORS = st.sampled_from([(",", ":"), (", ", ": ")])


def sse(data: Any, *, ascii: bool = False, separators: Any = (",", ":")) -> ServerSentEvent:
    text = json.dumps(data, ensure_ascii=ascii, separators=separators)
    return ServerSentEvent(data["type"], text)


def delta(text: str, index: int = 0, kind: str = "text_delta", field: str = "text") -> Any:
    words = {"type": kind, field: text}
    return {"type": "content_block_delta", "index": index, "delta": words}


BEGINNING = [
    sse({"type": "message_start", "message": {"type": "message", "content": []}}),
    *(sse({"type": "content_block_start", "index": n, "content_block": block})
      for n, block in enumerate([{"type": "text", "text": ""}, {"type": "text", "text": ""},
                                 {"type": "thinking", "thinking": ""}])),
]  # fmt: skip
DELTAS = st.one_of(
    st.builds(delta, st.text(max_size=5), st.integers(0, 1)),
    st.builds(delta, st.text('"\\\n\t/{}é', max_size=5)),
    st.just(delta("hm", 2, "thinking_delta", "thinking")),
    st.just({"type": "ping"}),
)
EVENTS = st.lists(st.builds(lambda data, a, s: sse(data, ascii=a, separators=s), DELTAS,
                            st.booleans(), SEPARATORS), max_size=30)  # fmt: skip


def message(events: list[ServerSentEvent]) -> Any:
    frames, accumulator = Frames(), Accumulator()
    for event in map(parse_event, join_halves(events)):
        for ordered in frames.feed(event):
            accumulator.add(ordered)
    return accumulator.message


def lines(events: list[ServerSentEvent]) -> list[str]:
    return [line for event in map(parse_event, events) for line in event.raw.split("\n")]


@given(EVENTS)
def test_together_they_make_the_same_message(events: list[ServerSentEvent]) -> None:
    assert message(merged([*BEGINNING, *events])) == message([*BEGINNING, *events])


@given(EVENTS)
def test_what_was_sent_stays_a_line_each(events: list[ServerSentEvent]) -> None:
    assert lines(merged(events)) == lines(events)


@given(st.lists(st.text('{"}\\,:0 tex', max_size=60), max_size=12))
def test_what_is_malformed_is_told_as_if_it_had_come_alone(texts: list[str]) -> None:
    events = [ServerSentEvent("content_block_delta", text) for text in texts]

    def told(events: list[ServerSentEvent]) -> Any:
        try:
            return [parse_event(event) for event in events]
        except ProtocolError as error:
            return str(error)

    assert told(merged(events)) == told(events)


def test_a_run_becomes_one_event() -> None:
    events = [sse(delta(f" {n}")) for n in range(FEWEST)]
    (event,) = map(parse_event, merged(events))
    assert event.data["delta"]["text"] == "".join(f" {n}" for n in range(FEWEST))


def test_other_blocks_other_events_and_escaped_characters_end_a_run() -> None:
    other = [delta("a", 1), {"type": "ping"}, delta("a", 0, "thinking_delta", "thinking")]
    for between in [*map(sse, other), sse(delta("é"), ascii=True)]:
        run = [sse(delta("x"))] * FEWEST
        assert len(merged([*run, between, *run])) == 3


def test_a_delta_that_comes_alone_takes_few_calls() -> None:
    def calls(deltas: int) -> int:
        chunks = events_one_by_one(make_stream(deltas))
        count = 0

        def note(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event == "call"

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            ours(chunks)
        finally:
            sys.setprofile(before)
        return count

    assert (calls(200) - calls(100)) // 100 <= 31  # a finalizer in between may add a few
