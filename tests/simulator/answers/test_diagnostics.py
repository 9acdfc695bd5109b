"""Why the cache was missed, as the API tells it."""

from typing import Any

import httpx
import pytest

from tests.simulator.bodies import CLOCK, WEATHER, assistant, message_body, text, user


def ask(client: httpx.Client, previous: str | None = None, **fields: Any) -> dict[str, Any]:
    body = message_body(system="Be kind.", tools=[CLOCK])
    body |= {"diagnostics": {"previous_message_id": previous}, **fields}
    message: dict[str, Any] = client.post("/v1/messages", json=body).json()
    assert message["type"] == "message", message
    return message


def test_the_first_turn_and_one_that_only_appends_have_nothing_to_tell(
    client: httpx.Client,
) -> None:
    first = ask(client)
    messages = [user([text("hi", cache_control={"type": "ephemeral"})])]
    messages += [assistant(first["content"]), user("more")]
    second = ask(client, first["id"], messages=messages)
    assert (first["diagnostics"], second["diagnostics"]) == (None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"model": "claude-opus-4-6"}, "model_changed"),
        ({"system": "Be rude."}, "system_changed"),
        ({"system": ""}, "system_changed"),
        ({"tools": [CLOCK, WEATHER]}, "tools_changed"),
        ({"messages": [user("ho")]}, "messages_changed"),
    ],
)
def test_the_earliest_difference_is_told(
    client: httpx.Client, fields: dict[str, Any], reason: str
) -> None:
    found = ask(client, ask(client)["id"], **fields)["diagnostics"]["cache_miss_reason"]
    assert found["type"] == reason
    assert found["cache_missed_input_tokens"] > 0


def test_other_parameters_are_no_reason_that_can_be_told(client: httpx.Client) -> None:
    found = ask(client, ask(client)["id"], output_config={"effort": "low"})
    assert found["diagnostics"] == {"cache_miss_reason": {"type": "unavailable"}}


def test_only_requests_that_carry_the_field_are_remembered(client: httpx.Client) -> None:
    message = client.post("/v1/messages", json=message_body()).json()
    assert "diagnostics" not in message
    found = ask(client, message["id"])["diagnostics"]["cache_miss_reason"]
    assert found == {"type": "previous_message_not_found"}


def test_a_stream_tells_it_at_its_start(client: httpx.Client) -> None:
    body = message_body(stream=True, diagnostics={"previous_message_id": "msg_gone"})
    start = client.post("/v1/messages", json=body).text.partition("\n\n")[0]
    assert "previous_message_not_found" in start
