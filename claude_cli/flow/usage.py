"""The ledger's sums, printed: what `usage` shows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from claude_cli import ledger
from claude_cli.errors import InputError, UsageError
from claude_cli.models.prices import format_usd
from claude_cli.ui.tables import Column, ListFormat, print_rows
from claude_cli.ui.terminal import describe_stdout

DAYS = {"d": 1, "w": 7, "m": 30}
BAR_WIDTH = 8
OTHER_COLUMNS = 70
"""What a table with a bar takes beside its first column: counts of seven digits."""

HEADINGS: dict[str, str | Column] = {
    "requests": Column("REQUESTS", right=True, spare=5),
    "input_tokens": Column("INPUT", right=True, spare=1),
    "output_tokens": Column("OUTPUT", right=True, spare=2),
    "cache_write_tokens": Column("CACHE\nWRITE", right=True, spare=3),
    "cache_read_tokens": Column("CACHE\nREAD", right=True, spare=4),
    "cost_usd": ">COST",
}


def print_usage(
    by: ledger.Period, since: str | None, until: str | None, format: ListFormat
) -> None:
    """Print one row for each day, month, model, session or platform, with a bar
    for its share.

    Raises InputError, once they are printed, where lines of the ledger are damaged.
    """
    sums, damaged, first = ledger.sums(by, _day(since), _day(until))
    if format == "json":
        print_rows([_record(row, by) for row in sums], {}, "json")
    else:
        _print_table(sums, by)
    if damaged:
        lines = f"line {first}" + (f" and {damaged - 1} more" if damaged > 1 else "")
        raise InputError(
            f"{ledger.ledger_file()}: {lines} damaged: what they cost is in no sum",
            hint="the sums above are right for all other lines; delete these to go on without them",
        )


def _print_table(sums: list[ledger.Sum], by: ledger.Period) -> None:
    most = max((row.cost_usd or Decimal(0) for row in sums), default=Decimal(0))
    rows = [
        _record(row, by) | {"cost_usd": format_usd(row.cost_usd), "bar": _bar(row.cost_usd, most)}
        for row in sums
    ]
    columns: dict[str, str | Column] = {by: by.upper(), **HEADINGS}
    terminal = describe_stdout()
    longest = max((len(row.key) for row in sums), default=0)
    if terminal.is_terminal and terminal.width() >= longest + OTHER_COLUMNS:
        columns["bar"] = ""
    print_rows(rows, columns, nothing="nothing was spent")


def _record(row: ledger.Sum, by: ledger.Period) -> dict[str, Any]:
    cost = None if row.cost_usd is None else float(row.cost_usd)
    return {by: row.key, "requests": row.requests, **row.tokens, "cost_usd": cost}


def _bar(cost: Decimal | None, most: Decimal) -> str:
    return "█" * round(BAR_WIDTH * (cost or 0) / most) if most else ""


def _day(text: str | None) -> str | None:
    """The day, YYYY-MM-DD in UTC, of `2026-11-30` or of an age: `7d`, `2w`, `3m`.

    Raises UsageError for anything else.
    """
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    try:
        if unit in DAYS and number.isascii() and number.isdigit():
            return str(datetime.now(UTC).date() - timedelta(days=int(number) * DAYS[unit]))
        return date.fromisoformat(text).isoformat()
    except (ValueError, OverflowError) as error:
        hint = "write it as 2026-11-30, or 7d, 2w, 3m"
        raise UsageError(f"not a date: {text}", hint=hint) from error
