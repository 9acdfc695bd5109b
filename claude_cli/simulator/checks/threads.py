"""Message threads: conversations that the account holds for a while, so that a request needs to
send only what is new. Beta `message-threads-2026-08-12`, by Anthropic's guide "Message threads"
and the errors that the official SDK knows.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.simulator.wire.shapes import nullable, one_of, record, string, tagged

BETA_FAMILY = "message-threads-"
LIFETIME = 300.0
"""Seconds after its last turn in which a thread can be continued."""
THREAD = nullable(
    tagged(
        {
            "create": record({"type": one_of("create")}),
            "continue": record(
                {"type": one_of("continue"), "previous_message_id": string(least=1)}
            ),
        }
    )
)
_TURN_LIMIT = 1_000
_CREATED_WITH = ("system", "tools")
"""What the thread keeps and a later turn leaves out."""
_FIXED = ("model", "thinking", "tool_choice", "cache_control", "output_config")
"""What every turn sends, and none may change; the betas are fixed too."""


@dataclass(slots=True)
class _Turn:
    """The conversation up to an answer, as fields of a request."""

    conversation: dict[str, Any]
    fixed: dict[str, Any]
    expiry: float
    left: int = 1
    """How often it can be continued: once for each answer. Equal requests get equal answers here,
    their ids included, so a turn may stand for several.
    """


class Threads:
    """The answers that a request can continue from. Thread safe; the clock is `time.monotonic`."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}
        self._lock = threading.Lock()

    def whole(self, body: Any, dialect: Dialect) -> Any:
        """The request with what its thread holds before it; any other is handed back as it is.

        Raises a Rejection, its `details` with the API's `error_code`. The rest of the body is yet
        to be checked.
        """
        previous = _previous(body, dialect)
        if previous is None:
            return body
        for name in _CREATED_WITH:
            if name in body:
                raise invalid(name, "is kept by the thread; leave it out of a continued turn")
        turn = self._find(previous)
        _check_fixed(turn.fixed, _fixed(body, dialect))
        messages = [*turn.conversation["messages"], *body["messages"]]
        return {**body, **turn.conversation, "messages": messages}

    def keep(self, body: dict[str, Any], dialect: Dialect, answer: dict[str, Any]) -> None:
        """Hold the conversation that `answer` ends, if the request, whole, has a thread."""
        thread = body.get("thread")
        if not thread:
            return
        said = {"role": "assistant", "content": answer["content"]}
        conversation = {name: body[name] for name in _CREATED_WITH if name in body}
        conversation["messages"] = [*body["messages"], said]
        turn = _Turn(conversation, _fixed(body, dialect), time.monotonic() + LIFETIME)
        with self._lock:
            if earlier := self._turns.get(thread.get("previous_message_id")):
                earlier.left -= 1
            if same := self._turns.pop(answer["id"], None):
                turn.left += same.left
            self._turns[answer["id"]] = turn
            if len(self._turns) > _TURN_LIMIT:
                del self._turns[next(iter(self._turns))]

    def _find(self, message_id: str) -> _Turn:
        with self._lock:
            turn = self._turns.get(message_id)
        if turn is None or turn.expiry < time.monotonic():
            told = f"thread: no thread was found that ends in {message_id}"
            raise Rejection(404, told, details={"error_code": "thread_not_found"})
        if turn.left <= 0:
            told = f"thread.previous_message_id: {message_id} has already been continued"
            raise Rejection(400, told, details={"error_code": "thread_already_continued"})
        return turn


def _previous(body: Any, dialect: Dialect) -> str | None:
    """The answer that a request goes on from."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return None
    if not dialect.has_beta(BETA_FAMILY):
        return None
    THREAD("thread", body.get("thread"))
    previous: str | None = (body.get("thread") or {}).get("previous_message_id")
    return previous


def _fixed(body: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    return {**{name: body.get(name) for name in _FIXED}, "betas": dialect.betas}


def _check_fixed(first: dict[str, Any], now: dict[str, Any]) -> None:
    if differing := [name for name in first if first[name] != now[name]]:
        told = f"thread: must not change from turn to turn: {', '.join(differing)}"
        raise Rejection(400, told, details={"error_code": "thread_fingerprint_mismatch"})
