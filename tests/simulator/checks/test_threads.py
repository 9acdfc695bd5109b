"""Conversations that the account holds: made, continued, and the ways in which they cannot be."""

import json
from typing import Any

import httpx
import pytest

from claude_cli.simulator.checks import threads
from tests.simulator.bodies import CLOCK, HEADERS, WEATHER, message_body, refusal_of, user

BETA = {"anthropic-beta": "message-threads-2026-08-12"}
CREATE = {"type": "create"}


def post(client: httpx.Client, body: dict[str, Any], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/messages", json=body, headers={**BETA, **named})


def create(client: httpx.Client, **fields: Any) -> str:
    """The id of the answer that begins a thread."""
    response = post(client, message_body(thread=CREATE, **fields))
    assert response.status_code == 200, response.text
    found: str = response.json()["id"]
    return found


def after(previous: str, *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    thread = {"type": "continue", "previous_message_id": previous}
    return {**message_body(thread=thread, **fields), "messages": list(messages)}


def refused(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, message and `error_code` of a refusal."""
    error = response.json()["error"]
    return response.status_code, error["message"], (error.get("details") or {}).get("error_code")


def test_a_continued_turn_sends_only_what_is_new(client: httpx.Client) -> None:
    first = create(client, system="Be kind.", tools=[CLOCK])
    second = post(client, after(first, user("And now?"))).json()
    told = second["content"][0]["text"]
    assert told.startswith('You said: "And now?"')
    assert "messages: 3, of them 2 from the user" in told
    assert "system prompt: 8 characters" in told
    assert "tools: `clock`" in told
    third = post(client, after(second["id"], user("And then?"))).json()
    assert "messages: 5, of them 3 from the user" in third["content"][0]["text"]


def test_the_whole_conversation_is_billed(client: httpx.Client) -> None:
    first = create(client, system="word " * 400)
    usage = post(client, after(first, user("And now?"))).json()["usage"]
    assert usage["input_tokens"] > 500


def test_a_stream_is_held_too(client: httpx.Client) -> None:
    response = post(client, message_body(thread=CREATE, stream=True))
    start = next(line for line in response.text.split("\n") if line.startswith("data: "))
    first = json.loads(start.removeprefix("data: "))["message"]["id"]
    assert post(client, after(first, user("And now?"), stream=True)).status_code == 200


def test_a_call_can_be_answered_in_a_thread(client: httpx.Client) -> None:
    response = post(client, message_body(user("use clock"), tools=[CLOCK], thread=CREATE)).json()
    result = {"type": "tool_result", "tool_use_id": response["content"][0]["id"], "content": "noon"}
    told = post(client, after(response["id"], user([result]))).json()["content"][0]["text"]
    assert told.startswith("The tools answered:\n\n- `clock`: a result, 4 bytes")


def test_what_the_joined_conversation_lacks_is_refused(client: httpx.Client) -> None:
    response = post(client, message_body(user("use clock"), tools=[CLOCK], thread=CREATE)).json()
    status, told, _ = refused(post(client, after(response["id"], user("And now?"))))
    assert status == 400
    assert "`tool_use` ids were found without `tool_result`" in told


@pytest.mark.parametrize("thread", [CREATE, None])
def test_without_its_beta_the_field_is_unknown(thread: Any) -> None:
    assert refusal_of(message_body(thread=thread)).startswith("thread: Extra inputs")


@pytest.mark.parametrize(
    "thread",
    ["create", {}, {"type": "fork"}, {"type": "continue"}, {**CREATE, "previous_message_id": "a"}],
)
def test_a_thread_of_another_shape_is_named(client: httpx.Client, thread: Any) -> None:
    status, told, _ = refused(post(client, message_body(thread=thread)))
    assert status == 400
    assert told.startswith("thread")


def test_null_is_no_thread(client: httpx.Client) -> None:
    response = post(client, message_body(thread=None))
    assert response.status_code == 200
    status, _, code = refused(post(client, after(response.json()["id"], user("And now?"))))
    assert (status, code) == (404, "thread_not_found")


def test_count_tokens_knows_no_threads(client: httpx.Client) -> None:
    body = {"model": "claude-sonnet-4-6", "messages": [user("hi")], "thread": CREATE}
    response = client.post("/v1/messages/count_tokens", json=body, headers=BETA)
    assert refused(response)[1].startswith("thread: Extra inputs")


def test_a_thread_that_is_not_there_is_a_404(client: httpx.Client) -> None:
    status, told, code = refused(post(client, after("msg_unknown", user("And now?"))))
    assert (status, code) == (404, "thread_not_found")
    assert "msg_unknown" in told


def test_a_thread_ends_some_time_after_its_last_turn(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "LIFETIME", -1.0)
    first = create(client)
    assert refused(post(client, after(first, user("And now?"))))[2] == "thread_not_found"


def test_an_answer_is_continued_once(client: httpx.Client) -> None:
    first = create(client)
    assert post(client, after(first, user("And now?"))).status_code == 200
    status, _, code = refused(post(client, after(first, user("Or now?"))))
    assert (status, code) == (400, "thread_already_continued")


def test_equal_requests_are_threads_of_their_own(client: httpx.Client) -> None:
    first, second = create(client), create(client)
    answers = [post(client, after(thread, user("And now?"))) for thread in (first, second)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert refused(post(client, after(first, user("?"))))[2] == "thread_already_continued"


def test_a_refused_turn_can_be_tried_again(client: httpx.Client) -> None:
    first = create(client)
    assert post(client, after(first, user(""))).status_code == 400
    assert post(client, after(first, user("And now?"))).status_code == 200


@pytest.mark.parametrize("fields", [{"system": "Be kind."}, {"tools": [WEATHER]}])
def test_what_the_thread_keeps_is_not_sent_again(
    client: httpx.Client, fields: dict[str, Any]
) -> None:
    first = create(client, **fields)
    status, told, _ = refused(post(client, after(first, user("And now?"), **fields)))
    assert status == 400
    assert told.startswith(f"{next(iter(fields))}: ")


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "claude-opus-4-8"},
        {"thinking": {"type": "adaptive"}},
        {"output_config": {"effort": "low"}},
        {"cache_control": {"type": "ephemeral"}},
    ],
)
def test_what_a_turn_must_not_change_is_named(client: httpx.Client, fields: dict[str, Any]) -> None:
    first = create(client)
    status, told, code = refused(post(client, after(first, user("And now?"), **fields)))
    assert (status, code) == (400, "thread_fingerprint_mismatch")
    assert told.endswith(f": {next(iter(fields))}")


def test_the_betas_stay_the_same(client: httpx.Client) -> None:
    first = create(client)
    more = f"{BETA['anthropic-beta']},context-management-2025-06-27"
    response = client.post(
        "/v1/messages",
        json=after(first, user("And now?")),
        headers={**HEADERS, "anthropic-beta": more},
    )
    assert refused(response)[1].endswith(": betas")


def test_how_long_an_answer_may_be_can_change(client: httpx.Client) -> None:
    first = create(client)
    assert post(client, after(first, user("And now?"), max_tokens=7)).status_code == 200
