"""From what a tool wrote to the content of its `tool_result`. Pure."""

import json
from typing import Any, Final

from claude_cli.types import ContentBlock, JSONValue

TEXT_LIMIT: Final = 256 * 1024
"""Bytes of text that go back to the model; what is beyond is cut, and a mark says so."""

OUTPUT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of output that are taken at all: room for a list of blocks with images in it."""

ERROR_LIMIT: Final = 16 * 1024
"""Bytes that go back to the model of each stream of a command that failed: its end, where the
reason stands."""

_REQUIRED: Final[dict[str, dict[str, type]]] = {
    "text": {"text": str},
    "image": {"source": dict},
    "document": {"source": dict},
    "search_result": {"source": str, "title": str, "content": list},
    "tool_reference": {"tool_name": str},
}
"""The blocks that a `tool_result` may hold, and the fields that each must have."""


def content_of(output: str) -> str | list[ContentBlock]:
    """A JSON list of content blocks as those blocks; anything else as text, without its last
    line end."""
    blocks = _content_blocks(output) if output.lstrip()[:1] == "[" else None
    return blocks or cut(replace_surrogates(without_line_end(output)))


def cut(text: str, limit: int = TEXT_LIMIT) -> str:
    """The first `limit` bytes of a text, with a mark if there were more."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    kept = encoded[:limit].decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {limit} of {len(encoded)} bytes]"


def last_part(text: str, limit: int = ERROR_LIMIT) -> str:
    """The last `limit` bytes of a text, with a mark if there were more."""
    encoded = text.encode()
    return text if len(encoded) <= limit else f"[cut] {encoded[-limit:].decode('utf-8', 'ignore')}"


def without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def replace_surrogates(value: JSONValue) -> JSONValue:
    """The same JSON value with lone surrogates as U+FFFD: they cannot be sent as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {replace_surrogates(key): replace_surrogates(item) for key, item in value.items()}
    return value


def _content_blocks(output: str) -> list[ContentBlock] | None:
    try:
        value = replace_surrogates(json.loads(output, parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        return None
    return value if all(map(_is_block, value)) else None


def _is_block(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    required = _REQUIRED.get(value["type"])
    if required is None:
        return False
    # The API refuses an empty text; an empty title is its own affair.
    fits = all(isinstance(value.get(field), kind) for field, kind in required.items())
    return fits and value.get("text") != ""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
