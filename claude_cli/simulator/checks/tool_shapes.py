"""The shapes of `tools`, `tool_choice` and `mcp_servers` in a request, and the table of the tools
that the API defines itself.
"""

from typing import Any, NamedTuple

from claude_cli.simulator.checks.block_shapes import CACHE_CONTROL
from claude_cli.simulator.checks.schema import check_schema
from claude_cli.simulator.wire.rejections import invalid
from claude_cli.simulator.wire.shapes import (
    Fields,
    Shape,
    any_object,
    array,
    boolean,
    integer,
    nullable,
    one_of,
    record,
    string,
    tagged,
)

TOOL_NAME = string(pattern="[a-zA-Z0-9_-]{1,128}")
_CALLERS = ("direct", "code_execution_20250825", "code_execution_20260120",
            "code_execution_20260521")  # fmt: skip
_ANY_TOOL: Fields = {
    "cache_control": CACHE_CONTROL,
    "defer_loading": boolean,
    "allowed_callers": array(one_of(*_CALLERS)),
    "strict": boolean,
}
_EXAMPLES: Fields = {"input_examples": array(any_object)}
_DOMAINS = nullable(array(string(least=1)))
_WEB: Fields = {
    "max_uses": nullable(integer(1)),
    "allowed_domains": _DOMAINS,
    "blocked_domains": _DOMAINS,
}
_SEARCH: Fields = {
    **_WEB,
    "user_location": nullable(
        record(
            {"type": one_of("approximate")},
            {name: nullable(string()) for name in ("city", "region", "country", "timezone")},
        )
    ),
}
_FETCH: Fields = {
    **_WEB,
    "citations": nullable(record({}, {"enabled": boolean})),
    "max_content_tokens": nullable(integer(1)),
    "url_sources": nullable(any_object),
}
_INCLUSION: Fields = {"response_inclusion": one_of("full", "excluded")}
_CACHED: Fields = {"use_cache": boolean}
_SCREEN: Fields = {"display_width_px": integer(1), "display_height_px": integer(1)}
_COMPUTER: Fields = {**_EXAMPLES, "display_number": nullable(integer())}


_NONE: Fields = {}


class NamedTool(NamedTuple):
    """A tool of the API's own: its fixed name, the options of its `type`, the beta it needs."""

    name: str
    options: Fields
    beta: str | None = None
    required: Fields = _NONE


NAMED_TOOLS = {
    "web_search_20250305": NamedTool("web_search", _SEARCH),
    "web_search_20260209": NamedTool("web_search", _SEARCH),
    "web_search_20260318": NamedTool("web_search", {**_SEARCH, **_INCLUSION}),
    "web_fetch_20250910": NamedTool("web_fetch", _FETCH),
    "web_fetch_20260209": NamedTool("web_fetch", _FETCH),
    "web_fetch_20260309": NamedTool("web_fetch", {**_FETCH, **_CACHED}),
    "web_fetch_20260318": NamedTool("web_fetch", {**_FETCH, **_CACHED, **_INCLUSION}),
    "code_execution_20250522": NamedTool("code_execution", {}),
    "code_execution_20250825": NamedTool("code_execution", {}),
    "code_execution_20260120": NamedTool("code_execution", {}),
    "code_execution_20260521": NamedTool("code_execution", {}),
    "tool_search_tool_regex_20251119": NamedTool("tool_search_tool_regex", {}),
    "tool_search_tool_regex": NamedTool("tool_search_tool_regex", {}),
    "tool_search_tool_bm25_20251119": NamedTool("tool_search_tool_bm25", {}),
    "tool_search_tool_bm25": NamedTool("tool_search_tool_bm25", {}),
    "bash_20241022": NamedTool("bash", _EXAMPLES, "computer-use-2024-10-22"),
    "bash_20250124": NamedTool("bash", _EXAMPLES),
    "text_editor_20241022": NamedTool("str_replace_editor", _EXAMPLES, "computer-use-2024-10-22"),
    "text_editor_20250124": NamedTool("str_replace_editor", _EXAMPLES),
    "text_editor_20250429": NamedTool("str_replace_based_edit_tool", _EXAMPLES),
    "text_editor_20250728": NamedTool(
        "str_replace_based_edit_tool", {**_EXAMPLES, "max_characters": nullable(integer(1))}
    ),
    "memory_20250818": NamedTool("memory", _EXAMPLES),
    "computer_20241022": NamedTool("computer", _COMPUTER, "computer-use-2024-10-22", _SCREEN),
    "computer_20250124": NamedTool("computer", _COMPUTER, "computer-use-2025-01-24", _SCREEN),
    "computer_20251124": NamedTool(
        "computer", {**_COMPUTER, "enable_zoom": boolean}, "computer-use-2025-11-24", _SCREEN
    ),
    "advisor_20260301": NamedTool(
        "advisor",
        {
            "max_uses": nullable(integer(1)),
            "max_tokens": nullable(integer(1)),
            "caching": CACHE_CONTROL,
        },
        "advisor-tool-2026-03-01",
        {"model": string()},
    ),
}
SERVER_TOOLS = frozenset(
    kind for kind in NAMED_TOOLS if kind.startswith(("web_", "code_", "tool_search", "advisor"))
)
"""The types of the tools that the API runs itself."""


def _custom_schema(path: str, value: Any) -> None:
    check_schema(path, value)
    if not isinstance(value, dict) or value.get("type") != "object":
        raise invalid(f"{path}.type", "Input should be 'object'")


_CUSTOM = record(
    {"name": TOOL_NAME, "input_schema": _custom_schema},
    {
        **_ANY_TOOL,
        **_EXAMPLES,
        "type": nullable(one_of("custom")),
        "description": string(),
        "eager_input_streaming": nullable(boolean),
    },
)


def _named(kind: str, tool: NamedTool) -> Shape:
    required = {"type": one_of(kind), "name": one_of(tool.name), **tool.required}
    return record(required, {**_ANY_TOOL, **tool.options})


def _nameless(kind: str, required: Fields, optional: Fields) -> Shape:
    return record({"type": one_of(kind), **required}, {"cache_control": CACHE_CONTROL, **optional})


_TYPED = tagged(
    {
        "custom": _CUSTOM,
        **{kind: _named(kind, tool) for kind, tool in NAMED_TOOLS.items()},
        "mcp_toolset": _nameless(
            "mcp_toolset",
            {"mcp_server_name": string(least=1)},
            {
                "default_config": nullable(any_object),
                "configs": nullable(any_object),
                "tools": nullable(array(any_object)),
            },
        ),
        **{
            kind: _nameless(kind, {}, {"configs": any_object})
            for kind in ("computer_toolset_20260801", "browser_toolset_20260801")
        },
    }
)


def any_tool(path: str, value: Any) -> None:
    """One entry of `tools`."""
    typed = isinstance(value, dict) and value.get("type") is not None
    (_TYPED if typed else _CUSTOM)(path, value)


TOOLS = array(any_tool)
_PARALLEL: Fields = {"disable_parallel_tool_use": boolean}
TOOL_CHOICE = tagged(
    {
        "auto": record({"type": one_of("auto")}, _PARALLEL),
        "any": record({"type": one_of("any")}, _PARALLEL),
        "tool": record({"type": one_of("tool"), "name": string()}, _PARALLEL),
        "none": record({"type": one_of("none")}),
    }
)
MCP_SERVERS = array(
    record(
        {"type": one_of("url"), "url": string(pattern="https://.+"), "name": string(least=1)},
        {
            "authorization_token": nullable(string()),
            "tool_configuration": nullable(any_object),
        },
    ),
    most=20,
)
