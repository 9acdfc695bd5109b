"""Streams as gateways renumber them: what can be understood is kept, for every reader."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claude_cli.api.accumulate import Accumulator
from claude_cli.api.frames import PASSED_OVER, Frames
from claude_cli.errors import ProtocolError, TemporaryFailure
from claude_cli.types import Message, StreamEvent
from claude_cli.ui.pieces import Pieces
from tests.thorough import MANY

Json = dict[str, Any]


def event(kind: str, **fields: Any) -> StreamEvent:
    data: Any = {"type": kind, **fields}
    return StreamEvent(data, json.dumps(data))


def begin(index: Any, kind: str, **fields: Any) -> StreamEvent:
    return event("content_block_start", index=index, content_block={"type": kind, **fields})


def grow(index: Any, kind: str, **fields: Any) -> StreamEvent:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def stop(index: Any) -> StreamEvent:
    return event("content_block_stop", index=index)


def start(**fields: Any) -> StreamEvent:
    return event("message_start", message={"id": "msg_1", "content": [], "model": "m", **fields})


END = event("message_delta", delta={"stop_reason": "end_turn"})
CALL: Json = {"id": "toolu_1", "name": "clock", "input": {}}


def text(index: Any, *words: str) -> list[StreamEvent]:
    deltas = [grow(index, "text_delta", text=word) for word in words]
    return [begin(index, "text", text=""), *deltas, stop(index)]


def thinking(index: Any) -> list[StreamEvent]:
    return [
        begin(index, "thinking", thinking=""),
        grow(index, "thinking_delta", thinking="hm"),
        grow(index, "signature_delta", signature="s"),
        stop(index),
    ]


def call(index: Any) -> list[StreamEvent]:
    pieces = [grow(index, "input_json_delta", partial_json=piece) for piece in ('{"a"', ": 1}")]
    return [begin(index, "tool_use", **CALL), *pieces, stop(index)]


def read(events: list[StreamEvent]) -> tuple[Message, str]:
    """The message that the events make, and the text that a renderer draws of them."""
    frames, accumulator, pieces = Frames(), Accumulator(), Pieces()
    drawn = []
    for each in events:
        for mended in frames.feed(each):
            accumulator.add(mended)
            drawn += [piece.text for piece in pieces.feed(mended) if piece.kind == "text"]
    return accumulator.message, "".join(drawn)


def shape(message: Message) -> list[tuple[str, Any]]:
    fields = {"text": "text", "thinking": "thinking", "tool_use": "input"}
    return [(block["type"], block.get(fields[block["type"]])) for block in message["content"]]


PLAIN = [start(), *thinking(0), *text(1, "Hel", "lo"), *call(2), END]
WHOLE = [("thinking", "hm"), ("text", "Hello"), ("tool_use", {"a": 1})]


@pytest.mark.parametrize(
    "events",
    {
        "as it should be": PLAIN,
        "a second stop": [start(), *thinking(0), stop(0), *text(1, "Hel", "lo"), *call(2), END],
        "an orphan stop": [start(), stop(0), stop(9), *PLAIN[1:]],
        "a second start": [start(), start(), *PLAIN[1:]],
        "a second start later": [*PLAIN[:6], start(), *PLAIN[6:]],
        "no start": PLAIN[1:],
        "an index reused": [start(), *thinking(0), *text(0, "Hel", "lo"), *call(0), END],
        "an index skipped": [start(), *thinking(3), *text(7, "Hel", "lo"), *call(8), END],
        "from 1 on": [start(), *thinking(1), *text(2, "Hel", "lo"), *call(3), END],
        "no index": [start(), *thinking(None), *text(None, "Hel", "lo"), *call(None), END],
        "a block begun twice": [*PLAIN[:2], PLAIN[1], *PLAIN[2:]],
        "no stops": [each for each in PLAIN if each.data["type"] != "content_block_stop"],
        "no stops and one index": [
            each
            for each in [start(), *thinking(0), *text(0, "Hel", "lo"), *call(0), END]
            if each.data["type"] != "content_block_stop"
        ],
        "a text never begun": [start(), *thinking(0), *text(1, "Hel", "lo")[1:], *call(2), END],
        "a text that ended early": [
            *(
                start(),
                *thinking(0),
                begin(1, "text", text=""),
                grow(1, "text_delta", text="Hello"),
            ),
            *(stop(1), *call(2), END),
        ],
        "deltas of another number": [
            start(),
            *thinking(0),
            begin(1, "text", text=""),
            grow(0, "text_delta", text="Hel"),
            grow(5, "text_delta", text="lo"),
            stop(1),
            *call(2),
            END,
        ],
    }.items(),
    ids=lambda item: item[0] if isinstance(item, tuple) else None,
)
def test_frames_too_many_too_few_or_renumbered_cost_nothing(
    events: tuple[str, list[StreamEvent]],
) -> None:
    message, drawn = read(events[1])
    assert shape(message) == WHOLE
    assert drawn == "Hello"


def test_what_was_sent_is_kept_as_it_was_sent_in_its_order() -> None:
    events = [start(), *text(4, "a"), stop(4), start(), *text(4, "b"), END]
    frames = Frames()
    mended = [mended for each in events for mended in frames.feed(each)]
    assert [each.raw for each in mended if each.raw] == [each.raw for each in events]
    assert [each.data["type"] for each in mended].count(PASSED_OVER) == 2


FIELDS = ["type", "text", "partial_json", "thinking", "signature", "citation", "content", "id"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "a", "text", "tool_use"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3)
    ),
    max_leaves=4,
)
MAPS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)
KINDS = st.sampled_from(["text_delta", "input_json_delta", "citations_delta", "signature_delta"])
BLOCKS = st.sampled_from(["text", "thinking", "tool_use"])
EVENTS = st.builds(
    event,
    st.sampled_from(["message_start", "content_block_start", "content_block_delta", "error"])
    | st.sampled_from(["content_block_stop", "message_delta", "message_stop", "message"]),
    index=st.integers(0, 2) | VALUES,
    delta=st.builds(lambda kind, rest: {**rest, "type": kind}, VALUES | KINDS, MAPS) | VALUES,
    content_block=st.builds(lambda rest, kind: {**rest, "type": kind}, MAPS, BLOCKS | VALUES),
    message=MAPS | VALUES,
)


@settings(MANY, max_examples=MANY.max_examples // 5)
@example([event("content_block_delta", index=5, delta={"type": {}})])
@given(st.lists(EVENTS, max_size=4))
def test_events_of_any_values_are_read_or_told_as_a_failure_of_the_server(
    events: list[StreamEvent],
) -> None:
    with suppress(ProtocolError, TemporaryFailure):
        read([start(), *text(0, "a"), *events])


def test_two_blocks_may_be_open_at_once() -> None:
    first, second = text(0, "a", "b"), text(1, "c", "d")
    woven = [each for pair in zip(first, second, strict=True) for each in pair]
    assert shape(read([start(), *woven, END])[0]) == [("text", "ab"), ("text", "cd")]


@pytest.mark.parametrize(
    "events",
    [
        [start(), start(id="msg_2")],
        [start(), *call(0)[1:]],
        [start(), *call(0), grow(0, "input_json_delta", partial_json="x")],
        [start(), *text(0, "a"), *call(1)[1:]],
        [start(), event("content_block_start", index=0, content_block={"text": "no type"})],
        [start(), begin(0, "text", text=""), grow(0, "text_delta", text=5)],
        [event("message_start", message="none")],
    ],
)
def test_what_cannot_be_understood_breaks_the_protocol(events: list[StreamEvent]) -> None:
    with pytest.raises(ProtocolError):
        read(events)


def test_a_delta_that_does_not_fit_its_block_is_neither_kept_nor_drawn() -> None:
    events = [start(), begin(0, "tool_use", **CALL), grow(0, "text_delta", text="no"), stop(0)]
    message, drawn = read(events)
    assert (shape(message), drawn) == ([("tool_use", {})], "")


def test_signatures_and_citations_without_their_block_are_passed_over() -> None:
    stray = [grow(0, "signature_delta", signature="s"), grow(1, "citations_delta", citation={})]
    assert shape(read([start(), *stray, *text(2, "a"), END])[0]) == [("text", "a")]


@MANY
@given(st.data())
def test_any_frames_dropped_doubled_or_renumbered_give_the_same_text_drawn_and_kept(
    data: st.DataObject,
) -> None:
    """What is drawn is what is kept; doubled and renumbered frames lose nothing at all."""
    events: list[StreamEvent] = []
    numbers = data.draw(st.permutations(range(10)))
    for each in [start(), *thinking(0), *text(1, "Hel", "lo"), *text(2, " you"), *call(3), END]:
        if "index" in each.data:
            fields: Any = {**each.data, "index": numbers[each.data["index"]]}
            each = StreamEvent(fields, json.dumps(fields))
        is_delta = each.data["type"] == "content_block_delta"
        events += [each] * (1 if is_delta else data.draw(st.integers(1, 2)))
    message, drawn = read(events)
    assert shape(message) == [
        ("thinking", "hm"),
        ("text", "Hello"),
        ("text", " you"),
        ("tool_use", {"a": 1}),
    ]
    assert drawn == "Hello you"
    left = [each for each in events if data.draw(st.booleans())]
    try:
        message, drawn = read(left)
    except ProtocolError:
        return
    assert drawn == "".join(block.get("text", "") for block in message["content"])
