"""The answer as JSON: the API's message, or the events as the API sent them."""

import json
from contextlib import suppress
from typing import Any

from claude_cli.errors import CannotWrite, Interrupted, ProtocolError, ReaderGone
from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.aside import Aside
from claude_cli.ui.canvas import Canvas
from claude_cli.ui.pieces import Pieces

LARGEST_KEPT = 64 * 1024 * 1024
OVERHEAD = 100
"""Bytes that are kept until an answer is complete, and what each event takes beside its own."""

TOGETHER = 10_000
"""Events that are written at once."""


class JsonRenderer:
    """Prints one object at the end: the message, and what claude-cli knows under "claude_cli"."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._pieces = Pieces(thinking=canvas.thinking)
        self._aside = Aside(canvas.notices)

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        for piece in self._pieces.feed(event):
            if piece.kind != "text":
                self._aside.show(piece)

    def finish(self, answer: Answer) -> None:
        self._aside.close()
        indent = 2 if self._canvas.terminal.is_terminal else None
        _print(json.dumps(with_facts(answer), ensure_ascii=False, indent=indent), self._canvas)

    def abandon(self) -> None:
        self._aside.close()


class EventsRenderer:
    """Prints each event's data on a line: at once on a terminal and for `stream`, in one write what
    arrives together; else at the end.

    Thinking is in the events; it is shown beside them only where that was asked for.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._pieces = Pieces(thinking=True) if canvas.thinking else None
        self._aside = Aside(canvas.notices)
        self._at_once = canvas.arriving or canvas.terminal.is_terminal
        self._kept: list[str] = []
        self._size = 0

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        if event.raw:  # one without was not sent
            self._keep(event.raw)
        pieces = self._pieces.feed(event) if self._pieces else ()
        thoughts = [piece for piece in pieces if piece.kind == "thinking"]
        if self._at_once and (thoughts or not more):
            self._print_kept()
        for piece in thoughts:
            self._aside.show(piece)

    def _keep(self, raw: str) -> None:
        self._kept.append(raw)
        self._size += len(raw) + OVERHEAD
        if self._size > LARGEST_KEPT:
            raise ProtocolError(
                f"the server sent more than {LARGEST_KEPT >> 20} MB of events",
                hint="stream --format events prints each as it comes, and keeps none",
            )

    def finish(self, answer: Answer) -> None:
        self._print_kept()

    def abandon(self) -> None:
        self._aside.close()
        if self._at_once:
            with suppress(CannotWrite, Interrupted, ReaderGone):  # one of them may have led here
                self._print_kept()

    def _print_kept(self) -> None:
        self._aside.close()
        kept, self._kept = self._kept, []  # first: a write that is interrupted is not done again
        self._size = 0
        for start in range(0, len(kept), TOGETHER):
            _print("\n".join(kept[start : start + TOGETHER]), self._canvas)


def with_facts(answer: Answer) -> dict[str, Any]:
    """Return the message exactly as the API sent it, and beside it what claude-cli knows."""
    known: dict[str, object] = {
        "session": answer.session,
        "cost_usd": None if answer.cost_usd is None else float(answer.cost_usd),
        "seconds": answer.seconds,
        "first_token_seconds": answer.first_token_seconds,
        "request_id": answer.facts.request_id,
        "organization_id": answer.facts.organization_id,
        "turns": answer.turns,
    }
    if answer.fallback_from:
        known["fallback_from"] = answer.fallback_from
    if answer.cache:
        known["cache"] = answer.cache._asdict()
    if answer.unparsed:
        known["unparsed"] = dict(answer.unparsed)
    return {**answer.message, "claude_cli": known}


def _print(text: str, canvas: Canvas) -> None:
    if canvas.terminal.is_terminal:
        from claude_cli.ui.sanitize import escape_json

        text = escape_json(text)
    canvas.output.write(text + "\n")
