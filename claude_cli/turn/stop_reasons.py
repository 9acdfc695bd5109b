"""Why an answer ended, in exit codes and in words. Pure.

Stop reasons are an open set: one that is not listed is a complete answer.
"""

from typing import NamedTuple

from claude_cli.errors import ExitCode
from claude_cli.types import Limit, Message


class Cut(NamedTuple):
    """A stop that is not the end of the answer: what it means and the way on."""

    code: ExitCode
    meaning: str


CUTS = {
    "max_tokens": Cut(ExitCode.CUT, "the answer is cut at max_tokens; --max-tokens N allows more"),
    "model_context_window_exceeded": Cut(
        ExitCode.CUT, "the answer is cut: the model's context window is full"
    ),
    # Met only once the answer was resumed as often as it may be.
    "pause_turn": Cut(ExitCode.CUT, "the answer is cut: the server paused it again and again"),
    "refusal": Cut(ExitCode.REFUSAL, "the model refused"),
}


LIMITS: dict[Limit, Cut] = {
    "turns": Cut(ExitCode.CUT, "the turn limit is reached; --max-turns N allows more"),
    "cost": Cut(ExitCode.COST, "another request could cost more than --max-cost allows"),
    "budget": Cut(ExitCode.COST, "another request could cost more than --budget has left"),
    "user": Cut(ExitCode.CUT, "you ended the turn before there was an answer"),
}
"""What ended a turn that would have gone on."""


def exit_code(message: Message, limit: Limit | None = None) -> ExitCode:
    """Return 0 for a complete answer, 3 for a cut one, 4 for a refusal."""
    cut = _cut(message, limit)
    return cut.code if cut else ExitCode.OK


def explain(message: Message, limit: Limit | None = None) -> str:
    """Say why the answer is not complete, with the API's own words where it gave some."""
    cut = _cut(message, limit)
    details = message.get("stop_details") or {}
    words = [details.get(key) for key in ("category", "explanation")]
    reasons = [word for word in words if isinstance(word, str)]
    return ": ".join([cut.meaning if cut else "the answer is complete", *reasons])


def _cut(message: Message, limit: Limit | None) -> Cut | None:
    return LIMITS[limit] if limit else CUTS.get(message.get("stop_reason") or "")
