"""What was sent before an answer, as digests: they tell later what of a request was changed since,
and so why the prompt cache was missed. They hold no text. Pure.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from claude_cli.session.binding import canonical
from claude_cli.session.prompts import blocks_of

MOST = 100
"""Messages with a digest of their own; all behind them have one together."""
WIDTH = 6
"""Characters of a digest."""
PARTS = ("model", "speed", "tools", "system", "tool_choice", "thinking", "output_config")
"""Fields on which a cached prefix depends, in the order in which a change of one is told."""

Fingerprint = dict[str, Any]
"""`parts`: a digest for each of PARTS that the body has; `messages`: the digests of the first MOST,
one behind the other; `rest`: that of all behind them; `count` and `blocks`: how many messages and
blocks there are; `ttl`: how long the cache keeps it, "5m" or "1h"; `cached`: tokens that it had
then."""


def fingerprint(body: Mapping[str, Any], ttl: str, cached: int) -> Fingerprint:
    messages = _messages(body)
    return {
        "parts": {name: _part(body, name) for name in PARTS if _part(body, name)},
        "messages": "".join(map(_digest, messages[:MOST])),
        "rest": _digest(messages[MOST:]),
        "count": len(messages),
        "blocks": count_blocks(body),
        "ttl": ttl,
        "cached": cached,
    }


def count_blocks(body: Mapping[str, Any]) -> int:
    contents = (message.get("content") for message in body.get("messages") or [])
    return sum(len(content) if isinstance(content, list) else 1 for content in contents)


def difference(before: Fingerprint, body: Mapping[str, Any]) -> str | None:
    """The first place of `body` that is not as it was: a field, or `message 3`; None where more
    was only added behind."""
    parts, was = before.get("parts"), before.get("messages")
    count = before.get("count")
    if not (isinstance(parts, dict) and isinstance(was, str) and isinstance(count, int)):
        return None
    for name in PARTS:
        if _part(body, name) != parts.get(name):
            return name
    messages = _messages(body)
    for number, message in enumerate(messages[: min(count, MOST)]):
        if _digest(message) != was[number * WIDTH : (number + 1) * WIDTH]:
            return f"message {number + 1}"
    if len(messages) < count:
        return f"message {len(messages) + 1}"
    if count > MOST and _digest(messages[MOST:count]) != before.get("rest"):
        return f"message {MOST + 1} or later"
    return None


def _part(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    return _digest(blocks_of(value) if name == "system" else value)


def _messages(body: Mapping[str, Any]) -> list[Any]:
    """Role and blocks of each message: a text is one block."""
    messages = body.get("messages") or []
    return [[message.get("role"), blocks_of(message.get("content"))] for message in messages]


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:WIDTH]
