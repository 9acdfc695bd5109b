"""Lists for people and for scripts: a table on a terminal, tab-separated text in a pipe, JSON."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from claude_cli.ui.columns import Column, Columns, Filled, as_column, fit
from claude_cli.ui.sanitize import escape_json, sanitize_line
from claude_cli.ui.streams import ErrorOutput, Output, open_stderr, open_stdout
from claude_cli.ui.terminal import Terminal, describe_stderr, describe_stdout

__all__ = ["Column", "Columns", "ListFormat", "print_record", "print_rows"]

ListFormat = Literal["table", "json"]

AT_ONCE = 100
"""Rows of one write."""

LONGEST_CELL = 200
"""Characters of a cell in a table, so that one alone cannot push all others out of sight."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(Z|[+-]\d\d:\d\d)")


def print_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Columns,
    format: ListFormat = "table",
    *,
    nothing: str = "there is nothing to list",
    aside: bool = False,
) -> None:
    """Print rows of plain values; JSON has every key of a row, the others only the columns.

    What is no table is written as the rows come: where they end in an error, so does the list.

    None is shown as nothing. A terminal is told of no rows, on stderr, with `nothing`. A pipe gets
    all of every cell, a row a line; what a table makes of a narrow window is told in `columns`.
    `aside`: on stderr. Raises CannotWrite.
    """
    output: Output | ErrorOutput = open_stderr() if aside else open_stdout()
    terminal = describe_stderr() if aside else describe_stdout()
    if format == "json":
        _write(map(escape_json, _array(rows)) if terminal.is_terminal else _array(rows), output)
    elif terminal.is_terminal:
        if listed := list(rows):
            _draw(listed, columns, output, terminal)
        else:
            open_stderr().write(f"{nothing}\n")
    else:
        _write(("\t".join(_cell(row.get(key)) for key in columns) + "\n" for row in rows), output)


def print_record(record: Mapping[str, Any], format: ListFormat = "table") -> None:
    """Print one thing: `key<TAB>value` lines, or JSON."""
    output = open_stdout()
    if format == "json":
        text = json.dumps(record, indent=2, ensure_ascii=False)
        output.write(f"{escape_json(text) if describe_stdout().is_terminal else text}\n")
        return
    for key, value in record.items():
        output.write(f"{sanitize_line(key)}\t{_cell(value)}\n")


def _write(rows: Iterable[str], output: Output | ErrorOutput) -> None:
    """Many rows with one write: each wakes up the reader of a pipe. What came before an error of
    `rows` is written."""
    some: list[str] = []
    try:
        for row in rows:
            some.append(row)
            if len(some) == AT_ONCE:
                text, some = "".join(some), []
                output.write(text)
    finally:
        output.write("".join(some))


def _array(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A JSON array in pieces, one for each row and one for the end."""
    before = "[\n"
    for row in rows:
        alone = json.dumps([row], indent=2, ensure_ascii=False)
        yield before + alone.removeprefix("[\n").removesuffix("\n]")
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def _cell(value: Any, limit: int = sys.maxsize) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return sanitize_line(str(value), limit)


def _draw(
    rows: Sequence[Mapping[str, Any]],
    columns: Columns,
    output: Output | ErrorOutput,
    terminal: Terminal,
) -> None:
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    filled = [
        Filled(as_column(column), [_cell(_local(row.get(key)), LONGEST_CELL) for row in rows])
        for key, column in columns.items()
    ]
    shown, gap = fit(filled, terminal.width())
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0))
    for one in shown:
        justify: Any = "right" if one.column.right else "left"
        heading = Text(one.column.heading, justify=justify)
        table.add_column(heading, justify=justify, width=one.width, no_wrap=True)
    for cells in zip(*(one.shown() for one in shown), strict=True):
        table.add_row(*map(Text, cells))
    screen = StringIO()
    Console(
        file=screen,
        width=sum(one.width + gap for one in shown),
        force_terminal=not terminal.dumb,
        no_color=not terminal.color,
        legacy_windows=False,
    ).print(table)
    output.write(screen.getvalue())


def _local(value: Any) -> Any:
    """A time as the API writes it, to the minute and in local time; anything else as it is."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return value
    try:
        return f"{datetime.fromisoformat(value).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return value
