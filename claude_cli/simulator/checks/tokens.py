"""How many tokens a request and an answer have. An estimate, about four characters a token, but a
stable one: count_tokens and the usage of an answer come from the same functions.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from claude_cli.simulator.checks import media
from claude_cli.simulator.checks.prompt import blocks_of, since_compaction

CHARACTERS = 4
"""Of text in a token."""
_MESSAGE_OVERHEAD = 3
_TOOLS_OVERHEAD = 300
_PAGE_TOKENS = 2000
_IMAGE_TOKENS = 1568
"""What an image costs at most; one whose size is not known here costs that."""


class Piece(NamedTuple):
    """One stretch of the prompt that a cache breakpoint may follow."""

    place: str
    """`tools`, `system` or `messages.<role>`."""
    value: dict[str, Any]
    tokens: int


def text_tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS)


def json_tokens(value: Any) -> int:
    return text_tokens(json.dumps(value, ensure_ascii=False))


def count_input(body: dict[str, Any]) -> int:
    """Tokens of the whole prompt, read from a cache or not."""
    return sum(piece.tokens for piece in prompt_pieces(body))


def prompt_pieces(body: dict[str, Any]) -> Iterator[Piece]:
    """The prompt in the order in which it is cached: tools, system, messages."""
    for index, tool in enumerate(body.get("tools", [])):
        yield Piece("tools", tool, json_tokens(tool) + (_TOOLS_OVERHEAD if index == 0 else 0))
    for block in blocks_of(body.get("system")):
        yield Piece("system", block, text_tokens(block["text"]))
    for message in since_compaction(body["messages"]):
        overhead = _MESSAGE_OVERHEAD
        for block in blocks_of(message["content"]):
            yield Piece(f"messages.{message['role']}", block, overhead + block_tokens(block))
            overhead = 0


def block_tokens(block: dict[str, Any]) -> int:
    """Tokens of a content block of any kind, in a request or an answer."""
    match block["type"]:
        case "text":
            return text_tokens(block["text"])
        case "thinking":
            return text_tokens(block["thinking"])
        case "image":
            return _image_tokens(block["source"])
        case "document":
            return _document_tokens(block)
        case "tool_use" | "server_tool_use":
            return text_tokens(block["name"]) + json_tokens(block["input"])
        case "tool_result" | "search_result":
            return sum(block_tokens(inner) for inner in blocks_of(block.get("content")))
    return json_tokens(block)


def _image_tokens(source: dict[str, Any]) -> int:
    size = media.pixels(source["data"]) if source["type"] == "base64" else None
    if size is None:
        return _IMAGE_TOKENS
    return min(_IMAGE_TOKENS, -(-size[0] // 28) * -(-size[1] // 28))


def _document_tokens(block: dict[str, Any]) -> int:
    source = block["source"]
    match source["type"]:
        case "base64":
            return _PAGE_TOKENS * media.pages(source["data"])
        case "text":
            return text_tokens(source["data"])
        case "content":
            return sum(block_tokens(inner) for inner in blocks_of(source["content"]))
    return _PAGE_TOKENS
