"""Streamed answers: when they are complete, what is tried again, what is held back."""

import gzip
import json
import threading
import time
from itertools import islice
from typing import Any

import pytest

from claude_cli.api import messages
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.response import JSON_LIMIT
from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    InputError,
    ProtocolError,
    TemporaryFailure,
)
from claude_cli.values.sse import LARGEST
from tests.api.clients import BODY, talk
from tests.faulty_server import (
    BLOCK,
    BLOCK_STOP,
    LAST_CHUNK,
    MESSAGE_STOP,
    PING,
    START,
    STOP,
    STREAM_HEAD,
    Script,
    Wire,
    answer,
    chunk,
    delta,
    event,
    json_response,
    replying,
    replying_once,
    response,
)

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [],
    "stop_reason": None,
}


def streamed(script: Script, **options: Any) -> tuple[list[str], ClaudeCliError | None]:
    """Return the types of the events that arrive, and how the stream fails."""
    seen: list[str] = []
    with talk(script, **options) as (_, api):
        try:
            with messages.stream(api, BODY) as stream:
                for event in stream:
                    seen.append(event.data["type"])
        except ClaudeCliError as error:
            return seen, error
    return seen, None


def error_event(kind: str, message: str = "Busy.") -> bytes:
    return event({"type": "error", "error": {"type": kind, "message": message}})


def stream_of(*events: bytes) -> Script:
    return replying_once(STREAM_HEAD, *events, LAST_CHUNK)


def test_an_emoji_in_two_deltas_is_whole() -> None:
    script = stream_of(
        START, BLOCK, delta("snow \ud83c"), delta("\udfd4!"), BLOCK_STOP, STOP, MESSAGE_STOP
    )
    with talk(script) as (_, api), messages.stream(api, BODY) as stream:
        said = [e.data["delta"]["text"] for e in stream if e.data["type"] == "content_block_delta"]
    assert said == ["snow ", "🏔!"]


def test_an_answer_arrives_event_by_event_as_it_was_sent() -> None:
    with (
        talk(replying(answer("Zürich"))) as (server, api),
        messages.stream(api, BODY) as stream,
    ):
        assert stream.facts.request_id == "req_1"
        events = list(stream)
    assert [e.data["type"] for e in events] == [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]
    assert events[2].data["delta"]["text"] == "Zürich"
    assert json.loads(events[2].raw) == events[2].data
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == BODY


def test_each_event_arrives_at_once() -> None:
    seen = threading.Event()

    def slowly(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START, BLOCK, delta("first"))
        assert seen.wait(30)
        wire.send(delta("second"), STOP, MESSAGE_STOP, LAST_CHUNK)

    with talk(slowly) as (_, api), messages.stream(api, BODY) as stream:
        for _ in range(3):
            next(iter(stream))
        seen.set()
        assert len(list(stream)) == 3


def test_it_is_known_whether_more_has_arrived_with_an_event() -> None:
    together = b"".join(piece.partition(b"\r\n")[2][:-2] for piece in (delta("b"), delta("c")))
    script = stream_of(START, BLOCK, delta("a"), chunk(together), STOP, MESSAGE_STOP)
    with talk(script) as (_, api), messages.stream(api, BODY) as stream:
        more = [
            (event.data["delta"].get("text"), stream.more_is_here)
            for event in stream
            if "delta" in event.data
        ]
    assert more == [("a", False), ("b", True), ("c", False), (None, False)]


def test_an_answer_in_plain_json_is_one_event() -> None:
    reply = json_response(MESSAGE, request_id="req_2")
    with talk(replying(reply)) as (_, api), messages.stream(api, BODY) as stream:
        (only,) = stream
        assert stream.facts.request_id == "req_2"
    assert list(only.data.items()) == list(MESSAGE.items())
    assert json.loads(only.raw) == MESSAGE
    assert "\n" not in only.raw


def test_a_message_without_type_is_one_all_the_same() -> None:
    reply = json_response({"content": []})
    assert streamed(replying(reply)) == (["message"], None)


def test_plain_json_that_is_no_message_breaks_the_protocol() -> None:
    seen, error = streamed(replying(json_response({"answer": "hello"}, request_id="req_2")))
    assert type(error) is ProtocolError
    assert error.request_id == "req_2"
    assert seen == []


def test_an_error_with_status_200_is_that_error() -> None:
    envelope = {"type": "error", "error": {"type": "authentication_error", "message": "No."}}
    seen, error = streamed(replying(json_response(envelope)))
    assert isinstance(error, AccessDenied)
    assert seen == []


def test_a_whole_answer_that_was_cut_is_not_asked_for_again() -> None:
    cut = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"a"'
    with talk(replying_once(cut), retries=2) as (server, api):
        with pytest.raises(ConnectionLost), messages.stream(api, BODY) as stream:
            list(stream)
        assert server.connections == 1


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/html", b"<html>Sign in</html>"), ("", b""), ("text/plain", b"hello")],
)
def test_what_is_neither_stream_nor_json_breaks_the_protocol(
    content_type: str, body: bytes
) -> None:
    headers = {"content_type": content_type} if content_type else {}
    seen, error = streamed(replying(response("200 OK", body, **headers)), retries=2)
    assert type(error) is ProtocolError
    assert body.decode() in error.message
    assert seen == []


def test_without_message_stop_an_answer_is_complete_once_it_has_a_stop_reason() -> None:
    seen, error = streamed(stream_of(START, BLOCK, delta("a"), BLOCK_STOP, STOP))
    assert (seen[-1], error) == ("message_delta", None)


def test_a_cut_after_the_stop_reason_does_no_harm() -> None:
    seen, error = streamed(replying_once(STREAM_HEAD, START, BLOCK, STOP))
    assert (seen[-1], error) == ("message_delta", None)


@pytest.mark.parametrize(
    ("patience", "end"), [("GRACE", (STOP,)), ("FAREWELL", (STOP, MESSAGE_STOP))]
)
def test_a_server_that_stays_silent_after_the_end_does_no_harm(
    patience: str, end: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START, BLOCK, *end)
        wire.hold()

    monkeypatch.setattr(f"claude_cli.api.events.{patience}", 0.05)
    started = time.monotonic()
    seen, error = streamed(stay, timeout=5)
    assert (seen[:3], error) == (["message_start", "content_block_start", "message_delta"], None)
    assert time.monotonic() - started < 8


AFTER_THE_END = {
    "[DONE]": chunk(b"data: [DONE]\n\n"),
    "a malformed line": chunk(b"event: x\ndata: {nonsense\n\n"),
    "a line without end": chunk(b"data: " + b"x" * (LARGEST + 1)),
    "an error that is passing": error_event("overloaded_error"),
    "a rejection": error_event("permission_error"),
    "another message": START,
    "another block": event({"type": "content_block_start", "index": 1, "content_block": {}}),
    "more text": delta("more"),
    "a broken chunk": b"zz\r\n",
}


@pytest.mark.parametrize("junk", AFTER_THE_END)
@pytest.mark.parametrize("end", [(STOP,), (STOP, MESSAGE_STOP)])
def test_what_makes_no_sense_after_the_end_does_no_harm(end: tuple[bytes, ...], junk: str) -> None:
    answer = (START, BLOCK, delta("a"), BLOCK_STOP, *end)
    seen, error = streamed(stream_of(*answer, AFTER_THE_END[junk]))
    assert error is None
    assert seen == [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop")[: len(end)],
    ]


def test_events_after_message_stop_still_arrive() -> None:
    seen, error = streamed(stream_of(START, BLOCK, STOP, MESSAGE_STOP, PING))
    assert (seen[-1], error) == ("ping", None)


@pytest.mark.parametrize(
    "unfinished",
    [
        {"type": "message_delta"},
        {"type": "message_delta", "delta": None},
        {"type": "message_delta", "delta": "end_turn"},
        {"type": "message_delta", "delta": {"stop_reason": None}},
        {"type": "message_stop"},
    ],
)
def test_without_a_stop_reason_an_answer_is_incomplete(unfinished: dict[str, Any]) -> None:
    seen, error = streamed(stream_of(START, BLOCK, delta("a"), event(unfinished)))
    assert isinstance(error, TemporaryFailure)
    assert error.request_id == "req_1"
    assert seen[-1] == unfinished["type"]


def test_a_later_message_delta_does_not_undo_the_stop_reason() -> None:
    more = event({"type": "message_delta", "delta": {"stop_reason": None}})
    assert streamed(stream_of(START, BLOCK, STOP, more))[1] is None


@pytest.mark.parametrize("kind", ["overloaded_error", "api_error", "rate_limit_error", "new_error"])
@pytest.mark.usefixtures("short_backoff")
def test_an_error_event_before_the_answer_is_tried_again(kind: str) -> None:
    with (
        talk(stream_of(START, PING, error_event(kind)), replying(answer()), retries=1) as (
            _server,
            api,
        ),
        messages.stream(api, BODY) as stream,
    ):
        types = [event.data["type"] for event in stream]
    assert types.count("message_start") == 1
    assert types[-1] == "message_stop"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("invalid_request_error", InputError), ("authentication_error", AccessDenied)],
)
def test_an_error_event_that_is_a_rejection_is_not_tried_again(
    kind: str, expected: type[ClaudeCliError]
) -> None:
    with (
        talk(stream_of(error_event(kind)), retries=2) as (server, api),
    ):
        with pytest.raises(expected):
            messages.stream(api, BODY)
        assert server.connections == 1


def test_an_error_event_in_the_answer_ends_it_by_its_type() -> None:
    script = stream_of(START, BLOCK, delta("a"), error_event("overloaded_error"))
    with talk(script, retries=2) as (server, api):
        seen = []
        with (
            pytest.raises(TemporaryFailure, match=r"overloaded_error.*Busy\.") as raised,
            messages.stream(api, BODY) as stream,
        ):
            for event in stream:
                seen.append(event.data["type"])
        assert server.connections == 1
    assert seen == ["message_start", "content_block_start", "content_block_delta"]
    assert raised.value.status == 529
    assert raised.value.request_id == "req_1"


@pytest.mark.parametrize("error", ["no object", None, [], {"type": ["list"]}, {"type": None}, {}])
def test_an_error_event_of_any_shape_is_an_error(error: Any) -> None:
    script = stream_of(START, BLOCK, event({"type": "error", "error": error}))
    assert isinstance(streamed(script)[1], TemporaryFailure)


def test_a_malformed_line_breaks_the_protocol() -> None:
    script = stream_of(START, BLOCK, chunk(b"event: x\ndata: {nonsense\n\n"), STOP)
    with talk(script, retries=2) as (server, api):
        with pytest.raises(ProtocolError) as raised, messages.stream(api, BODY) as stream:
            list(stream)
        assert server.connections == 1
    assert raised.value.request_id == "req_1"


def test_unknown_events_pass() -> None:
    unknown = event({"type": "telemetry", "level": 9})
    seen, error = streamed(stream_of(unknown, START, BLOCK, unknown, STOP, MESSAGE_STOP))
    assert (seen[0], seen[3], error) == ("telemetry", "telemetry", None)


def test_what_is_held_back_before_the_answer_is_bounded() -> None:
    def flood(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START)
        while True:
            wire.send(PING)

    with talk(flood, timeout=5) as (_, api), messages.stream(api, BODY) as stream:
        pings = [event.data["type"] for event in islice(stream, 1000)]
    assert pings == ["message_start", *["ping"] * 999]


def test_a_line_without_end_breaks_the_protocol() -> None:
    def endless(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START, BLOCK)
        while True:
            wire.send(chunk(b"x" * 1_000_000))

    assert type(streamed(endless, max_time=20)[1]) is ProtocolError


def gzipped(content: bytes) -> Script:
    headers = {"content_type": "text/event-stream", "content_encoding": "gzip"}
    return replying(response("200 OK", content, **headers))


def test_a_compressed_stream_is_unfolded() -> None:
    plain = b"".join(
        piece.split(b"\r\n", 1)[1].removesuffix(b"\r\n") for piece in (START, BLOCK, STOP)
    )
    seen, error = streamed(gzipped(gzip.compress(plain)))
    assert (seen, error) == (["message_start", "content_block_start", "message_delta"], None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x1f\x8b\x08garbage, garbage", id="garbage"),
        pytest.param(gzip.compress(b"data: " + bytes(200_000_000), compresslevel=1), id="a line"),
    ],
)
def test_a_compressed_stream_that_is_none_breaks_the_protocol(content: bytes) -> None:
    assert type(streamed(gzipped(content))[1]) is ProtocolError


def test_a_compressed_stream_of_nothing_but_comments_ends_at_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert JSON_LIMIT < 200_000_000  # which takes a while
    monkeypatch.setattr("claude_cli.api.events.JSON_LIMIT", 1_000_000)
    seen, error = streamed(gzipped(gzip.compress(b": ping\n\n" * 125_001)))
    assert (seen, type(error)) == ([], ProtocolError)
    assert isinstance(streamed(gzipped(gzip.compress(b": ping\n\n" * 125_000)))[1], ConnectionLost)


def test_a_whole_message_instead_of_a_stream_may_be_as_large_as_json_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = json.dumps({"type": "message", "content": [], "stop_reason": "end_turn"}).encode()
    whole = replying(response("200 OK", content, content_type="application/json"))
    monkeypatch.setattr("claude_cli.api.response.JSON_LIMIT", len(content))
    assert streamed(whole) == (["message"], None)
    monkeypatch.setattr("claude_cli.api.response.JSON_LIMIT", len(content) - 1)
    assert type(streamed(whole)[1]) is ProtocolError


def test_a_connection_serves_the_next_turn_too() -> None:
    with talk(replying(answer())) as (server, api):
        for _ in range(3):
            with messages.stream(api, BODY) as stream:
                assert len(list(stream)) == 6
        assert server.connections == 1


def test_counting_sends_what_counts_and_nothing_else() -> None:
    body = BODY | {
        "system": "s",
        "tools": [],
        "thinking": {"type": "adaptive"},
        "stream": True,
        "temperature": 0.5,
        "metadata": {},
        "stop_sequences": ["x"],
        "service_tier": "auto",
    }
    with talk(replying(json_response({"input_tokens": 2095}))) as (server, api):
        assert messages.count_tokens(api, body) == 2095
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/messages/count_tokens HTTP/1.1")
    assert set(json.loads(sent)) == {"model", "messages", "system", "tools", "thinking"}


@pytest.mark.parametrize(
    "answer", [{}, {"input_tokens": "12"}, {"input_tokens": True}, {"input_tokens": -1}]
)
def test_a_count_that_is_none_breaks_the_protocol(answer: dict[str, Any]) -> None:
    with talk(replying(json_response(answer))) as (_, api), pytest.raises(ProtocolError):
        messages.count_tokens(api, BODY)
