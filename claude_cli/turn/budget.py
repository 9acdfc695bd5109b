"""`--budget`: USD for this run, a session, a day or a month, held against the ledger."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from claude_cli import ledger
from claude_cli.errors import UsageError
from claude_cli.models.prices import format_usd
from claude_cli.types import RequestBody

Scope = Literal["run", "session", "day", "month"]

_WRITTEN = re.compile(r"\$?(\d{1,9}(?:\.\d{1,9})?)(?:/(session|day|month))?")
_IN_WORDS = {"run": " for this run", "session": " a session", "day": " a day", "month": " a month"}

MOST_PIXELS = 5000
"""Tokens of the largest image: 4,784, by Anthropic's page "Vision"."""
OVERHEAD = 2000
"""Tokens that the API adds to the prompt by itself, for tools and formats."""
UNBOUNDED = ("document", "container_upload")
"""Blocks whose tokens their bytes do not bound: pages are read as pictures, too."""


@dataclass(frozen=True, slots=True)
class Budget:
    """USD that may be spent in its scope, which for days and months is local time. `is_typed`: on
    this command line, not in the config file."""

    usd: Decimal
    scope: Scope
    is_typed: bool

    def __str__(self) -> str:
        return format_usd(self.usd) + _IN_WORDS[self.scope]

    @property
    def since(self) -> datetime:
        """When its time began; of a session, when there was no ledger yet."""
        today = date.today()
        begun = {"day": today, "month": today.replace(day=1)}.get(self.scope, date(1971, 1, 1))
        return datetime.combine(begun, time.min).astimezone()


def read_budget(text: str | None, *, is_typed: bool) -> Budget | None:
    """`5`, `0.50/session`, `5/day`, `100/month`. Raises UsageError for anything else."""
    if text is None:
        return None
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        what = f"--budget takes USD, and may say for how long: {text!r}"
        raise UsageError(what, hint="5, 5/session, 5/day or 100/month", flag="budget")
    scope: Any = found[2] or "run"
    return Budget(Decimal(found[1]), scope, is_typed)


def spent_of(text: str | None, *, is_typed: bool, keeps: bool, is_free: bool) -> "Spent | None":
    """What counts against a budget. `keeps`: the ledger is kept; `is_free`: nothing costs anything.

    Raises UsageError where there is a budget and no ledger.
    """
    budget = read_budget(text, is_typed=is_typed)
    if budget is None:
        return None
    if not (keeps or is_free):
        what = f"the budget of {budget} needs the ledger, and it is off"
        raise UsageError(what, hint="leave --no-ledger or --budget out")
    return Spent(budget, in_ledger=not is_free)


class Spent:
    """What was spent of a budget, by the ledger; of one for this run, or without `in_ledger`, what
    this run has paid."""

    def __init__(self, budget: Budget, *, in_ledger: bool) -> None:
        self.budget = budget
        self.unpriced = self.damaged = 0
        self._in_ledger = in_ledger and budget.scope != "run"
        self._ledger: ledger.Spent | None = None
        self._of: tuple[datetime, str | None] | None = None

    def usd(self, session: str | None, *, paid: Decimal, unwritten: Decimal) -> Decimal:
        """USD; `unwritten` are those of this run that the ledger does not have. It is read each
        time: others write into it, and days end.

        Raises what `ledger.Spent.look` raises.
        """
        of_session = self.budget.scope == "session"
        if not self._in_ledger or (of_session and session is None):
            return paid
        of = (self.budget.since, session if of_session else None)
        if self._ledger is None or of != self._of:
            self._ledger, self._of = ledger.Spent(*of), of
        found = self._ledger.look()
        self.unpriced, self.damaged = self._ledger.unpriced, self._ledger.damaged
        return found + unwritten


def most_tokens(body: RequestBody) -> int | None:
    """At least as many tokens as the input of `body` has; None where only the server can tell.

    A token is a byte or more.
    """
    import json

    if body.get("mcp_servers") or body.get("container"):
        return None
    images = _images(body.get("messages"))
    if images is None:
        return None
    weight = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    return weight + images * MOST_PIXELS + OVERHEAD


def _images(value: Any) -> int | None:
    """How many images there are, None where a block may have any number of tokens."""
    if isinstance(value, list):
        counts = [_images(item) for item in value]
        return None if None in counts else sum(filter(None, counts))
    if not isinstance(value, dict):
        return 0
    kind, source = value.get("type"), value.get("source")
    is_text = isinstance(source, dict) and source.get("type") == "text"
    if kind in UNBOUNDED and not is_text:
        return None
    if isinstance(source, dict) and source.get("type") not in ("base64", "text"):
        return 1 if kind == "image" else None
    return 1 if kind == "image" else _images(value.get("content"))
