"""Lists for people and for scripts: a table on a terminal, tab-separated text in a pipe, JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.terminal import Output, Terminal, describe_stdout, open_stdout

ListFormat = Literal["table", "json"]
Columns = Mapping[str, str]
"""Key of a row → heading. A heading that begins with `>` is set flush right."""

LONGEST_CELL = 200


def print_rows(
    rows: Iterable[Mapping[str, Any]], columns: Columns, format: ListFormat = "table"
) -> None:
    """Print rows of plain values; JSON has every key of a row, the others only the columns.

    None is shown as nothing. Raises CannotWrite.
    """
    output, terminal = open_stdout(), describe_stdout()
    if format == "json":
        output.write(json.dumps(list(rows), indent=2, ensure_ascii=terminal.is_terminal) + "\n")
    elif terminal.is_terminal:
        _draw(list(rows), columns, output, terminal)
    else:
        for row in rows:
            output.write("\t".join(_cells(row, columns)) + "\n")


def print_record(record: Mapping[str, Any], format: ListFormat = "table") -> None:
    """Print one thing: `key<TAB>value` lines, or JSON."""
    output = open_stdout()
    if format == "json":
        ascii_only = describe_stdout().is_terminal
        output.write(json.dumps(record, indent=2, ensure_ascii=ascii_only) + "\n")
        return
    for key, value in record.items():
        output.write(f"{sanitize_line(key)}\t{_cell(value)}\n")


def _cells(row: Mapping[str, Any], columns: Columns) -> Sequence[str]:
    return [_cell(row.get(key)) for key in columns]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return sanitize_line(str(value), LONGEST_CELL)


def _draw(
    rows: Sequence[Mapping[str, Any]], columns: Columns, output: Output, terminal: Terminal
) -> None:
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in columns.values():
        right = heading.startswith(">")
        table.add_column(Text(heading.removeprefix(">")), justify="right" if right else "left")
    for row in rows:
        table.add_row(*map(Text, _cells(row, columns)))
    screen = StringIO()
    Console(
        file=screen,
        width=terminal.width(),
        force_terminal=True,
        no_color=not terminal.color,
        legacy_windows=False,
    ).print(table)
    output.write(screen.getvalue())
