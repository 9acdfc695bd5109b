"""What betas add to the turns of the system: tools that come and go, effort, an end."""

from typing import Any

import pytest

from claude_cli.simulator.checks.prompt import offered_tools
from tests.simulator.bodies import (
    CLOCK,
    WEATHER,
    assistant,
    message_body,
    refusal_of,
    rejection,
    text,
    user,
)

INLINE = "inline-tools-2026-09-15"
CHANGES = "mid-conversation-tool-changes-2026-07-01"
EFFORT = "mid-conversation-output-config-2026-07-01"
CLEARED = "mid-conversation-system-clear-at-2026-08-21"


def reference(name: str) -> dict[str, Any]:
    return {"type": "tool_reference", "name": name}


def definition(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_definition", "definition": tool}


def added(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_addition", "tool": tool}


def removed(name: str) -> dict[str, Any]:
    return {"type": "tool_removal", "tool": reference(name)}


def system(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"role": "system", "content": list(content), **fields}


def asked(*turns: dict[str, Any]) -> dict[str, Any]:
    return message_body(user("hi"), *turns, model="claude-opus-4-8", tools=[WEATHER])


@pytest.mark.parametrize(
    ("turn", "beta"),
    [
        (system(removed("get_weather")), CHANGES),
        (system(added(reference("get_weather")), text("It is back.")), CHANGES),
        (system(added({"type": "mcp_toolset_reference", "server_name": "a"})), CHANGES),
        (system(added(definition(CLOCK))), INLINE),
        (system(output_config={"effort": "low"}), EFFORT),
        (system(text("For now."), clear_at="next_user_message"), CLEARED),
    ],
)
def test_a_beta_opens_what_a_system_turn_may_hold(turn: dict[str, Any], beta: str) -> None:
    assert rejection(asked(turn), anthropic_beta=beta) is None
    assert refusal_of(asked(turn)).startswith("messages.1.")


@pytest.mark.parametrize(
    ("turn", "beta", "expected"),
    [
        (system(added(definition(CLOCK))), CHANGES, "messages.1.content.0.tool: Input tag"),
        (system(added(definition({}))), INLINE, "messages.1.content.0.tool.definition.name: "),
        (system(removed("a") | {"tool": {}}), CHANGES, "messages.1.content.0.tool.type: "),
        (user([removed("get_weather")]), INLINE, "messages.1.content.0: Input tag"),
        (system(), EFFORT, "messages.1.content: "),
        (system(output_config={"effort": "huge"}), EFFORT, "messages.1.output_config.effort: "),
    ],
)
def test_what_it_may_not_hold_is_named(turn: dict[str, Any], beta: str, expected: str) -> None:
    assert refusal_of(asked(turn), anthropic_beta=beta).startswith(expected)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([], ["get_weather"]),
        ([removed("get_weather")], []),
        ([removed("get_weather"), added(reference("get_weather"))], ["get_weather"]),
        ([added(definition(CLOCK))], ["get_weather", "clock"]),
        ([added(definition(CLOCK)), removed("clock"), added(reference("clock"))],
         ["get_weather", "clock"]),
        ([added(reference("unknown"))], ["get_weather"]),
    ],
)  # fmt: skip
def test_the_model_has_the_tools_of_the_end(
    changes: list[dict[str, Any]], names: list[str]
) -> None:
    body = asked(system(*changes), assistant("yes"), user("And now?"))
    assert [tool["name"] for tool in offered_tools(body)] == names
