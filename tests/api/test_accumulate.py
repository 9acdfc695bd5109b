"""From the events of a stream to its message."""

import copy
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api import accumulate
from claude_cli.api.accumulate import Accumulator
from claude_cli.api.sse import parse_event
from claude_cli.disk import appendlog
from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    InputError,
    ProtocolError,
    TemporaryFailure,
)
from claude_cli.types import StreamEvent
from claude_cli.values.sse import SSEDecoder
from tests.thorough import MANY

STREAMS = Path(__file__).parents[1] / "streams"

Json = dict[str, Any]
STANDARD_USAGE = {
    "input_tokens": 25,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 15,
    "service_tier": "standard",
}


def event(kind: str, **fields: Any) -> StreamEvent:
    data: Any = {"type": kind, **fields}
    return StreamEvent(data, json.dumps(data))


def message_start(**fields: Any) -> StreamEvent:
    skeleton = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    return event("message_start", message={**skeleton, **fields})


def block_start(index: Any, kind: str = "text", **fields: Any) -> StreamEvent:
    return event("content_block_start", index=index, content_block={"type": kind, **fields})


def block_delta(index: Any, kind: str = "text_delta", **fields: Any) -> StreamEvent:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def block_stop(index: Any) -> StreamEvent:
    return event("content_block_stop", index=index)


def message_delta(stop_reason: Any = "end_turn", usage: Any = None, **fields: Any) -> StreamEvent:
    return event("message_delta", delta={"stop_reason": stop_reason, **fields}, usage=usage)


START = message_start(usage={"input_tokens": 9, "output_tokens": 1})
OPEN = block_start(0, text="")


def accumulated(events: Iterable[StreamEvent]) -> Accumulator:
    accumulator = Accumulator()
    for each in events:
        accumulator.add(each)
    return accumulator


def read_stream(name: str) -> list[StreamEvent]:
    decoder = SSEDecoder()
    return [parse_event(each) for each in decoder.feed((STREAMS / f"{name}.sse").read_bytes())]


def expected(id: str, content: list[Json], stop_reason: str = "end_turn", **fields: Any) -> Json:
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": STANDARD_USAGE,
        **fields,
    }


MESSAGES = {
    "text": expected(
        "msg_01TEXT",
        [{"type": "text", "text": "The Tamsui (淡水河) reaches the sea\nnear Bali. 🌊"}],
    ),
    "thinking": expected(
        "msg_01THINK",
        [
            {"type": "thinking", "thinking": "High water is at six.", "signature": "c2lnbmVk"},
            {"type": "text", "text": "At six."},
        ],
        model="claude-opus-4-8",
        usage=STANDARD_USAGE
        | {"output_tokens": 41, "output_tokens_details": {"thinking_tokens": 30}},
    ),
    "redacted_thinking": expected(
        "msg_01RED",
        [
            {"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"},
            {"type": "thinking", "thinking": "", "signature": "b21pdHRlZA=="},
            {"type": "text", "text": "Done."},
        ],
        model="claude-opus-4-8",
    ),
    "tool_use": expected(
        "msg_01TOOL",
        [
            {"type": "text", "text": "I look at both ports."},
            {
                "type": "tool_use",
                "id": "toolu_01A",
                "name": "tide_lookup",
                "input": {"port": "Keelung", "days": 2},
                "caller": {"type": "direct"},
            },
            {"type": "tool_use", "id": "toolu_01B", "name": "clock", "input": {}},
        ],
        "tool_use",
        usage=STANDARD_USAGE | {"output_tokens": 61},
    ),
    "tool_use_cut": expected(
        "msg_01CUT",
        [
            {
                "type": "tool_use",
                "id": "toolu_01C",
                "name": "write_report",
                "input": {"title": "Tides"},
            }
        ],
        "max_tokens",
        usage=STANDARD_USAGE | {"output_tokens": 20},
    ),
    "citations": expected(
        "msg_01CITE",
        [
            {
                "type": "text",
                "text": "It is 158 km long",
                "citations": [
                    {
                        "type": "char_location",
                        "cited_text": "The river is 158 km long.",
                        "document_index": 0,
                        "document_title": "Rivers",
                        "start_char_index": 0,
                        "end_char_index": 25,
                    }
                ],
            },
            {"type": "text", "text": " and ends at Tamsui."},
            {
                "type": "text",
                "text": " Ferries cross it.",
                "citations": [
                    {
                        "type": "web_search_result_location",
                        "cited_text": "Ferries cross it.",
                        "url": "https://example.org/ferries",
                        "title": "Ferries",
                        "encrypted_index": "aW5kZXg=",
                    },
                    {
                        "type": "page_location",
                        "cited_text": "Since 1944.",
                        "document_index": 1,
                        "document_title": None,
                        "start_page_number": 3,
                        "end_page_number": 4,
                    },
                ],
            },
        ],
    ),
    "server_tools": expected(
        "msg_01WEB",
        [
            {
                "type": "server_tool_use",
                "id": "srvtoolu_01",
                "name": "web_search",
                "input": {"query": "tides Keelung"},
            },
            {
                "type": "web_search_tool_result",
                "tool_use_id": "srvtoolu_01",
                "content": [
                    {
                        "type": "web_search_result",
                        "url": "https://example.org/tides",
                        "title": "Tides",
                        "encrypted_content": "Y29udGVudA==",
                        "page_age": None,
                    }
                ],
            },
            {
                "type": "server_tool_use",
                "id": "srvtoolu_02",
                "name": "web_fetch",
                "input": {"url": "https://example.org/gone"},
            },
            {
                "type": "web_fetch_tool_result",
                "tool_use_id": "srvtoolu_02",
                "content": {
                    "type": "web_fetch_tool_result_error",
                    "error_code": "url_not_accessible",
                },
            },
            {"type": "text", "text": "High water at six."},
        ],
        model="claude-opus-4-8",
        container={"id": "container_01", "expires_at": "2026-11-01T00:00:00Z"},
        usage={
            "input_tokens": 9281,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 12,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 512,
            "service_tier": "standard",
            "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 1},
        },
    ),
    "pings": expected("msg_01PING", [{"type": "text", "text": "pong"}]),
    "unknown_kinds": expected(
        "msg_01NEW",
        [
            {"type": "text", "text": "Known text"},
            {"type": "hologram", "text": "", "layers": [{"depth": 1}, None]},
        ],
        "exhausted",
        model="claude-next-1",
        novelty={"level": 3},
        stop_details={"type": "exhausted"},
        weather="fair",
        usage=STANDARD_USAGE | {"output_tokens": 9, "photons": 4},
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_stream_adds_up_to_its_message(name: str) -> None:
    accumulator = accumulated(read_stream(name))
    assert accumulator.message == MESSAGES[name]
    assert accumulator.started
    assert accumulator.delta_arrived
    assert accumulator.complete


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_can_be_written_out_after_every_event_and_changes_no_event(name: str) -> None:
    events = read_stream(name)
    before = copy.deepcopy(events)
    accumulator = Accumulator()
    for each in events:
        accumulator.add(each)
        snapshot = accumulator.message
        assert json.loads(json.dumps(snapshot)) == snapshot
        snapshot["content"].clear()
        snapshot["stop_reason"] = "changed"
    assert accumulator.message == MESSAGES[name]
    assert events == before


def test_a_snapshot_does_not_change_any_more() -> None:
    accumulator = Accumulator()
    snapshots = []
    for each in read_stream("citations"):
        accumulator.add(each)
        snapshots.append((accumulator.message, copy.deepcopy(accumulator.message)))
    assert all(snapshot == kept for snapshot, kept in snapshots)


def test_the_order_of_fields_is_kept() -> None:
    message = accumulated(read_stream("text")).message
    assert [*message] == [*MESSAGES["text"]]


# What is known when


def test_what_is_known_of_an_answer_before_it_came() -> None:
    accumulator = Accumulator()
    assert accumulator.message == {"type": "message", "role": "assistant", "content": []}
    for each in (event("ping"), event("novelty", index=-5), event("message_stop")):
        accumulator.add(each)
    assert not (accumulator.started or accumulator.delta_arrived or accumulator.complete)


def test_an_answer_starts_then_is_billed_and_then_is_complete() -> None:
    accumulator = Accumulator()
    known = []
    for each in (START, OPEN, block_delta(0, text="a"), message_delta(None), message_delta()):
        accumulator.add(each)
        known.append((accumulator.started, accumulator.delta_arrived, accumulator.complete))
    yes, no = True, False
    assert known == [(yes, no, no)] * 2 + [(yes, yes, no)] * 2 + [(yes, yes, yes)]


def test_an_answer_stays_complete_once_it_was() -> None:
    accumulator = accumulated([START, message_delta(), message_delta(None)])
    assert accumulator.complete
    assert accumulator.message["stop_reason"] is None


def test_an_unknown_delta_is_billed_too() -> None:
    assert accumulated([START, OPEN, block_delta(0, "mood_delta")]).delta_arrived


def test_a_delta_that_breaks_the_protocol_is_billed_too() -> None:
    accumulator = accumulated([START])
    with pytest.raises(ProtocolError):
        accumulator.add(block_delta(0, text="a"))
    assert accumulator.delta_arrived


# A message in one piece


def test_a_message_that_came_in_one_piece_is_taken_as_it_is() -> None:
    message = {**MESSAGES["tool_use"], "novelty": [1]}
    accumulator = accumulated([event(**{"kind": "message", **without_type(message)})])
    assert accumulator.message == message
    assert accumulator.started
    assert accumulator.delta_arrived
    assert accumulator.complete


def without_type(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "type"}


def test_a_message_in_one_piece_may_lack_nearly_everything() -> None:
    accumulator = accumulated([event("message", content=[{"type": "text", "text": "C"}])])
    assert accumulator.message == {"type": "message", "content": [{"type": "text", "text": "C"}]}
    assert accumulator.complete


# message_delta


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param({"output_tokens": 1}, {"output_tokens": 7}, {"output_tokens": 7}, id="total"),
        pytest.param(
            {"input_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 2}},
            {"input_tokens": None, "output_tokens": 7, "server_tool_use": None},
            {
                "input_tokens": 3,
                "cache_creation": {"ephemeral_5m_input_tokens": 2},
                "output_tokens": 7,
            },
            id="null changes nothing",
        ),
        pytest.param({"input_tokens": 3}, None, {"input_tokens": 3}, id="null delta"),
        pytest.param(None, {"output_tokens": 7}, {"output_tokens": 7}, id="null at the start"),
        pytest.param(None, None, None, id="null everywhere"),
        pytest.param(None, {}, None, id="empty"),
        pytest.param({}, {"photons": 4}, {"photons": 4}, id="unknown"),
    ],
)
def test_usage_is_overwritten_by_what_has_a_value(before: Any, changes: Any, after: Any) -> None:
    events = [message_start(usage=before), message_delta(usage=changes)]
    assert accumulated(events).message["usage"] == after


def test_usage_may_be_missing_altogether() -> None:
    start = message_start()
    end = event("message_delta", delta={"stop_reason": "end_turn"})
    assert "usage" not in accumulated([start, end]).message
    usage = {"output_tokens": 7}
    assert accumulated([start, message_delta(usage=usage)]).message["usage"] == usage


def test_later_message_deltas_overwrite_earlier_ones() -> None:
    events = [
        START,
        message_delta("pause_turn", {"output_tokens": 5}, stop_details={"type": "x"}),
        message_delta(
            "stop_sequence", {"output_tokens": 9}, stop_sequence="END", stop_details=None
        ),
    ]
    message = accumulated(events).message
    assert message["stop_reason"] == "stop_sequence"
    assert message["stop_sequence"] == "END"
    assert message["stop_details"] is None
    assert message["usage"] == {"input_tokens": 9, "output_tokens": 9}


def test_a_message_delta_cannot_rename_or_empty_the_message() -> None:
    changes = {"type": "x", "id": "y", "role": "user", "content": []}
    events = [START, OPEN, block_delta(0, text="a"), message_delta("end_turn", None, **changes)]
    message: Any = accumulated(events).message
    assert message == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}],
        "usage": {"input_tokens": 9, "output_tokens": 1},
        "stop_reason": "end_turn",
    }


def test_fields_beside_the_delta_are_kept_unless_null() -> None:
    end = message_delta()
    fields: Any = {**end.data, "context_management": {"applied_edits": []}, "diagnostics": None}
    message: Any = accumulated([START, StreamEvent(fields, "")]).message
    assert message["context_management"] == {"applied_edits": []}
    assert "diagnostics" not in message
    assert "delta" not in message


def test_what_comes_with_the_end_is_kept_too() -> None:
    metrics = {"inputTokenCount": 3}
    stop: Any = {"amazon-bedrock-invocationMetrics": metrics, "id": "x", "more": None}
    found = accumulated([START, message_delta(), event("message_stop", **stop)])
    message: Any = found.message
    assert message["amazon-bedrock-invocationMetrics"] == metrics
    assert message["id"] == "msg_1" and "more" not in message
    assert not accumulated([event("message_stop", **stop)]).started


@pytest.mark.parametrize("end", [event("message_delta"), event("message_delta", delta=None)])
def test_a_message_delta_may_be_empty(end: StreamEvent) -> None:
    assert not accumulated([START, end]).complete


def test_a_fallback_block_tells_the_model_that_answers_from_there_on() -> None:
    fallback = block_start(
        0, "fallback", **{"from": {"model": "a"}, "to": {"model": "claude-opus-4-8"}}
    )
    accumulator = accumulated([message_start(model="claude-opus-5"), fallback, block_stop(0)])
    assert accumulator.message["model"] == "claude-opus-4-8"
    for odd in (None, "b", {}, {"model": 5}):
        events = [message_start(model="claude-opus-5"), block_start(0, "fallback", to=odd)]
        assert accumulated(events).message["model"] == "claude-opus-5"


# Tool input that is not whole


def call(*pieces: str, stopped: bool) -> Accumulator:
    events = [START, block_start(0, "tool_use", id="t", name="clock", input={})]
    events += [block_delta(0, "input_json_delta", partial_json=piece) for piece in pieces]
    return accumulated([*events, *([block_stop(0)] if stopped else []), message_delta("tool_use")])


@pytest.mark.parametrize(
    ("json_text", "whole"),
    [
        ('{"a": 1, "b": "x', {"a": 1}),
        ('{"a": "Paris", "b": celsius}', {"a": "Paris"}),
        ("nonsense", {}),
        ("[1]", {}),
        ('{"a": NaN}', {}),
        ("[" * 200_000, {}),
        ('{"a":' * 200_000, {}),
    ],
    ids=lambda value: str(value)[:20],
)
@pytest.mark.parametrize("stopped", [True, False])
def test_an_input_that_is_cut_or_invalid_is_kept_apart(
    json_text: str, whole: Any, stopped: bool
) -> None:
    accumulator = call(json_text[:3], json_text[3:], stopped=stopped)
    assert accumulator.unparsed_inputs == {0: json_text}
    block = accumulator.message["content"][0]
    assert {**block, "input": None} == {
        "type": "tool_use",
        "id": "t",
        "name": "clock",
        "input": None,
    }
    if len(json_text) < 1000:
        assert block["input"] == whole


@pytest.mark.parametrize("json_text", ["null", " ", "\n", " null\n"])
def test_a_call_without_parameters_may_say_so_in_other_ways(json_text: str) -> None:
    accumulator = call(json_text, stopped=True)
    assert accumulator.unparsed_inputs == {}
    assert accumulator.message["content"][0]["input"] == {}


def test_a_call_that_was_cut_before_its_input_is_not_one_without_input() -> None:
    assert call(stopped=False).unparsed_inputs == {0: ""}
    assert call("", stopped=True).unparsed_inputs == {}


def test_an_input_that_is_whole_needs_no_stop() -> None:
    accumulator = call('{"a": 1}', stopped=False)
    assert accumulator.unparsed_inputs == {}
    assert accumulator.message["content"][0]["input"] == {"a": 1}


def test_the_stream_that_ends_in_a_call_tells_what_came_of_it() -> None:
    accumulator = accumulated(read_stream("tool_use_cut"))
    assert accumulator.unparsed_inputs == {0: '{"title": "Tides", "body": "At si'}
    assert accumulated(read_stream("tool_use")).unparsed_inputs == {}


# What breaks the protocol


BROKEN: dict[str, Sequence[StreamEvent]] = {
    "a delta before message_start": [block_delta(0, text="a")],
    "a block before message_start": [OPEN],
    "an end before message_start": [message_delta()],
    "a stop before message_start": [block_stop(0)],
    "a second message_start": [START, START],
    "a second message in one piece": [START, event("message", content=[])],
    "no message": [event("message_start")],
    "a message that is none": [event("message_start", message=[])],
    "content that is no list": [message_start(content={"a": 1})],
    "content that holds no block": [event("message", content=["a"])],
    "usage that is none": [message_start(usage=7)],
    "usage at the end that is none": [START, message_delta(usage=[7])],
    "a delta before its start": [START, block_delta(0, text="a")],
    "a delta after its stop": [START, OPEN, block_stop(0), block_delta(0, text="a")],
    "a stop before its start": [START, block_stop(0)],
    "a second stop": [START, OPEN, block_stop(0), block_stop(0)],
    "a negative index": [START, block_start(-1)],
    "a delta with a negative index": [START, OPEN, block_delta(-1, text="a")],
    "a gap": [START, block_start(1)],
    "a block reopened": [START, OPEN, OPEN],
    "a block reopened after its stop": [START, OPEN, block_stop(0), OPEN],
    "an index that is true": [START, OPEN, block_start(True)],
    "an index that is a float": [START, block_start(0.0)],
    "an index that is a string": [START, OPEN, block_delta("0", text="a")],
    "an index that is a list": [START, OPEN, block_delta([0], text="a")],
    "no index": [START, event("content_block_start", content_block={"type": "text"})],
    "no block": [START, event("content_block_start", index=0)],
    "a block without a type": [START, event("content_block_start", index=0, content_block={})],
    "a block whose text is none": [START, block_start(0, text=5)],
    "a delta that is none": [START, OPEN, event("content_block_delta", index=0, delta=[])],
    "a text that is none": [START, OPEN, block_delta(0, text=None)],
    "a missing text": [START, OPEN, block_delta(0)],
    "a stop reason that is none": [START, message_delta(5)],
    "an end that is none": [START, event("message_delta", delta="end_turn")],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_break_of_the_protocol_is_told_and_leaves_what_was_there(name: str) -> None:
    *good, bad = BROKEN[name]
    accumulator = accumulated(good)
    before = accumulator.message
    with pytest.raises(ProtocolError) as broken:
        accumulator.add(bad)
    assert accumulator.message == before
    assert len(broken.value.message) < 300


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(
    "answer", [[START, message_delta()], [event("message", content=[], stop_reason="end_turn")]]
)
def test_nothing_breaks_a_message_that_is_complete(name: str, answer: list[StreamEvent]) -> None:
    message = accumulated([*answer, BROKEN[name][-1], BROKEN[name][-1]]).message
    assert message["stop_reason"] == "end_turn"


@pytest.mark.parametrize("odd", [None, {}, {"type": 5}, {"type": ["text_delta"]}])
def test_a_delta_of_no_known_kind_changes_nothing(odd: Any) -> None:
    accumulator = accumulated([START, OPEN, event("content_block_delta", index=0, delta=odd)])
    assert accumulator.message["content"] == [{"type": "text", "text": ""}]


def test_the_size_of_an_answer_is_limited() -> None:
    piece = block_delta(0, text="x" * (1024 * 1024))
    accumulator = accumulated([START, OPEN])
    with pytest.raises(ProtocolError, match="30 MB"):
        for _ in range(33):
            accumulator.add(piece)
    kept = len(accumulator.message["content"][0]["text"])
    assert accumulate.LARGEST - 1024 <= kept <= accumulate.LARGEST + len(piece.raw)


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_answer_of_30_mb_is_taken_and_one_byte_more_is_not(beyond: int) -> None:
    room = 30 * 1024 * 1024 - len(START.raw) - len(OPEN.raw)
    accumulator = accumulated([START, OPEN, block_delta(0, text="x" * room)])
    if beyond:
        with pytest.raises(ProtocolError):
            accumulator.add(block_delta(0, text="x"))
    assert len(accumulator.message["content"][0]["text"]) == room + beyond


def test_an_answer_that_is_just_small_enough_fits_into_a_line_of_a_session() -> None:
    """Each of these characters takes two bytes: two of UTF-8, or two of JSON."""
    piece = block_delta(0, text='\n"é\\' * 20_000)
    accumulator = accumulated([START, OPEN])
    with pytest.raises(ProtocolError):
        while True:
            accumulator.add(piece)
    record = appendlog.encode_line({"message": accumulator.message})
    assert accumulate.LARGEST < len(record) < appendlog.LINE_LIMIT


LARGE = {"type": "x", "cited_text": "é" * (4 * 1024 * 1024)}
SIZEABLE: dict[str, Callable[[int], StreamEvent]] = {
    "blocks": lambda n: block_start(n, "search_tool_result", content=[LARGE]),
    "citations": lambda n: block_delta(0, "citations_delta", citation=LARGE),
    "other parts": lambda n: message_delta(None, novelty={str(n): LARGE}),
}


@pytest.mark.parametrize("kind", SIZEABLE)
def test_everything_that_grows_counts_towards_the_size_byte_by_byte(kind: str) -> None:
    accumulator = accumulated([START, OPEN])
    with pytest.raises(ProtocolError, match="30 MB"):
        for number in range(1, 5):
            accumulator.add(SIZEABLE[kind](number))


def test_a_message_in_one_piece_counts_too() -> None:
    with pytest.raises(ProtocolError, match="30 MB"):
        accumulated([event("message", content=[{"type": "text", "text": "é" * (17 << 20)}])])


# Errors in the stream


@pytest.mark.parametrize(
    ("kind", "error_class"),
    [
        ("overloaded_error", TemporaryFailure),
        ("rate_limit_error", TemporaryFailure),
        ("error_of_tomorrow", TemporaryFailure),
        ("authentication_error", AccessDenied),
        ("invalid_request_error", InputError),
    ],
)
@pytest.mark.parametrize("before", [[], [START, OPEN, block_delta(0, text="The Tam")]])
def test_an_error_event_is_raised_by_its_type_and_what_came_before_stays(
    kind: str, error_class: type[ClaudeCliError], before: list[StreamEvent]
) -> None:
    accumulator = accumulated(before)
    error = {"type": kind, "message": "No."}
    with pytest.raises(error_class, match=f"{kind}: No.") as raised:
        accumulator.add(event("error", error=error, request_id="req_1"))
    assert raised.value.request_id == "req_1"
    texts = [block["text"] for block in accumulator.message["content"]]
    assert texts == (["The Tam"] if before else [])
    assert not accumulator.complete


@pytest.mark.parametrize(("name", "text"), [("error_midstream", "The Tam"), ("error_first", "")])
def test_a_stream_with_an_error_keeps_the_text_before_it(name: str, text: str) -> None:
    accumulator = Accumulator()
    with pytest.raises(TemporaryFailure, match="Overloaded"):
        for each in read_stream(name):
            accumulator.add(each)
    assert "".join(block["text"] for block in accumulator.message["content"]) == text
    assert accumulator.delta_arrived == bool(text)


# Any message, any deltas

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
objects = st.dictionaries(texts, st.none() | st.integers() | texts | st.lists(texts), max_size=4)
blocks = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, texts),
    st.builds(
        lambda text, citations: {"type": "text", "text": text, "citations": citations},
        texts,
        st.lists(objects, max_size=3),
    ),
    st.builds(
        lambda thinking, signature: {
            "type": "thinking",
            "thinking": thinking,
            "signature": signature,
        },
        texts,
        texts,
    ),
    st.builds(lambda data: {"type": "redacted_thinking", "data": data}, texts),
    st.builds(
        lambda kind, name, input: {"type": kind, "id": "t", "name": name, "input": input},
        st.sampled_from(["tool_use", "server_tool_use", "mcp_tool_use"]),
        texts,
        objects,
    ),
    st.builds(lambda more: {**more, "type": "novelty"}, objects),
)
EMPTIED: Json = {"text": "", "citations": None, "thinking": "", "signature": "", "input": {}}


def cut(text: str, dice: random.Random) -> list[str]:
    places = sorted(dice.randrange(len(text) + 1) for _ in range(dice.randrange(4)))
    bounds = [0, *places, len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def deltas_of(block: Json, dice: random.Random) -> list[Json]:
    """Return deltas that turn an emptied `block` into itself."""
    match block["type"]:
        case "text":
            cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations", [])]
            return [*cited, *({"type": "text_delta", "text": t} for t in cut(block["text"], dice))]
        case "thinking":
            pieces = cut(block["thinking"], dice)
            thought = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
            return [*thought, {"type": "signature_delta", "signature": block["signature"]}]
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            pieces = cut(json.dumps(block["input"]), dice)
            return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return []


def streamed(message: Json, dice: random.Random) -> list[StreamEvent]:
    events = [event("message_start", message={**message, "content": [], "stop_reason": None})]
    for index, block in enumerate(message["content"]):
        deltas = deltas_of(block, dice)
        start = {**block, **{key: EMPTIED[key] for key in block.keys() & EMPTIED if deltas}}
        events.append(event("content_block_start", index=index, content_block=start))
        events += [event("content_block_delta", index=index, delta=delta) for delta in deltas]
        events.append(block_stop(index))
    return [*events, message_delta(message["stop_reason"], message["usage"]), event("message_stop")]


@MANY
@given(
    st.lists(blocks, max_size=4), st.sampled_from(["end_turn", "tool_use"]), objects, st.randoms()
)
def test_any_message_in_any_deltas_adds_up_to_itself(
    content: list[Json], stop_reason: str, more: Json, dice: random.Random
) -> None:
    message = {
        **{key: value for key, value in more.items() if value is not None},
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "usage": {"output_tokens": 7},
    }
    events = streamed(message, dice)
    accumulator = Accumulator()
    for each in events:
        accumulator.add(each)
        if dice.random() < 0.3:
            accumulator.message["content"].clear()
    emptied = [
        {**block, "citations": None} if block.get("citations") == [] else block for block in content
    ]
    assert accumulator.message == {**message, "content": emptied}
    assert accumulator.unparsed_inputs == {}


ODD: Any = st.sampled_from([None, True, -1, 0, 1, "", "a", "{", '{"a": 1}', [], [1], {}])
ODD = ODD.map(copy.deepcopy)  # what is decoded is nobody else's
ODD_BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "thinking", "tool_use", "fallback"]) | ODD},
    optional={name: ODD for name in ("text", "thinking", "input", "citations", "to", "signature")},
)
ODD_DELTAS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text_delta", "thinking_delta", "input_json_delta"]) | ODD},
    optional={name: ODD for name in ("text", "thinking", "partial_json", "stop_reason")},
)
ODD_EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(accumulate._EVENTS))},
    optional={
        "index": st.integers(0, 2) | ODD,
        "message": st.fixed_dictionaries({"content": st.lists(ODD_BLOCKS, max_size=2) | ODD}) | ODD,
        "content_block": ODD_BLOCKS | ODD,
        "delta": ODD_DELTAS | ODD,
        "usage": st.dictionaries(st.just("output_tokens"), ODD) | ODD,
        "error": ODD,
    },
)


@MANY
@given(st.lists(ODD_EVENTS, max_size=5), st.booleans())
def test_any_events_in_any_order_make_a_message_or_an_error_in_words(
    events: list[Any], begun: bool
) -> None:
    accumulator = Accumulator()
    if begun:
        accumulator.add(message_start())
    for data in events:
        with suppress(ClaudeCliError):
            accumulator.add(StreamEvent(data, json.dumps(data)))
        assert isinstance(json.loads(json.dumps(accumulator.message))["content"], list)
        assert {*accumulator.unparsed_inputs} <= {*range(len(accumulator.message["content"]))}


def seconds_to_accumulate(deltas: int) -> float:
    pieces = {
        0: [block_delta(0, text=" word")] * deltas,
        1: [block_delta(1, "input_json_delta", partial_json="1, ")] * deltas,
        2: [block_delta(2, "citations_delta", citation={})] * deltas,
    }
    accumulator = accumulated(
        [START, block_start(0, text=""), block_start(1, "tool_use"), block_start(2, text="")]
    )
    accumulator.add(block_delta(1, "input_json_delta", partial_json='{"a": ['))
    started = time.process_time()
    for each in [*pieces[0], *pieces[1], *pieces[2]]:
        accumulator.add(each)
    accumulator.add(block_delta(1, "input_json_delta", partial_json="1]}"))
    for index in range(3):
        accumulator.add(block_stop(index))
    seconds = time.process_time() - started
    text, tool, cited = accumulator.message["content"]
    assert (len(text["text"]), len(tool["input"]["a"])) == (5 * deltas, deltas + 1)
    assert len(cited["citations"] or []) == deltas
    return seconds


def test_four_times_the_deltas_take_about_four_times_as_long() -> None:
    once = min(seconds_to_accumulate(25_000) for _ in range(2))
    four = min(seconds_to_accumulate(100_000) for _ in range(2))
    assert four < 10 * once + 0.05
