"""`sessions list`: the newest sessions, or those that were asked for."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from claude_cli.errors import UsageError
from claude_cli.session.store import Store
from claude_cli.session.summary import Summary
from claude_cli.ui.notices import Notices
from claude_cli.ui.tables import Column, Columns, ListFormat, print_rows
from claude_cli.ui.terminal import describe_stdout

MOST_SHOWN = 20
"""How many sessions a terminal gets that did not ask for a number."""

COLUMNS: Columns = {
    "id": "SESSION",
    "name": Column("NAME", spare=1),
    "title": Column("FIRST PROMPT", cut="end"),
    "turns": Column("TURNS", right=True, spare=3),
    "model": Column("MODEL", spare=4),
    "tokens": Column("TOKENS", right=True, spare=5),
    "modified": Column("LAST USED", spare=2),
}
UNITS = {"d": 86400, "w": 7 * 86400, "h": 3600}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sessions are listed. `everything`: those without an answer, too."""

    last: int | None = None
    everything: bool = False
    named: bool = False
    since: str | None = None


def list_sessions(chosen: Chosen, format: ListFormat, notices: Notices) -> None:
    """Print the sessions, the one that was used last first."""
    terminal = describe_stdout().is_terminal
    open_end = chosen.everything or chosen.since is not None
    limit = chosen.last or (MOST_SHOWN if terminal and not open_end else None)
    found = _chosen(chosen)
    rows = (_row(summary, format) for summary in islice(found, limit))
    first = next(rows, None)
    if first is None and terminal and next(Store().summaries(), None) is None:
        print_rows((), COLUMNS, format, nothing="there are no sessions yet")
        return
    print_rows(chain([] if first is None else [first], rows), COLUMNS, format)
    if limit and not chosen.last and next(found, None):
        notices.notice(f"the last {limit}; --last N or --all shows more")


def _chosen(chosen: Chosen) -> Iterator[Summary]:
    since = moment(chosen.since) if chosen.since is not None else 0
    for summary in Store().summaries():
        if summary.modified < since:
            return
        if (summary.answered or chosen.everything) and (summary.name or not chosen.named):
            yield summary


def moment(text: str) -> float:
    """`2026-11-30` (a local day) or an age such as `7d`, in seconds since the epoch.

    Raises UsageError for anything else.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"not a date: {text}") from error
    return time.time() - seconds(text)


def seconds(age: str) -> float:
    """`30d`, `2w` or `12h` in seconds. Raises UsageError for anything else."""
    number, unit = age[:-1], age[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit()) or len(number) > 6:
        raise UsageError(f"not an age: {age!r}", hint="write it as 30d, 2w or 12h")
    return float(int(number) * UNITS[unit])


def _row(summary: Summary, format: ListFormat) -> dict[str, Any]:
    row = {
        "id": summary.id,
        "name": summary.name,
        "title": summary.title,
        "turns": summary.turns,
        "model": summary.model,
        "tokens": summary.tokens,
        "modified": summary.last_used,
        "damaged": summary.damaged,
        "answered": summary.answered,
        "simulated": summary.simulated,
    }
    if format == "table" and summary.simulated:  # where a narrow window shows it, too
        row["title"] = f"(simulated) {summary.title}"
    return row
