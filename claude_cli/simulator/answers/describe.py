"""The text of a simulated answer: what was received, in Markdown, the same for the same request."""

import re
from collections.abc import Iterator
from typing import Any

from claude_cli.simulator.checks import media
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import (
    blocks_of,
    last_user_blocks,
    last_user_text,
    placed_blocks,
    prefill,
)

_WORDS_QUOTED = 12
_LISTED_ATTACHMENTS = 20
_CODE_WANTED = re.compile(r"\b(code|function|script|program|python)\b", re.IGNORECASE)
_CODE = '```python\ndef answer() -> str:\n    return "simulated"\n```\n'
_NOT_PARAMETERS = ("model", "messages", "system", "tools", "stream")


def describe(body: dict[str, Any], model: Model) -> str:
    """The answer to a checked request that wants plain text."""
    asked = last_user_text(body)
    lines = [f"- {line}" for line in _facts(body, model)]
    parts = [_opening(body), "\n".join(lines) + "\n"]
    if _CODE_WANTED.search(asked):
        parts.append(_CODE)
    return "\n".join(parts)


def _opening(body: dict[str, Any]) -> str:
    start = prefill(body)
    if start is not None:
        gap = "" if start.endswith(("(", "[", "{", '"', "'")) else " "
        return f"{gap}and here the simulator goes on.\n"
    if results := list(_tool_results(body)):
        return "The tools answered:\n\n" + "".join(f"- {result}\n" for result in results)
    if body["messages"][-1]["role"] == "assistant":
        return "The paused turn goes on.\n"
    return f"You said: {_quoted(last_user_text(body))}\n"


def _quoted(text: str) -> str:
    """The last words, on one line."""
    words = text.split()
    shown = " ".join(words[-_WORDS_QUOTED:])
    return f'"{"… " if len(words) > _WORDS_QUOTED else ""}{shown}"'


def _tool_results(body: dict[str, Any]) -> Iterator[str]:
    names = {
        block["id"]: block["name"]
        for _, _, block in placed_blocks(body)
        if block["type"] == "tool_use"
    }
    for block in last_user_blocks(body):
        if block["type"] == "tool_result":
            parts = blocks_of(block.get("content"))
            text = " ".join(part["text"] for part in parts if part["type"] == "text")
            what = "an error" if block.get("is_error") else "a result"
            size = f"{len(text.encode(errors='replace'))} bytes"
            yield f"`{names.get(block['tool_use_id'])}`: {what}, {size}: {_quoted(text)}"


def _facts(body: dict[str, Any], model: Model) -> Iterator[str]:
    messages = body["messages"]
    users = sum(message["role"] == "user" for message in messages)
    yield f"model: `{model.id}`, simulated"
    yield f"messages: {len(messages)}, of them {users} from the user"
    if system := "".join(block["text"] for block in blocks_of(body.get("system"))):
        yield f"system prompt: {len(system)} characters"
    yield from _context(body)
    attachments = list(_attachments(body))
    yield from attachments[:_LISTED_ATTACHMENTS]
    if len(attachments) > _LISTED_ATTACHMENTS:
        yield f"attachments: {len(attachments) - _LISTED_ATTACHMENTS} more"
    if tools := body.get("tools"):
        names = [tool.get("name") or tool["type"] for tool in tools]
        yield "tools: " + ", ".join(f"`{name}`" for name in names)
    parameters = [f"`{name}` {_shown(body[name])}" for name in body if name not in _NOT_PARAMETERS]
    yield "parameters: " + ", ".join(parameters)


def _context(body: dict[str, Any]) -> Iterator[str]:
    """Text beside the prompt in the same turn, such as what was piped in."""
    texts = [block["text"] for block in last_user_blocks(body) if block["type"] == "text"]
    for text in texts[:-1]:
        yield f"text before the prompt: {len(text.encode(errors='replace'))} bytes"


def _attachments(body: dict[str, Any]) -> Iterator[str]:
    for _, _, block in placed_blocks(body, nested=True):
        match block["type"]:
            case "image" | "document":
                title = f" {block['title']!r}" if block.get("title") else ""
                yield f"attachment{title}: {_source(block['source'], block['type'])}"
            case "search_result":
                yield f"attachment: search result {block['title']!r}"
            case "container_upload":
                yield f"attachment: `{block['file_id']}` for the container"


def _source(source: dict[str, Any], kind: str) -> str:
    match source["type"]:
        case "base64":
            size = media.pixels(source["data"])
            pixels = f", {size[0]}×{size[1]} pixels" if size else ""
            return f"{source['media_type']}, {media.decoded_size(source['data'])} bytes{pixels}"
        case "text":
            return f"text/plain, {len(source['data'].encode(errors='replace'))} bytes"
        case "content":
            return f"{len(blocks_of(source['content']))} content blocks"
        case "url":
            return f"{kind} at {source['url']}"
    return f"{kind} `{source['file_id']}`"


def _shown(value: Any) -> str:
    """A parameter on one line; of an object its fields, of a nested one just that it is there."""
    if isinstance(value, dict):
        return " ".join(
            f"{name}={'…' if isinstance(item, dict | list) else item}"
            for name, item in value.items()
        )
    if isinstance(value, list):
        # Not the items: a stop sequence in the text would end it.
        return f"{len(value)} given"
    return str(value)
