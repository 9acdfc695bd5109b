"""The shape of `messages`: who says what, and what betas add to the turns of the system."""

from typing import Any

from claude_cli.simulator.checks.block_shapes import ASSISTANT_BLOCKS, CACHE_CONTROL, USER_BLOCKS
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.tool_shapes import any_tool
from claude_cli.simulator.wire.shapes import (
    Fields,
    Shape,
    array,
    nullable,
    one_of,
    record,
    string,
    string_or,
    tagged,
)

EFFORT = nullable(one_of("low", "medium", "high", "xhigh", "max"))
TOOL_CHANGES = ("tool_addition", "tool_removal")
"""Blocks of a system turn that give the model a tool, or take one from it."""
_SAID = {**ASSISTANT_BLOCKS, **USER_BLOCKS}
_TOOL_REFERENCES: Fields = {
    "tool_reference": record({"type": one_of("tool_reference"), "name": string()}),
    "mcp_tool_reference": record(
        {"type": one_of("mcp_tool_reference"), "server_name": string(), "name": string()}
    ),
    "mcp_toolset_reference": record(
        {"type": one_of("mcp_toolset_reference"), "server_name": string()}
    ),
}
_TOOL_DEFINITION = record({"type": one_of("tool_definition"), "definition": any_tool})
_MESSAGE = record(
    {"role": one_of("user", "assistant", "system"), "content": string_or(array(tagged(_SAID)))}
)


def messages_shape(dialect: Dialect) -> Shape:
    """The shape of `messages` under the betas of a request."""
    system = _system_shape(dialect)

    def check(path: str, value: Any) -> None:
        by_system = isinstance(value, dict) and value.get("role") == "system"
        (system if by_system else _MESSAGE)(path, value)

    return array(check, least=1, most=100_000)


def _system_shape(dialect: Dialect) -> Shape:
    # Blocks that the system cannot say are refused where they stand, not by their shape.
    blocks = dict(_SAID)
    if dialect.has_beta("mid-conversation-tool-changes-", "inline-tools-"):
        blocks |= _tool_changes(inline=dialect.has_beta("inline-tools-"))
    optional: dict[str, Shape] = {}
    if dialect.has_beta("mid-conversation-system-clear-at-"):
        optional["clear_at"] = nullable(one_of("next_user_message", "never"))
    if dialect.has_beta("mid-conversation-output-config-"):
        optional["output_config"] = nullable(record({}, {"effort": EFFORT}))
    required = {"role": one_of("system"), "content": string_or(array(tagged(blocks)))}
    return record(required, optional)


def _tool_changes(inline: bool) -> dict[str, Shape]:
    added = {**_TOOL_REFERENCES, **({"tool_definition": _TOOL_DEFINITION} if inline else {})}
    tools = {"tool_addition": tagged(added), "tool_removal": tagged(_TOOL_REFERENCES)}
    cached: Fields = {"cache_control": CACHE_CONTROL}
    return {
        kind: record({"type": one_of(kind), "tool": tools[kind]}, cached) for kind in TOOL_CHANGES
    }
