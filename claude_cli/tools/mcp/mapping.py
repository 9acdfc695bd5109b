"""What an MCP server says → what the Messages API takes: tools, and the results of calls. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from claude_cli.tools import result
from claude_cli.tools.input_check import property_problem
from claude_cli.tools.result_blocks import is_block
from claude_cli.tools.tool import Definition, Output, Status
from claude_cli.types import ContentBlock
from claude_cli.values.media import PDF

MOST_NAME: Final = 64
MOST_DESCRIPTION: Final = 2048
"""Characters of a description that are sent: each request pays for them."""
REFUSED_AT_ROOT: Final = ("oneOf", "anyOf", "allOf")
"""Keywords for which the API refuses the whole request, when they stand at a schema's root."""


def map_tools(
    server: str, tools: Iterable[Mapping[str, Any]]
) -> tuple[list[tuple[str, Definition]], list[str]]:
    """Return each tool's name on the server with its definition for the API; and notes on what
    was changed or left out."""
    mapped: list[tuple[str, Definition]] = []
    taken: set[str] = set()
    notes: list[str] = []
    for tool in tools:
        name, schema = tool.get("name"), tool.get("inputSchema")
        if not isinstance(name, str) or not name or not isinstance(schema, dict):
            notes.append(f"{server}: a tool without a name or an input schema is left out")
            continue
        ours = tool_name(server, name)
        if ours in taken:
            notes.append(f"{server}: a second tool called {name} is left out")
            continue
        dropped = [key for key in REFUSED_AT_ROOT if key in schema]
        if dropped:
            notes.append(f"{server}: {name} is sent without {', '.join(dropped)} of its schema")
        definition = _definition(ours, tool, schema)
        if problem := property_problem(definition["input_schema"]):
            notes.append(f"{server}: {name} is left out: {problem}")
            continue
        taken.add(ours)
        mapped.append((name, definition))
    return mapped, notes


def tool_name(server: str, tool: str) -> str:
    """`mcp__SERVER__TOOL` in the characters that the API takes; a long one ends in a hash."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", f"mcp__{server}__{tool}")
    if len(name) <= MOST_NAME:
        return name
    digest = hashlib.sha256(f"{server}\n{tool}".encode()).hexdigest()[:8]
    return f"{name[: MOST_NAME - 9]}_{digest}"


def _definition(ours: str, tool: Mapping[str, Any], schema: Mapping[str, Any]) -> Definition:
    kept = {key: value for key, value in schema.items() if key not in REFUSED_AT_ROOT}
    definition: Definition = {"name": ours, "input_schema": {**kept, "type": "object"}}
    description = tool.get("description") or tool.get("title")
    if isinstance(description, str) and description:
        definition["description"] = description[:MOST_DESCRIPTION]
    return definition


def output_of(answer: Mapping[str, Any]) -> Output:
    """The result of a call as the content of a `tool_result`."""
    if answer.get("resultType") == "input_required":
        return Output("the tool needs interactive input", Status.FAILED, "needs interactive input")
    content = answer.get("content")
    blocks = [*_blocks(content if isinstance(content, list) else [])]
    if not blocks and "structuredContent" in answer:
        blocks = [_text(_json(answer["structuredContent"]))]
    if answer.get("isError") is not True:
        return Output(blocks)
    words = next((block["text"] for block in blocks if block["type"] == "text"), "")
    detail = " ".join(words.split())[:200]
    return Output(blocks or "the tool failed", Status.FAILED, detail)


def _blocks(content: Iterable[Any]) -> Iterator[ContentBlock]:
    """Yield blocks until they are more than a result may hold, and say what is cut."""
    text_left, bytes_left = result.TEXT_LIMIT, result.OUTPUT_LIMIT
    for item in content:
        block = _block(item if isinstance(item, dict) else {"type": str(item)})
        if block is None:
            continue
        if block["type"] == "text":
            block["text"] = result.cut(block["text"], text_left)
            text_left = max(0, text_left - len(block["text"].encode()))
        bytes_left -= len(_json(block))
        if bytes_left < 0:
            yield _text("[cut: the result is larger than 16 MB]")
            return
        yield block


def _block(item: Mapping[str, Any]) -> ContentBlock | None:
    match item.get("type"):
        case "text":
            text = item.get("text")
            return _text(text) if isinstance(text, str) and text.strip() else None
        case "image":
            return _media(item.get("mimeType"), item.get("data")) or _note(item)
        case "resource" if isinstance(item.get("resource"), dict):
            return _resource(item["resource"])
        case _:
            return _note(item)


def _resource(resource: Mapping[str, Any]) -> ContentBlock:
    text, uri = resource.get("text"), resource.get("uri")
    if isinstance(text, str) and text.strip():
        source = {"type": "text", "media_type": "text/plain", "data": text[: result.TEXT_LIMIT]}
        document: ContentBlock = {"type": "document", "source": source}
        if isinstance(uri, str) and uri:
            document["title"] = uri[:500]
        return document
    return _media(resource.get("mimeType"), resource.get("blob")) or _note(resource)


def _media(mime: Any, data: Any) -> ContentBlock | None:
    """A picture or a PDF; None for other types, and where the bytes are something else."""
    source = {"type": "base64", "media_type": mime, "data": data}
    block: ContentBlock = {"type": "document" if mime == PDF else "image", "source": source}
    return block if is_block(block) else None


def _note(item: Mapping[str, Any]) -> ContentBlock:
    """What cannot be sent is told: its type, place and size."""
    known = [str(item[key]) for key in ("type", "name", "uri", "mimeType") if item.get(key)]
    data = item.get("data") or item.get("blob")
    size = [f"{len(data)} characters of base64"] if isinstance(data, str) else []
    return _text(f"[not sent: {', '.join([*known, *size]) or 'an unknown kind of content'}]"[:1000])


def _text(text: str) -> ContentBlock:
    return {"type": "text", "text": text}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
