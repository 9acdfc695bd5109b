"""Thinking blocks that come back: which ones are still valid, and what becomes of the others.

By the API's page on preserved thinking: blocks of the newest models are bound to the system prompt,
the tools and the messages before them. What may change without harm is left out of the digest:
breakpoints, empty texts, tools whose loading is deferred, other thinking, the order of keys.
"""

import hashlib
import json
from collections.abc import Container
from typing import Any, NamedTuple

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import Placed, blocks_of, placed_blocks, unmarked
from claude_cli.simulator.checks.signatures import Origin, origin_of, sign
from claude_cli.simulator.wire.rejections import invalid

CONTROLS = "thinking-binding-controls-"
"""The beta that opens `block_binding` and reports what was dropped."""
THINKING = ("thinking", "redacted_thinking")
PREFIX_MISMATCH = "prefix_binding_mismatch"
_ALTERED = "Invalid `signature` in `thinking` block"
_MOVED = (
    f"{_ALTERED}. The block is bound to a different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)


class Bound(NamedTuple):
    """What a model is given of a request."""

    body: dict[str, Any]
    """Without the thinking blocks that were dropped."""
    transformations: list[dict[str, str]]
    """What was dropped, as `input_transformations` tells it."""


def bind(body: dict[str, Any], model: Model, dialect: Dialect, signatures: Container[str]) -> Bound:
    """Raises the 400 for a block that was altered, or stands behind something else than before.

    `signatures` are taken besides those of the simulator.
    """
    blocks = list(placed_blocks(body))
    if not any(placed.block["type"] in THINKING for placed in blocks):
        return Bound(body, [])
    dropped: dict[str, str] = {}
    prefix, mismatched = _Prefix(body, model), ""
    for placed in blocks:
        message = placed.path.rpartition(".")[0]
        reason = _mismatch(placed, prefix.origin, signatures)
        if reason == PREFIX_MISMATCH and not _drops_block(body, dialect):
            raise invalid(placed.path, _MOVED + _advice(dialect))
        if reason == PREFIX_MISMATCH:
            mismatched = message
        elif message == mismatched and placed.block["type"] in THINKING:
            reason = PREFIX_MISMATCH  # the rest of a turn goes with its first
        if reason:
            dropped[placed.path] = reason
        else:
            prefix.add(placed.role, placed.block)
    transformations = [
        {"type": "thinking_dropped", "path": path, "reason": reason}
        for path, reason in dropped.items()
    ]
    return Bound(_without(body, dropped) if dropped else body, transformations)


def sign_thinking(
    content: list[dict[str, Any]], body: dict[str, Any], model: Model
) -> list[dict[str, Any]]:
    """The content of an answer to `body`, as `bind` left it, each thinking block signed."""
    if all(block["type"] != "thinking" or block.get("signature") for block in content):
        return content
    prefix = _Prefix(body, model)
    for _, role, block in placed_blocks(body):
        prefix.add(role, block)
    signed = []
    for block in content:
        if block["type"] == "thinking" and not block.get("signature"):
            block = {**block, "signature": sign(block["thinking"], prefix.origin)}
        prefix.add("assistant", block)
        signed.append(block)
    return signed


class _Prefix:
    """What was said up to a place."""

    def __init__(self, body: dict[str, Any], model: Model) -> None:
        self._model = model
        self._binds = bool(model.facts.binds_thinking)
        self._start = _start(body)
        self._said = self._start.copy()
        self._previous = ""

    @property
    def origin(self) -> Origin:
        """Of a thinking block that is made here."""
        if not self._binds:
            return Origin(self._model.id)
        return Origin(self._model.id, self._said.hexdigest(), self._previous)

    def add(self, role: str, block: dict[str, Any]) -> None:
        kind = block["type"]
        if not self._binds or (kind == "text" and not block["text"]):
            return
        if kind in THINKING:
            said = block.get("signature") or block.get("data") or ""
            self._previous = _hash(said.encode(errors="replace")).hexdigest()
            return
        if kind == "compaction":
            self._said = self._start.copy()
        self._said.update(_canonical([role, block]))


def _start(body: dict[str, Any]) -> "hashlib.blake2b":
    tools = [tool for tool in body.get("tools", []) if not tool.get("defer_loading")]
    declared = sorted(_canonical(tool) for tool in tools)
    return _hash(b"\n".join([_canonical(blocks_of(body.get("system"))), *declared]))


def _hash(data: bytes) -> "hashlib.blake2b":
    return hashlib.blake2b(data, digest_size=8)


def _canonical(value: Any) -> bytes:
    return json.dumps(unmarked(value), sort_keys=True).encode()


def _mismatch(placed: Placed, here: Origin, signatures: Container[str]) -> str | None:
    """Why a block is not valid where it stands; None if it is. Raises for an altered one."""
    block = placed.block
    if block["type"] != "thinking" or block["signature"] in signatures:
        return None
    made = origin_of(block["thinking"], block["signature"])
    if made is None:
        raise invalid(placed.path, f"{_ALTERED}: thinking blocks cannot be modified")
    if made.model_id != here.model_id:
        return "model_binding_mismatch"
    # Older blocks may be left out from the first on, but none between two that are kept.
    in_place = made.prefix == here.prefix and here.previous in ("", made.previous)
    return None if in_place else PREFIX_MISMATCH


def _drops_block(body: dict[str, Any], dialect: Dialect) -> bool:
    binding = (body.get("thinking") or {}).get("block_binding") or {}
    behavior = binding.get("prefix_mismatch_behavior")
    return behavior == "drop_block" or (behavior is None and dialect.batch)


def _advice(dialect: Dialect) -> str:
    if dialect.has_beta(CONTROLS):
        return ""
    return f" That field needs the beta header {CONTROLS}2026-08-01."


def _without(body: dict[str, Any], paths: Container[str]) -> dict[str, Any]:
    messages = []
    for number, message in enumerate(body["messages"]):
        kept = [
            block
            for index, block in enumerate(blocks_of(message["content"]))
            if f"messages.{number}.content.{index}" not in paths
        ]
        messages.append({**message, "content": kept})
    return {**body, "messages": messages}
