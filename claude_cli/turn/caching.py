"""The breakpoints of the prompt cache in a request body: those it has, and where more go. Pure.

`cache_control` beside `messages` is the automatic one: the API takes it for one behind the last
block, so it moves along with the conversation. Source: Anthropic's page "Prompt caching".
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from claude_cli.types import RequestBody

MOST_BREAKPOINTS = 4
"""In one request; the automatic one is one of them."""

SHORTEST = 512
"""Tokens of the shortest prompt that any model caches."""

SHORT = "5m"
"""How long a breakpoint lasts that does not say so."""


def cache_control(ttl: str) -> dict[str, Any] | None:
    """A breakpoint that lasts `ttl`, "5m" or "1h"; None for "off"."""
    if ttl == "off":
        return None
    return {"type": "ephemeral", **({"ttl": ttl} if ttl != SHORT else {})}


def has_room(body: RequestBody, ttl: str) -> bool:
    """Whether the API would take an automatic breakpoint that lasts `ttl`, "5m" or "1h".

    It counts as one behind the last block: that block must have none of its own, and none before
    it may last shorter.
    """
    lasting = [_lasts(block) for block in _marked(body)]
    of_messages = [*_blocks(message.get("content") for message in _objects(body.get("messages")))]
    last_is_free = not (of_messages and of_messages[-1].get("cache_control"))
    fits = ttl == SHORT or SHORT not in lasting
    return last_is_free and fits and len(lasting) < MOST_BREAKPOINTS


def with_breakpoints(body: RequestBody, ttl: str | None) -> RequestBody:
    """The body as it is sent where `--cache` is `ttl` and has set the automatic breakpoint.

    What requests have in common gets breakpoints of its own, as far as there is room: what is
    before the question of the newest turn, the system prompt, the tools. So the same document
    with another question is read from the cache. The body itself is unchanged.
    """
    control = cache_control(ttl or "off")
    if control is None or body.get("cache_control") != control:
        return body
    lasting = [_lasts(block) for block in _marked(body)]
    room = MOST_BREAKPOINTS - 1 - len(lasting)
    if len({*lasting, _lasts({"cache_control": control})}) > 1:
        return body  # their order would have to be looked at: the long-lived ones come first
    fields = ("system", "tools") if _can_be_cached(body) else ()
    for place in (_before_question(body), *(_last_of(body, field) for field in fields)):
        if place is None or room <= 0:
            continue
        if not place.block.get("cache_control"):
            body = _with_block(body, place, {**place.block, "cache_control": control})
            room -= 1
    return body


class _Place(NamedTuple):
    """A block of a body: `at` in the list of `field`, or in the content of one of the messages."""

    field: str
    message: int | None
    at: int
    block: dict[str, Any]


def _before_question(body: RequestBody) -> _Place | None:
    """The last block before the question of the newest user turn that has one: its attachments and
    piped text come first. Results of tools are no such turn."""
    messages = body.get("messages")
    for number, message in reversed([*enumerate(messages if isinstance(messages, list) else ())]):
        content = _objects(message.get("content")) if isinstance(message, dict) else []
        if len(content) < 2 or message.get("role") != "user" or content != message["content"]:
            continue
        if content[0].get("type") == "tool_result":
            continue
        block = content[-2]
        return (
            _Place("messages", number, len(content) - 2, block) if _may_be_marked(block) else None
        )
    return None


def _can_be_cached(body: RequestBody) -> bool:
    """Whether tools and system prompt may be as long as a prompt must be; a token is a byte or
    more."""
    before = json.dumps([body.get("tools"), body.get("system")], ensure_ascii=False)
    return len(before.encode("utf-8", "replace")) >= SHORTEST


def _last_of(body: RequestBody, field: str) -> _Place | None:
    """The last tool or block of the system prompt; a text counts as one block."""
    value = body.get(field)
    blocks = [{"type": "text", "text": value}] if isinstance(value, str) else value
    if not isinstance(blocks, list) or blocks != _objects(blocks):
        return None
    for index, block in reversed([*enumerate(blocks)]):
        if _may_be_marked(block):
            return _Place(field, None, index, block)
    return None


def _may_be_marked(block: dict[str, Any]) -> bool:
    """Whether the API takes a breakpoint there: not on thinking, empty text, deferred tools."""
    kind = block.get("type")
    if kind == "text":
        return bool(block.get("text"))
    return kind not in _UNMARKED and not block.get("defer_loading")


_UNMARKED = ("thinking", "redacted_thinking", "container_upload")


def _with_block(body: RequestBody, place: _Place, block: dict[str, Any]) -> RequestBody:
    if place.message is None:
        blocks = body[place.field]
        blocks = [block] if isinstance(blocks, str) else _put(blocks, place.at, block)
        return {**body, place.field: blocks}
    message = body["messages"][place.message]
    message = {**message, "content": _put(message["content"], place.at, block)}
    return {**body, "messages": _put(body["messages"], place.message, message)}


def _put(values: list[Any], index: int, value: Any) -> list[Any]:
    return [*values[:index], value, *values[index + 1 :]]


def _marked(body: RequestBody) -> list[dict[str, Any]]:
    """The blocks and tools that have a breakpoint, in the order of the prompt."""
    contents = [message.get("content") for message in _objects(body.get("messages"))]
    blocks = _blocks([body.get("tools"), body.get("system"), *contents])
    return [block for block in blocks if block.get("cache_control")]


def _blocks(holders: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """All that may have a breakpoint, what is in the content of another block too."""
    for block in chain.from_iterable(map(_objects, holders)):
        yield from _objects(block.get("content"))
        yield block


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _lasts(block: dict[str, Any]) -> str:
    control = block["cache_control"]
    ttl = control.get("ttl") if isinstance(control, dict) else None
    return ttl if isinstance(ttl, str) else SHORT
