"""Cache breakpoints."""

from typing import Any

from tests.simulator.bodies import (
    WEATHER,
    assistant,
    message_body,
    refusal_of,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

SHORT: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
LONG: dict[str, Any] = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


def test_four_breakpoints_pass_and_a_fifth_is_refused() -> None:
    marked = text("a", **SHORT)
    body = message_body(user([marked, marked]), system=[marked], tools=[{**WEATHER, **SHORT}])
    assert rejection(body) is None
    body["messages"][0]["content"].append(marked)
    message = refusal_of(body)
    assert message.startswith("messages.0.content.2: A maximum of 4 blocks with cache_control")


def test_breakpoints_inside_a_tool_result_count() -> None:
    marked = [text(word, **SHORT) for word in "abcde"]
    body = message_body(user("a"), assistant([tool_use()]), user([tool_result(content=marked)]))
    assert "maximum of 4" in refusal_of(body)


def test_long_lived_breakpoints_come_first() -> None:
    assert rejection(message_body(user([text("a", **LONG), text("b", **SHORT)]))) is None
    message = refusal_of(message_body(user([text("a", **SHORT), text("b", **LONG)])))
    assert message.startswith("messages.0.content.1.cache_control.ttl: ")
    message = refusal_of(message_body(user([text("a", **LONG)]), tools=[{**WEATHER, **SHORT}]))
    assert message.startswith("messages.0.content.0.cache_control.ttl: ")


def test_an_automatic_breakpoint_takes_one_of_the_four() -> None:
    marked = text("a", **SHORT)
    assert rejection(message_body(user([marked] * 3 + [text("b")]), **SHORT)) is None
    assert "maximum of 4" in refusal_of(message_body(user([marked] * 4 + [text("b")]), **SHORT))


def test_an_automatic_breakpoint_agrees_with_that_of_the_last_block() -> None:
    body = message_body(user([text("a", **SHORT)] * 4))
    assert rejection({**body, **SHORT}) is None
    assert refusal_of({**body, **LONG}).startswith("cache_control: ")
