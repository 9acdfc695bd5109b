"""What of a request body only some platforms serve: found in the body, told with what works. Pure.

Source: the feature tables of Amazon Bedrock, Vertex AI, Microsoft Foundry and the Claude Platform
on AWS, August to November 2026.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from claude_cli.errors import InputError
from claude_cli.types import RequestBody


class Feature(NamedTuple):
    """What it is called, what works instead, and whether a body uses it."""

    called: str
    instead: str
    is_used: Callable[[RequestBody], bool]


def refuse(body: RequestBody, lacking: Iterable[str], platform: str) -> None:
    """Raise InputError where `body` uses one of the features that the platform does not have."""
    for name in lacking:
        feature = FEATURES[name]
        if feature.is_used(body):
            raise InputError(f"{platform} does not serve {feature.called}", hint=feature.instead)


def _blocks(body: RequestBody) -> Iterator[Mapping[str, Any]]:
    """Every block of the messages, those inside tool results too."""
    waiting: list[Any] = [body.get("messages"), body.get("system")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if "type" in value:
                yield value
            waiting.append(value.get("content"))


def _has_source(kind: str) -> Callable[[RequestBody], bool]:
    def has(body: RequestBody) -> bool:
        sources = (block.get("source") for block in _blocks(body))
        return any(isinstance(source, dict) and source.get("type") == kind for source in sources)

    return has


def _has_file(body: RequestBody) -> bool:
    uploads = any(block["type"] == "container_upload" for block in _blocks(body))
    return uploads or _has_source("file")(body)


def _has_tool(prefix: str) -> Callable[[RequestBody], bool]:
    def has(body: RequestBody) -> bool:
        tools = body.get("tools")
        entries = tools if isinstance(tools, list) else []
        return any(
            isinstance(tool, dict) and str(tool.get("type", "")).startswith(prefix)
            for tool in entries
        )

    return has


def _has(*path: str) -> Callable[[RequestBody], bool]:
    def has(body: RequestBody) -> bool:
        value: Any = body
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value is not None

    return has


def _is_fast(body: RequestBody) -> bool:
    return body.get("speed") == "fast"


_DIRECT = "--platform direct serves it"

FEATURES: Mapping[str, Feature] = {
    "url": Feature("attachments by URL", "download it and attach the file", _has_source("url")),
    "files": Feature("uploaded files", "attach the file itself, by its path", _has_file),
    "web_search": Feature("the web search tool", _DIRECT, _has_tool("web_search_")),
    "web_fetch": Feature(
        "the web fetch tool", "pipe the page in: curl … | claude-cli ask", _has_tool("web_fetch_")
    ),
    "code_execution": Feature("the code execution tool", _DIRECT, _has_tool("code_execution_")),
    "mcp": Feature(
        "the MCP connector", "--mcp starts MCP servers on this machine", _has("mcp_servers")
    ),
    "skills": Feature("skills", _DIRECT, _has("container", "skills")),
    "schema": Feature(
        "answers that fit a schema", "ask for JSON in the prompt", _has("output_config", "format")
    ),
    "fallbacks": Feature(
        "the server's own fallbacks", "--fallback asks another model from here", _has("fallbacks")
    ),
    "fast": Feature("fast mode", "leave speed out", _is_fast),
}
