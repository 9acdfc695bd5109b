"""Answers of gateways and odd servers: read where they can be, told where they cannot."""

import json
from typing import Any

import pytest

from tests.conftest import CANARY, Ran, Run
from tests.faulty_server import FaultyServer, Wire, json_response, replying, response

Json = dict[str, Any]
START: Json = {
    "type": "message_start",
    "message": {"id": "msg_1", "type": "message", "content": []},
}
TEXT: list[Json] = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "content_block_stop", "index": 0},
]


def end(reason: str = "end_turn") -> Json:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {}}


def call(json_text: str) -> list[Json]:
    block = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": json_text}
    return [
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
    ]


def sse(*events: Json | str) -> bytes:
    return "".join(
        each if isinstance(each, str) else f"event: {each['type']}\ndata: {json.dumps(each)}\n\n"
        for each in events
    ).encode()


WHOLE = sse(START, *TEXT, end())


def streamed(body: bytes, **headers: str) -> bytes:
    return response("200 OK", body, **({"content_type": "text/event-stream"} | headers))


@pytest.fixture
def asked_for() -> list[str]:
    """The paths of all requests."""
    return []


@pytest.fixture
def ask(run: Run, monkeypatch: pytest.MonkeyPatch, asked_for: list[str]) -> Any:
    """Ask a server of these replies; the last one is given for ever."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    monkeypatch.setattr("claude_cli.api.retry.FIRST_BACKOFF", 0.01)

    def asked(*replies: bytes, flags: tuple[str, ...] = (), path: str = "") -> Ran:
        left = list(replies)

        def script(wire: Wire) -> None:
            while request := wire.read_request():
                asked_for.append(request.split()[1].decode())
                wire.send(left.pop(0) if len(left) > 1 else left[0])

        with FaultyServer(script) as server:
            return run("ask", "hi", "--base-url", server.base_url + path, *flags)

    return asked


ERRORS = [
    'event: error\ndata: {"error":{"message":"upstream: busy","type":null,"code":"429"}}\n\n',
    'data: {"error":{"message":"upstream: busy"}}\n\n',
    'data: {"error":"upstream: busy"}\n\n',
    'event: error\ndata: {"message":"upstream: busy"}\n\n',
    "event: error\ndata: upstream: busy\n\n",
    'event: error\ndata: "upstream: busy"\n\n',
    'event: message\ndata: {"type":"gateway","error":{"message":"upstream: busy"}}\n\n',
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_any_form_is_tried_again_before_the_first_word(ask: Any, error: str) -> None:
    ran = ask(streamed(sse(error)), streamed(sse(START, error)), streamed(WHOLE))
    assert (ran.code, ran.text) == (0, "Hello\n")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_any_form_in_the_answer_is_temporary(ask: Any, error: str) -> None:
    ran = ask(streamed(sse(START, *TEXT, error)))
    assert (ran.code, "upstream: busy" in ran.stderr) == (75, True)


def test_an_error_keeps_the_meaning_of_its_type_however_it_is_named(ask: Any) -> None:
    error = {"error": {"type": "authentication_error", "message": "who are you"}}
    assert ask(streamed(f"data: {json.dumps(error)}\n\n".encode())).code == 77


@pytest.mark.parametrize("body", [{"error": {"message": "busy"}}, {"error": "busy"}])
@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream", "text/plain"])
def test_a_success_that_holds_an_error_is_one_and_is_tried_again(
    ask: Any, body: Json, content_type: str
) -> None:
    reply = json_response(body).replace(b"application/json", content_type.encode())
    assert ask(reply, streamed(WHOLE)).text == "Hello\n"
    ran = ask(reply)
    assert (ran.code, "busy" in ran.stderr) == (75, True)


def test_a_list_that_is_an_error_with_a_status_of_success_is_temporary(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with FaultyServer(replying(json_response({"error": {"message": "busy"}}))) as server:
        ran = run("models", "list", "--base-url", server.base_url, "--retries", "0")
    assert (ran.code, "busy" in ran.stderr) == (75, True)


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain", "application/octet-stream", "", "application/json"),
        "text/event-stream, text/event-stream",
        "application/json, text/event-stream",
    ],
)
def test_a_stream_is_read_whatever_its_content_type_says(ask: Any, content_type: str) -> None:
    for body in (WHOLE, b": hello\n\n" + WHOLE, b"\xef\xbb\xbf\n" + WHOLE):
        reply = streamed(body, content_type=content_type)
        if not content_type:
            reply = reply.replace(b"content-type: \r\n", b"")
        assert ask(reply).text == "Hello\n"


@pytest.mark.parametrize("content_type", ["text/plain", "text/event-stream", ""])
def test_a_message_as_json_is_read_whatever_its_content_type_says(
    ask: Any, content_type: str
) -> None:
    body = {"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}
    reply = json_response(body).replace(b"application/json", content_type.encode())
    assert ask(reply).text == "Hello\n"


def test_done_says_nothing_wherever_it_stands(ask: Any) -> None:
    done = "data: [DONE]\n\n"
    assert ask(streamed(sse(done, START, done, *TEXT, done, end(), done))).text == "Hello\n"
    assert ask(streamed(sse(START, *TEXT, done)), flags=("--retries", "0")).code == 75


def test_events_are_printed_as_they_were_sent(ask: Any) -> None:
    odd: list[Json] = [START, *TEXT, TEXT[2], START, *TEXT, end()]
    ran = ask(streamed(sse(*odd)), flags=("--format", "events"))
    assert [json.loads(line) for line in ran.text.splitlines()] == odd
    assert ask(streamed(sse(*odd))).text == "HelloHello\n"


def test_events_that_are_kept_have_a_limit_and_those_that_go_at_once_have_none(
    ask: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.ui.json_output.LARGEST_KEPT", 100_000)
    pings = streamed(sse(START, *[{"type": "ping"}] * 2000, *TEXT, end()))
    ran = ask(pings, flags=("--format", "events"))
    assert (ran.code, ran.text) == (76, "")
    assert "stream --format events" in ran.stderr
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    with FaultyServer(replying(pings)) as server:
        ran = run("stream", "hi", "--base-url", server.base_url, "--format", "events")
    assert (ran.code, len(ran.text.splitlines())) == (0, 2005)


BROKEN = '{"city": "Paris", "unit": celsius}'


@pytest.mark.parametrize("reason", ["tool_use", "end_turn"])
def test_a_call_that_is_no_json_is_told_and_kept_and_not_a_success(ask: Any, reason: str) -> None:
    ran = ask(streamed(sse(START, *call(BROKEN), end(reason))), flags=("--format", "json"))
    assert ran.code == 76
    assert f"error: the input of a call is not JSON: {BROKEN}" in ran.stderr
    assert ran.json["claude_cli"]["unparsed"] == {"toolu_1": BROKEN}
    assert ran.json["content"][0]["input"] == {"city": "Paris"}


def test_a_call_that_max_tokens_cut_is_a_cut_and_keeps_what_came(ask: Any) -> None:
    cut = '{"city": "Paris", "unit": "cel'
    ran = ask(streamed(sse(START, *call(cut), end("max_tokens"))), flags=("--format", "json"))
    assert ran.code == 3
    assert cut in ran.stderr
    assert ran.json["claude_cli"]["unparsed"] == {"toolu_1": cut}
    assert ran.json["content"][0]["input"] == {"city": "Paris"}


def test_a_whole_call_has_nothing_unparsed(ask: Any) -> None:
    ran = ask(streamed(sse(START, *call("{}"), end("tool_use"))), flags=("--format", "json"))
    assert (ran.code, "unparsed" in ran.json["claude_cli"]) == (0, False)


def test_a_stop_for_a_call_that_is_not_there_is_an_ordinary_end(ask: Any) -> None:
    ran = ask(streamed(sse(START, *TEXT, end("tool_use"))))
    assert (ran.code, ran.text, ran.stderr) == (0, "Hello\n", "")


def test_a_call_in_an_answer_that_says_it_is_complete_is_told(ask: Any) -> None:
    ran = ask(streamed(sse(START, *call("{}"), end())))
    assert (ran.code, "a call of clock" in ran.stderr) == (0, True)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/messages", "/proxy/v1", "/proxy", "/"])
def test_a_base_url_may_end_in_the_version(ask: Any, asked_for: list[str], path: str) -> None:
    assert ask(streamed(WHOLE), path=path).text == "Hello\n"
    assert asked_for == [("/proxy" if "proxy" in path else "") + "/v1/messages"]


@pytest.mark.parametrize(("reason", "code"), [("tool_use", 5), ("max_tokens", 0)])
def test_a_row_whose_call_is_no_json_has_failed_unless_it_was_cut(
    run: Run, monkeypatch: pytest.MonkeyPatch, reason: str, code: int
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    reply = streamed(sse(START, *call(BROKEN), end(reason)))
    row = {"params": {"messages": [{"role": "user", "content": "hi"}]}}
    with FaultyServer(replying(reply)) as server:
        flags = ("--live", "--base-url", server.base_url, "--retries", "0")
        ran = run("batch", "run", "-", *flags, stdin=json.dumps(row).encode())
    assert (ran.code, "is not JSON" in ran.text) == (code, code == 5)
