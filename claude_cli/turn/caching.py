"""The breakpoints of the prompt cache in a request body, and the room for another one. Pure."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from claude_cli.types import RequestBody

MOST_BREAKPOINTS = 4
"""In one request; the automatic one, `cache_control` beside `messages`, is one of them."""

SHORT = "5m"
"""How long a breakpoint lasts that does not say so."""


def has_room(body: RequestBody, ttl: str) -> bool:
    """Whether the API would take an automatic breakpoint that lasts `ttl`, "5m" or "1h".

    It counts as one behind the last block: that block must have none of its own, and none before
    it may last shorter.
    """
    of_messages = [*_blocks(message.get("content") for message in _objects(body.get("messages")))]
    blocks = [*_blocks([body.get("tools"), body.get("system")]), *of_messages]
    lasting = [_lasts(block) for block in blocks if block.get("cache_control")]
    last_is_free = not (of_messages and of_messages[-1].get("cache_control"))
    fits = ttl == SHORT or SHORT not in lasting
    return last_is_free and fits and len(lasting) < MOST_BREAKPOINTS


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
