"""The list of sessions from which one is chosen: `chat --pick` and `/sessions`."""

import time
from contextlib import suppress
from datetime import datetime
from itertools import islice

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import ClaudeCliError, UsageError
from claude_cli.flow.chat.totals import ChatTotals
from claude_cli.models.prices import format_usd
from claude_cli.session.store import Store
from claude_cli.session.summary import Summary
from claude_cli.ui.columns import Column
from claude_cli.ui.notices import Notices

MOST = 2000
"""Sessions in the list, the newest."""
COLUMNS = (
    Column("", spare=1),  # name
    Column("", cut="end"),  # first words
    Column("", right=True, spare=2),  # age
    Column("", spare=4),  # model
    Column("", right=True, spare=3),  # cost
)
UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "min": 60}
WEEKS = 8 * UNITS["w"]
"""Seconds after which a date says more."""


def pick_session(flags: ConnectionFlags, notices: Notices) -> str | None:
    """Let the user choose a session, and return its id; None if they leave.

    Raises UsageError where there is none to choose from.
    """
    from claude_cli.ui.editor.pick import PickRow, pick

    store = Store()
    rows = []
    for summary in islice(store.summaries(), MOST):
        if summary.answered and summary.simulated == flags.is_free:
            cells = _cells(summary)
            rows.append(PickRow(summary.id, cells, " ".join((summary.id, *cells))))
    if not rows:
        raise UsageError("there is no session to choose")

    def cost(session: str) -> str:
        totals = ChatTotals(flags, notices, keep=False)
        with suppress(ClaudeCliError):
            totals.begin(store.open(session).answers())
            return format_usd(totals.cost_usd)
        return ""

    return pick(rows, COLUMNS, cost)


def _cells(summary: Summary) -> list[str]:
    age = time.time() - summary.modified
    return [summary.name or "", summary.title, age_of(age), summary.model or ""]


def age_of(seconds: float) -> str:
    """How old something is, in a few characters."""
    if seconds >= WEEKS:
        return f"{datetime.fromtimestamp(time.time() - seconds):%Y-%m-%d}"
    for unit, length in UNITS.items():
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return "now"
