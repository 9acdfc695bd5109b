"""Why a prompt missed the cache: a request compared with the one before it, by the API's page on
cache diagnostics. Only requests that carry `diagnostics` are remembered.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.prompt import unmarked
from claude_cli.simulator.checks.tokens import prompt_pieces

_LIMIT = 1000
"""Requests that are remembered."""
_MODEL = ("model", "speed")
_SETTINGS = ("thinking", "tool_choice", "output_config", "context_management")
_PLACES = {"tools": "tools_changed", "system": "system_changed", "messages": "messages_changed"}


class _Piece(NamedTuple):
    place: str
    digest: bytes
    tokens: int


class _Asked(NamedTuple):
    model: list[Any]
    settings: list[Any]
    pieces: list[_Piece]


class Diagnostics:
    """The requests that can be compared with. Thread safe."""

    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def compare(
        self, body: dict[str, Any], dialect: Dialect, message_id: str
    ) -> dict[str, Any] | None:
        """The `diagnostics` of the answer; None where there is no difference to tell."""
        settings = [*(body.get(name) for name in _SETTINGS), sorted(dialect.betas)]
        asked = _Asked([body.get(name) for name in _MODEL], settings, list(_pieces(body)))
        previous_id = body["diagnostics"].get("previous_message_id")
        with self._lock:
            before = self._asked.get(previous_id)
            self._asked[message_id] = asked
            if len(self._asked) > _LIMIT:
                del self._asked[next(iter(self._asked))]
        if previous_id is None:
            return None
        reason = _difference(before, asked) if before else {"type": "previous_message_not_found"}
        return {"cache_miss_reason": reason} if reason else None


def _pieces(body: dict[str, Any]) -> Iterator[_Piece]:
    for place, value, tokens in prompt_pieces(body):
        data = json.dumps([place, unmarked(value)]).encode()
        yield _Piece(place.partition(".")[0], hashlib.blake2b(data, digest_size=8).digest(), tokens)


def _difference(before: _Asked, now: _Asked) -> dict[str, Any] | None:
    if before.model != now.model:
        return _missed("model_changed", now.pieces)
    for place, reason in _PLACES.items():
        earlier, later = (
            [piece for piece in asked.pieces if piece.place == place] for asked in (before, now)
        )
        if place == "messages":
            later = later[: len(earlier)]  # what is appended changes nothing
        for index, pair in enumerate(zip_longest(earlier, later)):
            if pair[0] != pair[1]:
                places = [piece.place for piece in now.pieces]
                first = places.index(place) if place in places else 0
                return _missed(reason, now.pieces[first + index :])
    return None if before.settings == now.settings else {"type": "unavailable"}


def _missed(reason: str, pieces: list[_Piece]) -> dict[str, Any]:
    missed = sum(piece.tokens for piece in pieces)
    return {"type": reason, "cache_missed_input_tokens": missed}
