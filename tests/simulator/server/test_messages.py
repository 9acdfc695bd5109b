"""The two endpoints of messages over HTTP: JSON and streams, scripts, faults, speed."""

import json
import time
from typing import Any

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import (
    CLOCK,
    HEADERS,
    assistant,
    message_body,
    text,
    tool_result,
    user,
)


def stream(client: httpx.Client, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of the events of a streamed answer."""
    response = client.post("/v1/messages", json={**body, "stream": True})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    return data(response.text)


def data(sent: str) -> list[dict[str, Any]]:
    lines = [line for line in sent.split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def said(message: dict[str, Any]) -> str:
    return "".join(block["text"] for block in message["content"])


def ask(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/messages", json=message_body(**fields))
    assert response.status_code == 200, response.text
    message: dict[str, Any] = response.json()
    return message


def test_the_stream_and_the_message_say_the_same(client: httpx.Client) -> None:
    events = stream(client, message_body())
    whole = "".join(
        event["delta"]["text"] for event in events if event["type"] == "content_block_delta"
    )
    assert whole == said(ask(client))
    assert events[-1] == {"type": "message_stop"}


def test_the_count_equals_what_the_answer_bills(client: httpx.Client) -> None:
    asked = {
        "model": "claude-sonnet-4-6",
        "system": [text("word " * 1500, cache_control={"type": "ephemeral"})],
        "tools": [CLOCK],
        "messages": [user("hi")],
    }
    counted = client.post("/v1/messages/count_tokens", json=asked).json()
    assert set(counted) == {"input_tokens"}
    for expected in ("cache_creation_input_tokens", "cache_read_input_tokens"):
        usage = ask(client, **asked)["usage"]
        assert usage[expected] > 1500
        total = sum(
            usage[name]
            for name in (
                "input_tokens",
                "cache_creation_input_tokens",
                "cache_read_input_tokens",
            )
        )
        assert total == counted["input_tokens"]


def test_counting_is_checked_too(client: httpx.Client) -> None:
    response = client.post("/v1/messages/count_tokens", json=message_body())
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "max_tokens: Extra inputs are not permitted"


def test_a_script_is_followed_and_then_left(simulator: Simulator, client: httpx.Client) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(text="two", stop_reason="refusal", stop_details={"type": "refusal"})
    assert said(ask(client)) == "one"
    refused = ask(client)
    assert (said(refused), refused["stop_reason"]) == ("two", "refusal")
    assert refused["stop_details"] == {"type": "refusal"}
    assert said(ask(client)).startswith("You said")


def test_a_refused_request_uses_up_neither_script_nor_fault(client: httpx.Client) -> None:
    simulated = Simulator(script=[{"text": "one"}], faults=["529x1"])
    with simulated, httpx.Client(base_url=simulated.base_url, headers=HEADERS) as client:
        assert client.post("/v1/messages", json={}).status_code == 400
        assert client.post("/v1/messages", json=message_body()).status_code == 529
        assert said(ask(client)) == "one"


def test_a_scripted_stream_comes_in_deltas_of_the_size_it_asks_for(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.enqueue(text="abcdef", delta_characters=2)
    events = stream(client, message_body())
    pieces = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    assert pieces == ["ab", "cd", "ef"]


def test_a_raw_stream_arrives_byte_for_byte(simulator: Simulator, client: httpx.Client) -> None:
    raw = b"event: message_start\r\ndata: {\xff\n\n: comment\n\ndata: cut"
    simulator.enqueue(sse=raw)
    assert client.post("/v1/messages", json=message_body(stream=True)).content == raw


def test_a_raw_response_stands_for_a_proxy(simulator: Simulator, client: httpx.Client) -> None:
    simulator.enqueue(raw={"status": 502, "headers": {"content-type": "text/html"}, "body": "<p>"})
    response = client.post("/v1/messages", json=message_body())
    assert (response.status_code, response.text) == (502, "<p>")
    assert response.headers["content-type"] == "text/html"


def test_a_scripted_error_has_the_envelope(simulator: Simulator, client: httpx.Client) -> None:
    simulator.enqueue(error={"status": 429, "headers": {"retry-after": "1"}, "message": "Slow."})
    response = client.post("/v1/messages", json=message_body())
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"
    assert response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert response.json()["error"] == {"type": "rate_limit_error", "message": "Slow."}


def test_scripted_thinking_may_come_back(simulator: Simulator, client: httpx.Client) -> None:
    own = {"type": "thinking", "thinking": "Hm.", "signature": "mine"}
    simulator.enqueue(content=[own, {"type": "tool_use", "name": "clock", "input": {}}])
    first = ask(client, tools=[CLOCK])
    call = first["content"][1]["id"]
    messages = [user("hi"), assistant(first["content"]), user([tool_result(call)])]
    assert ask(client, tools=[CLOCK], messages=messages)["stop_reason"] == "end_turn"


# Faults


def test_a_status_comes_as_often_as_it_was_ordered(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.inject("529x2", "429x1:retry-after=7")
    responses = [client.post("/v1/messages", json=message_body()) for _ in range(4)]
    assert [response.status_code for response in responses] == [529, 529, 429, 200]
    assert responses[0].json()["error"]["type"] == "overloaded_error"
    assert responses[2].headers["retry-after"] == "7"


def test_faults_leave_the_other_endpoints_alone(simulator: Simulator, client: httpx.Client) -> None:
    simulator.inject("500")
    asked = {"model": "claude-sonnet-4-6", "messages": [user("hi")]}
    assert client.post("/v1/messages/count_tokens", json=asked).status_code == 200
    assert client.get("/v1/models").status_code == 200
    assert client.post("/v1/messages", json=message_body()).status_code == 500


@pytest.mark.parametrize("streaming", [True, False])
def test_a_cut_breaks_the_connection(
    simulator: Simulator, client: httpx.Client, streaming: bool
) -> None:
    simulator.inject("cut=1x1")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/v1/messages", json=message_body(stream=streaming))
    assert not simulator.requests[0].disconnected
    assert ask(client)


def test_an_early_end_is_clean_but_tells_no_stop_reason(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.inject("end=3x1")
    events = stream(client, message_body())
    assert [event["type"] for event in events].count("content_block_delta") == 3
    assert events[-1]["type"] == "content_block_delta"


def test_a_stall_lasts_until_the_client_leaves(simulator: Simulator, client: httpx.Client) -> None:
    simulator.inject("stall=2x1")
    sent = ""
    with (
        pytest.raises(httpx.ReadTimeout),
        client.stream(
            "POST", "/v1/messages", json=message_body(stream=True), timeout=1
        ) as response,
    ):
        for piece in response.iter_text():
            sent += piece
    assert sent.count("text_delta") == 2
    (request,) = simulator.requests
    assert request.ended.wait(30)
    assert request.disconnected


def test_an_error_event_comes_in_the_middle(simulator: Simulator, client: httpx.Client) -> None:
    simulator.inject("error=overloaded_errorx1")
    response = client.post("/v1/messages", json=message_body(stream=True))
    *_, last = data(response.text)
    assert last["error"]["type"] == "overloaded_error"
    assert last["request_id"] == response.headers["request-id"]


def test_a_malformed_line_is_no_json(simulator: Simulator, client: httpx.Client) -> None:
    simulator.inject("malformed")
    text = client.post("/v1/messages", json=message_body(stream=True)).text
    with pytest.raises(json.JSONDecodeError):
        data(text)
    assert "message_stop" in text
    response = client.post("/v1/messages", json=message_body())
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_slow_means_byte_after_byte_from_the_first(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.inject("slow=0.05")
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/messages", json=message_body(), timeout=0.01)
    assert time.monotonic() - began < 8
    simulator.requests[0].ended.wait(30)


def test_slow_bytes_are_the_right_bytes() -> None:
    simulated = Simulator(faults=["slow=0.0001"], script=[{"text": "hi"}])
    with simulated, httpx.Client(base_url=simulated.base_url, headers=HEADERS) as client:
        assert said(ask(client, max_tokens=1)) == "hi"


def test_faults_and_script_work_together(simulator: Simulator, client: httpx.Client) -> None:
    simulator.enqueue(text="abcdef", delta_characters=1, repeat=2)
    simulator.inject("end=2x1")
    assert len(stream(client, message_body())) == 5
    assert len(stream(client, message_body())) == 12


# Speed


def test_latency_delays_the_answer() -> None:
    with (
        Simulator(latency=0.15) as simulated,
        httpx.Client(base_url=simulated.base_url, headers=HEADERS) as client,
    ):
        began = time.monotonic()
        ask(client)
        assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("streaming", [True, False])
def test_tokens_come_at_the_speed_that_was_asked_for(streaming: bool) -> None:
    simulated = Simulator(tokens_per_second=100, script=[{"text": "x" * 80, "delta_characters": 4}])
    with simulated, httpx.Client(base_url=simulated.base_url, headers=HEADERS) as client:
        began = time.monotonic()
        client.post("/v1/messages", json=message_body(stream=streaming)).raise_for_status()
        assert 0.19 <= time.monotonic() - began < 8


def test_a_reader_that_leaves_a_slow_stream_is_noticed() -> None:
    simulated = Simulator(tokens_per_second=50)
    with simulated, httpx.Client(base_url=simulated.base_url, headers=HEADERS) as client:
        body = message_body(stream=True)
        with client.stream("POST", "/v1/messages", json=body) as response:
            next(response.iter_lines())
        (request,) = simulated.requests
        assert request.ended.wait(30)
        assert request.disconnected


def test_a_hundred_thousand_deltas_come_in_no_time(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.enqueue(text="word " * 100_000, delta_characters=5)
    size = 0
    began = time.monotonic()
    with client.stream("POST", "/v1/messages", json=message_body(stream=True)) as response:
        for piece in response.iter_raw():
            size += len(piece)
    assert size > 10_000_000
    assert time.monotonic() - began < 8
