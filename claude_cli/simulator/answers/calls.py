"""Which of the declared tools a simulated answer calls, and with what input.

Forced by `tool_choice`, first one that was not called yet; else when the prompt says "use", or
names a tool, and code where there are skills; twice when it asks for two. Never again once the
results are there, unless forced.
"""

import re
from typing import Any, NamedTuple

from claude_cli.simulator.answers.instances import make_instance
from claude_cli.simulator.checks.prompt import (
    asked_skills,
    last_user_blocks,
    last_user_text,
    offered_tools,
    placed_blocks,
)
from claude_cli.simulator.checks.tool_shapes import SERVER_TOOLS

TOOLSET = "mcp_toolset"
_TWO_WANTED = re.compile(r"\b(two|twice|both|parallel|2)\b", re.IGNORECASE)
_USE_WANTED = re.compile(r"\buse\b", re.IGNORECASE)
_FIXED_INPUTS: dict[str, dict[str, Any]] = {
    "bash": {"command": "echo simulated"},
    "str_replace_editor": {"command": "view", "path": "/tmp/simulated.txt"},
    "str_replace_based_edit_tool": {"command": "view", "path": "/tmp/simulated.txt"},
    "memory": {"command": "view", "path": "/memories"},
    "computer": {"action": "screenshot"},
}


class Call(NamedTuple):
    tool: dict[str, Any]
    """The declaration of the tool."""
    input: dict[str, Any]

    @property
    def on_server(self) -> bool:
        return self.tool.get("type") in (*SERVER_TOOLS, TOOLSET)


def connected_tools(body: dict[str, Any]) -> list[dict[str, Any]]:
    """A tool of each MCP server that the request names: nobody is asked what it really has."""
    toolsets = [tool for tool in body.get("tools") or [] if tool.get("type") == TOOLSET]
    return [{**toolset, "name": "look_up"} for toolset in toolsets]


def choose_calls(body: dict[str, Any]) -> list[Call]:
    """The calls of the answer to a checked request, in order; none when it is to be text."""
    choice = body.get("tool_choice") or {"type": "auto"}
    wanted = _wanted_tools(body, choice)
    several = bool(_TWO_WANTED.search(last_user_text(body)))
    if not several or choice.get("disable_parallel_tool_use"):
        wanted = wanted[:1]
    elif len(wanted) == 1:
        wanted *= 2
    return [Call(tool, _input(tool)) for tool in wanted[:2]]


def _wanted_tools(body: dict[str, Any], choice: dict[str, Any]) -> list[dict[str, Any]]:
    tools = [*offered_tools(body), *connected_tools(body)]
    text = last_user_text(body)
    named = [tool for tool in tools if _names(text, tool["name"])]
    others = [tool for tool in tools if tool not in named and not tool.get("defer_loading")]
    match choice["type"]:
        case "tool":
            return [tool for tool in tools if tool["name"] == choice["name"]]
        case "any":
            called = _called(body)
            return sorted(named or others, key=lambda tool: tool["name"] in called)
        case "auto" if not _goes_on(body) and (named or _USE_WANTED.search(text)):
            return named or others
        case "auto" if not _goes_on(body) and asked_skills(body):
            return [tool for tool in tools if tool["name"] == "code_execution"]
    return []


def _called(body: dict[str, Any]) -> set[str]:
    """The names of the tools that were called before."""
    blocks = (placed.block for placed in placed_blocks(body))
    return {block["name"] for block in blocks if block["type"] == "tool_use"}


def _names(text: str, name: str) -> bool:
    spelled = re.escape(name).replace("_", "[_ -]")
    return re.search(rf"\b{spelled}\b", text, re.IGNORECASE) is not None


def _goes_on(body: dict[str, Any]) -> bool:
    """Whether the turn had its calls: their results are here, or it paused."""
    if body["messages"][-1]["role"] == "assistant":
        return True
    return any(block["type"] == "tool_result" for block in last_user_blocks(body))


def _input(tool: dict[str, Any]) -> dict[str, Any]:
    if tool.get("input_examples"):
        return dict(tool["input_examples"][0])
    if "input_schema" in tool:
        return dict(make_instance(tool["input_schema"], optional=False))
    return dict(_FIXED_INPUTS.get(tool["name"], {}))
