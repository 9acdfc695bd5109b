"""Thinking that is bound to what was sent before it: kept where that is unchanged. Pure.

Newer models sign their thinking over `system`, `tools` and the messages before it: sent back
after one of these has changed, it is a 400 ("Preserved thinking"). So each answer with thinking
is kept with a digest of what was sent before it, and a later request has only the thinking whose
digest still fits.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from claude_cli.session.format import Record
from claude_cli.session.resend import THINKING
from claude_cli.types import ContentBlock, RequestBody

LONGEST = 64 * 1024
"""Characters of a string that stands for itself in a digest: encoding an attachment would take
twice its size in memory."""

Bindings = Mapping[str, set[str]]
"""Signature (or data) of a thinking block → digests of what was sent before it."""


class Prefix:
    """Digest of a request up to one of its messages, in whatever spelling of JSON."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._hash = hashlib.sha256()
        self._add([_blocks(body.get("system") or []), body.get("tools") or []])

    def add(self, message: Mapping[str, Any]) -> None:
        self._add([message.get("role"), _blocks(message.get("content"))])

    def digest(self) -> str:
        return self._hash.hexdigest()[:32]

    def _add(self, value: Any) -> None:
        self._hash.update(canonical(value) + b"\n")


def canonical(value: Any) -> bytes:
    """Bytes that stay the same, whatever the spelling of JSON and wherever breakpoints are."""
    return _encode(_compared(value)).encode()


_encode = json.JSONEncoder(sort_keys=True, default=str).encode
"""What no request could hold has no digest that matters: default=str."""


def _blocks(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _compared(value: Any) -> Any:
    """A copy without the cache breakpoints, which may move, and with digests of long strings."""
    if isinstance(value, dict):
        return {k: _compared(v) for k, v in value.items() if k != "cache_control"}
    if isinstance(value, str) and len(value) > LONGEST:
        return _digest_in_pieces(value)
    return [_compared(item) for item in value] if isinstance(value, list) else value


def _digest_in_pieces(text: str) -> str:
    digest = hashlib.sha256()
    for start in range(0, len(text), LONGEST):
        digest.update(text[start : start + LONGEST].encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def has_thinking(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, list) and any(map(_is_thinking, content))


def digest_of(body: RequestBody) -> str:
    """The digest of all that a request sends."""
    prefix = Prefix(body)
    for message in body.get("messages", []):
        prefix.add(message)
    return prefix.digest()


def bindings(answers: Iterable[Record]) -> Bindings:
    """Thinking block → the digests it is bound to; an empty one where the record has none."""
    found: dict[str, set[str]] = {}
    for answer in answers:
        for block in filter(_is_thinking, answer["message"]["content"]):
            found.setdefault(_key(block), set()).add(answer.get("bound_to", ""))
    return found


def without_unbound(body: RequestBody, bound: Bindings) -> RequestBody:
    """`body` without the thinking in `bound` whose digest does not fit the messages before it."""
    if not bound:
        return body
    prefix = Prefix(body)
    messages = []
    for message in body["messages"]:
        if has_thinking(message):
            digest = prefix.digest()
            blocks = [b for b in message["content"] if _fits(b, digest, bound)]
            if len(blocks) < len(message["content"]):
                said = any(not _is_thinking(block) for block in blocks)
                message = {**message, "content": blocks if said else []}
        prefix.add(message)
        messages.append(message)
    return {**body, "messages": messages}


def _fits(block: ContentBlock, digest: str, bound: Bindings) -> bool:
    return not _is_thinking(block) or digest in bound.get(_key(block), {digest})


def _is_thinking(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in THINKING


def _key(block: ContentBlock) -> str:
    return str(block.get("signature") or block.get("data") or "")
