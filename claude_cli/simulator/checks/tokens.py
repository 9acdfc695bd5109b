"""How many tokens a request and an answer have. An estimate, about four characters a token, but a
stable one: count_tokens and the usage of an answer come from the same functions.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from claude_cli.models.catalog import image_bounds
from claude_cli.models.vision import LARGEST, Bounds, seen, tokens
from claude_cli.simulator.checks import media
from claude_cli.simulator.checks.prompt import blocks_of, since_compaction

CHARACTERS = 4
"""Of text in a token."""
_MESSAGE_OVERHEAD = 3
_TOOLS_OVERHEAD = 300
_PAGE_TOKENS = 2000


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
    bounds = image_bounds([body["model"]])
    for message in since_compaction(body["messages"]):
        overhead = _MESSAGE_OVERHEAD
        for block in blocks_of(message["content"]):
            counted = overhead + block_tokens(block, bounds)
            yield Piece(f"messages.{message['role']}", block, counted)
            overhead = 0


def block_tokens(block: dict[str, Any], bounds: Bounds = LARGEST) -> int:
    """Tokens of a content block of any kind, in a request or an answer; `bounds` are those of the
    model that sees its images."""
    match block["type"]:
        case "text":
            return text_tokens(block["text"])
        case "thinking":
            return text_tokens(block["thinking"])
        case "image":
            return _image_tokens(block["source"], bounds)
        case "document":
            return _document_tokens(block, bounds)
        case "tool_use" | "server_tool_use":
            return text_tokens(block["name"]) + json_tokens(block["input"])
        case "tool_result" | "search_result":
            return sum(block_tokens(inner, bounds) for inner in blocks_of(block.get("content")))
    return json_tokens(block)


def _image_tokens(source: dict[str, Any], bounds: Bounds) -> int:
    """One whose size is not known here costs what an image costs at most."""
    size = media.pixels(source["data"]) if source["type"] == "base64" else None
    return tokens(*seen(*size, bounds)) if size else bounds.tokens


def _document_tokens(block: dict[str, Any], bounds: Bounds) -> int:
    source = block["source"]
    match source["type"]:
        case "base64":
            return _PAGE_TOKENS * media.pages(source["data"])
        case "text":
            return text_tokens(source["data"])
        case "content":
            return sum(block_tokens(inner, bounds) for inner in blocks_of(source["content"]))
    return _PAGE_TOKENS
