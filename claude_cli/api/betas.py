"""A request body → the beta names that it needs in `anthropic-beta`. Pure.

The API refuses a gated field without its beta (400, "Extra inputs are not permitted"). What is not
in these tables needs none. Source: the reference of each beta, and the official SDK's types.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from claude_cli.types import RequestBody

COMPACT_EDIT, COMPACT = "compact-2026-01-12", "compact-2026-09-04"
CONTEXT_MANAGEMENT = "context-management-2025-06-27"
MCP, MCP_LISTING = "mcp-client-2025-11-20", "mcp-client-2026-09-15"
TOOL_CHANGES, INLINE_TOOLS = "mid-conversation-tool-changes-2026-07-01", "inline-tools-2026-09-15"
FAST = "fast-mode-2026-02-01"
INTERLEAVED = "interleaved-thinking-2025-05-14"

FIELDS = {
    "compaction": COMPACT,
    "fallbacks": "server-side-fallback-2026-07-01",
    "fallback_credit_token": "fallback-credit-2026-07-01",
    "thinking.block_binding": "thinking-binding-controls-2026-08-01",
    "output_config.task_budget": "task-budgets-2026-03-13",
    "output_format": "structured-outputs-2025-11-13",
    "mcp_servers": MCP,
    "thread": "message-threads-2026-08-12",
    "billing_policy": "user-profiles-billing-2026-10-01",
}
"""Dotted place in the body → the beta that opens it, whatever it holds; null counts as absent."""

TOOL_TYPES = {
    "advisor_20260301": "advisor-tool-2026-03-01",
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "mcp_toolset": MCP,
}
"""`type` of a tool → the beta that it needs; the others need none."""

LONG_OUTPUT = "output-300k-2026-03-24"
LONGEST_WITHOUT = 128_000
"""Tokens of one answer without LONG_OUTPUT, which only batches take."""

_FIELDS = [(place.split("."), beta) for place, beta in FIELDS.items()]
_FAST_PREVIEW = re.compile(r"claude-opus-(5|4-8)")
_INTERLEAVED = re.compile(r"claude-(opus|sonnet)-4(-[015])?|claude-haiku-4-5|claude-sonnet-4-6")
_ID = re.compile(r"(?:.*[./])?(?P<name>claude-[a-z0-9-]+?)(?:[-@]\d{8}.*|-latest|-v\d.*)?")


def needed_betas(body: RequestBody) -> list[str]:
    """Return the betas that a Messages or count_tokens request with `body` needs, each once."""
    return list(dict.fromkeys(beta for rule in _RULES for beta in rule(body)))


class BatchBetas:
    """Collects the betas that a batch needs for its requests, most of which differ in messages."""

    def __init__(self) -> None:
        self._needed: dict[str, None] = {}
        self._rest: RequestBody = {}

    @property
    def needed(self) -> list[str]:
        return [*self._needed]

    def add(self, params: RequestBody) -> None:
        rest = {name: value for name, value in params.items() if name != "messages"}
        if rest == self._rest:
            self._needed |= dict.fromkeys(_of_messages(params))
            return
        self._rest = rest
        most = params.get("max_tokens")
        is_long = isinstance(most, int) and most > LONGEST_WITHOUT
        self._needed |= dict.fromkeys(needed_betas(params) + [LONG_OUTPUT] * is_long)


def _of_fields(body: RequestBody) -> Iterator[str]:
    for steps, beta in _FIELDS:  # for each row of a batch
        if steps[0] in body and _at(body, *steps) is not None:
            yield beta


def _of_context_management(body: RequestBody) -> Iterator[str]:
    """Compaction has a beta of its own; an empty list of edits still is the field."""
    if body.get("context_management") is None:
        return
    kinds = [edit.get("type") for edit in _objects(_at(body, "context_management", "edits"))]
    if kinds.count("compact_20260112") < max(len(kinds), 1):
        yield CONTEXT_MANAGEMENT
    if "compact_20260112" in kinds:
        yield COMPACT_EDIT


def _of_thinking(body: RequestBody) -> Iterator[str]:
    if _at(body, "thinking", "display") == "updates":
        yield "thinking-display-updates-2026-08-18"
    budget, most = _at(body, "thinking", "budget_tokens"), body.get("max_tokens")
    exceeds = isinstance(budget, int) and isinstance(most, int) and budget >= most
    if exceeds and _is_model(body.get("model"), _INTERLEAVED):
        yield INTERLEAVED


def _of_speed(body: RequestBody) -> Iterator[str]:
    """Later models take `speed` without a beta."""
    for asked in (body, *_objects(body.get("fallbacks"))):
        if asked.get("speed") is not None and _is_model(asked.get("model"), _FAST_PREVIEW):
            yield FAST


def _of_tools(body: RequestBody) -> Iterator[str]:
    for tool in _objects(body.get("tools")):
        yield from _of_tool(tool)


def _of_tool(tool: dict[str, Any]) -> Iterator[str]:
    kind = tool.get("type")
    if isinstance(kind, str) and kind in TOOL_TYPES:
        yield TOOL_TYPES[kind]
    if kind == "mcp_toolset" and tool.get("tools") is not None:
        yield MCP_LISTING


def _of_messages(body: RequestBody) -> Iterator[str]:
    messages = [*_objects(body.get("messages"))]
    if of_system := [message for message in messages if message.get("role") == "system"]:
        yield from _of_system_messages(of_system)
    for message in messages:
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            kind = block.get("type") if isinstance(block, dict) else None
            if kind == "compaction":
                yield _of_compaction(body, block)
            elif kind in ("mcp_tool_use", "mcp_tool_result", "mcp_tool_listing"):
                yield MCP_LISTING if kind == "mcp_tool_listing" else MCP


def _of_system_messages(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        if message.get("clear_at") is not None:
            yield "mid-conversation-system-clear-at-2026-08-21"
        if message.get("output_config") is not None:
            yield "mid-conversation-output-config-2026-07-01"
    yield from _of_tool_changes(messages)


def _of_tool_changes(messages: list[dict[str, Any]]) -> Iterator[str]:
    """A tool may be defined in one system message, and named in a later one."""
    changes = [
        block["tool"]
        for message in messages
        for block in _objects(message.get("content"))
        if block.get("type") in ("tool_addition", "tool_removal")
        and isinstance(block.get("tool"), dict)
    ]
    definitions = [change for change in changes if change.get("type") == "tool_definition"]
    inline = {_at(change, "definition", "name") for change in definitions}
    for change in changes:
        is_inline = change in definitions or change.get("name") in inline - {None}
        yield INLINE_TOOLS if is_inline else TOOL_CHANGES
        if _at(change, "definition", "type") == "mcp_toolset":
            yield MCP_LISTING


def _of_compaction(body: RequestBody, block: dict[str, Any]) -> str:
    """Only the `compaction` request signs its block; the edit of context_management does not."""
    signed = block.get("signature") is not None and body.get("context_management") is None
    return COMPACT if signed else COMPACT_EDIT


_RULES: tuple[Callable[[RequestBody], Iterable[str]], ...] = (
    _of_fields,
    _of_context_management,
    _of_thinking,
    _of_speed,
    _of_tools,
    _of_messages,
)


def _at(value: Any, *steps: str) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_model(model: Any, names: re.Pattern[str]) -> bool:
    """Whether an id, dated or as a platform writes it, is one of the models `names`."""
    found = _ID.fullmatch(model) if isinstance(model, str) else None
    return found is not None and names.fullmatch(found["name"]) is not None
