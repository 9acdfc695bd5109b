"""One line for each content block that holds no words of the answer. Pure.

The lines may hold untrusted text: whoever prints them sanitises them.
"""

import json
from typing import Any

from claude_cli.values.untyped import Block, mapping, string

LONGEST = 200
_RESULT = "_tool_result"
_TELLING = ("query", "url", "command", "path", "code", "pattern")
"""The fields of a server tool's input that say what it is asked to do."""


def call_note(block: Block, streamed_input: str) -> str:
    """Describe a call that the server runs; its input came as JSON text, or in the block."""
    name = ".".join(filter(None, (string(block, "server_name"), string(block, "name"))))
    given = _parsed(streamed_input) if streamed_input else block.get("input")
    details = _details(given) if isinstance(given, dict) else ""
    return _line(name or "server tool", details or "called")


def note(block: Block) -> str | None:
    """Describe a block that arrives whole; None for one that is shown elsewhere, or has no type."""
    kind = string(block, "type")
    if kind.endswith(_RESULT):
        return _line(kind.removesuffix(_RESULT), _outcome(block))
    match kind:
        case "" | "text" | "thinking" | "tool_use":
            return None
        case "redacted_thinking":
            return "thinking: redacted"
        case "container_upload":
            return _line("file in the container", string(block, "file_id"))
        case "mcp_tool_listing":
            tools = block.get("tools")
            listed = _count(tools if isinstance(tools, list) else [], "tool")
            return _line(string(block, "mcp_server_name") or "MCP server", listed)
        case "compaction":
            return "the conversation so far was compacted"
        case "fallback":
            return _line("answered by another model", string(mapping(block.get("to")), "model"))
        case _:
            return _line("unknown kind of content block", kind)


def _outcome(block: Block) -> str:
    content = block.get("content")
    if block.get("is_error") is True:
        return "error"
    if isinstance(content, list):
        return _count(content, "result")
    return _described(mapping(content))


def _described(content: Block) -> str:
    if "error_code" in content or string(content, "type").endswith("_error"):
        return f"error {string(content, 'error_code')}".rstrip()
    if url := string(content, "url"):
        return f"fetched {url}"
    if isinstance(code := content.get("return_code"), int):
        return f"exit code {code}"
    if isinstance(found := content.get("tool_references"), list):
        return _count(found, "tool")
    return "done"


def _details(given: Block) -> str:
    found = ((field, string(given, field)) for field in _TELLING)
    return " ".join(f'"{text}"' if field == "query" else text for field, text in found if text)


def _line(subject: str, rest: str) -> str:
    line = " ".join(f"{subject}: {rest}"[: 2 * LONGEST].split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _count(items: list[Any], noun: str) -> str:
    return f"{len(items)} {noun}" + ("" if len(items) == 1 else "s")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # cut, or no JSON: the accumulator judges that
        return None
