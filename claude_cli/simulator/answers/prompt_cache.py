"""The prompt cache: which prefixes were seen before, and what that does to the usage.

Follows the API's rules for breakpoints, look-back, lifetimes, minimum length, and for the settings
that spoil the part after the system prompt. Lives as long as the simulator.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import unmarked
from claude_cli.simulator.checks.tokens import Piece, prompt_pieces

_LIFETIMES = {"5m": 300.0, "1h": 3600.0}
_MESSAGE_SETTINGS = ("tool_choice", "thinking", "output_config")
"""Changing one of these spoils the cache after the system prompt."""
_LOOK_BACK = 20
"""Positions before a breakpoint at which an earlier entry is still found."""
_ENTRY_LIMIT = 10_000


class InputUse(NamedTuple):
    """How the tokens of a prompt were billed; their sum is what count_tokens tells."""

    uncached: int
    read: int = 0
    written_5m: int = 0
    written_1h: int = 0


class _Position(NamedTuple):
    """The end of a piece of the prompt."""

    digest: bytes
    tokens: int
    """Of the whole prefix up to here."""
    lifetime: float
    """Seconds that an entry written here lives; 0 where there is no breakpoint."""


class _Entry(NamedTuple):
    expiry: float
    lifetime: float


class PromptCache:
    """Thread safe. The clock is `time.monotonic`."""

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def use(self, body: dict[str, Any], model: Model) -> InputUse:
        """Looks up the prefixes of a checked request, keeps those that have a breakpoint."""
        pieces = list(prompt_pieces(body))
        lifetimes = [_lifetime(piece.value) for piece in pieces]
        if "cache_control" in body:
            lifetimes[-1] = lifetimes[-1] or _lifetime(body)
        if not any(lifetimes):
            return InputUse(sum(piece.tokens for piece in pieces))
        positions = list(_positions(body, model, pieces, lifetimes))
        with self._lock:
            return self._account(positions, model.facts.cache_minimum or 0)

    def _account(self, positions: list[_Position], minimum: int) -> InputUse:
        now = time.monotonic()
        marks = [
            index
            for index, position in enumerate(positions)
            if position.lifetime and position.tokens >= minimum
        ]
        read = max((self._read(positions, index, now) for index in marks), default=0)
        written = dict.fromkeys(_LIFETIMES.values(), 0)
        done = read
        for index in marks:
            digest, tokens, lifetime = positions[index]
            written[lifetime] += max(0, tokens - done)
            done = max(done, tokens)
            self._keep(digest, _Entry(now + lifetime, lifetime))
        return InputUse(positions[-1].tokens - done, read, *written.values())

    def _read(self, positions: list[_Position], mark: int, now: float) -> int:
        """Tokens of the longest living entry at or shortly before a breakpoint; renews it."""
        for digest, tokens, _ in reversed(positions[max(0, mark - _LOOK_BACK) : mark + 1]):
            entry = self._entries.get(digest)
            if entry and entry.expiry > now:
                self._keep(digest, _Entry(now + entry.lifetime, entry.lifetime))
                return tokens
        return 0

    def _keep(self, digest: bytes, entry: _Entry) -> None:
        self._entries.pop(digest, None)
        self._entries[digest] = entry
        if len(self._entries) > _ENTRY_LIMIT:
            del self._entries[next(iter(self._entries))]


def _lifetime(part: dict[str, Any]) -> float:
    """Seconds, by the breakpoint on a part of the request or inside the tool result that it is."""
    mark = part.get("cache_control")
    if not mark and part.get("type") == "tool_result" and isinstance(part.get("content"), list):
        mark = next((p["cache_control"] for p in part["content"] if p.get("cache_control")), None)
    return _LIFETIMES[mark.get("ttl", "5m")] if mark else 0


def _positions(
    body: dict[str, Any], model: Model, pieces: list[Piece], lifetimes: list[float]
) -> Iterator[_Position]:
    digest = hashlib.blake2b(model.id.encode(), digest_size=16)
    tokens, in_messages = 0, False
    for piece, lifetime in zip(pieces, lifetimes, strict=True):
        if piece.place.startswith("messages") and not in_messages:
            in_messages = True
            digest.update(_canonical([body.get(name) for name in _MESSAGE_SETTINGS]))
        digest.update(_canonical(piece))
        tokens += piece.tokens
        yield _Position(digest.copy().digest(), tokens, lifetime)


def _canonical(value: Any) -> bytes:
    """The bytes that must stay the same: all but the breakpoints, which may move."""
    return json.dumps(unmarked(value)).encode()
