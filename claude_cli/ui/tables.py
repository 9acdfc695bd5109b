"""Lists for people and for scripts: a table on a terminal, tab-separated text in a pipe, JSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from claude_cli.ui.sanitize import escape_json, sanitize_line
from claude_cli.ui.terminal import Output, Terminal, describe_stdout, open_stdout

ListFormat = Literal["table", "json"]
Columns = Mapping[str, str]
"""Key of a row → heading. A heading that begins with `>` is set flush right."""

LONGEST_CELL = 200
NARROWEST = 6
"""Columns that a text gets at least; it is folded into them, never cut."""
_UNFOLDED = re.compile(r"(\d{4}-\d\d-\d\d([ T][\d:.]+(Z|[+-][\d:]+)?)?|█+)?")
"""Dates and bars: half of one misleads."""


def print_rows(
    rows: Iterable[Mapping[str, Any]], columns: Columns, format: ListFormat = "table"
) -> None:
    """Print rows of plain values; JSON has every key of a row, the others only the columns.

    None is shown as nothing. Raises CannotWrite.
    """
    output, terminal = open_stdout(), describe_stdout()
    if format == "json":
        _write_json(list(rows), output, terminal)
    elif terminal.is_terminal:
        _draw(list(rows), columns, output, terminal)
    else:
        for row in rows:
            output.write("\t".join(_cells(row, columns)) + "\n")


def print_record(record: Mapping[str, Any], format: ListFormat = "table") -> None:
    """Print one thing: `key<TAB>value` lines, or JSON."""
    output = open_stdout()
    if format == "json":
        _write_json(record, output, describe_stdout())
        return
    for key, value in record.items():
        output.write(f"{sanitize_line(key)}\t{_cell(value)}\n")


def _write_json(value: Any, output: Output, terminal: Terminal) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    output.write(f"{escape_json(text) if terminal.is_terminal else text}\n")


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
    """Draw a table in which no cell is cut: half a number, or half an id, is a wrong one.

    In a narrow window the columns move together; where they are still too wide, it is the terminal
    that wraps the lines.
    """
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    cells = [_cells(row, columns) for row in rows]
    drawn, least = [], 0
    for position, heading in enumerate(columns.values()):
        right, title = heading.startswith(">"), heading.removeprefix(">")
        texts = [row[position] for row in cells]
        # numbers, what is copied into the next command, and dates
        whole = right or position == 0 or _stays_whole(texts)
        justify: Any = "right" if right else "left"
        drawn.append(Column(Text(title), justify=justify, overflow="fold", no_wrap=whole))
        widest = _widest([*title.split("\n"), *texts])
        least += 1 + (widest if whole else min(widest, NARROWEST))
    roomy = least + len(drawn) <= terminal.width()
    padding = (0, 1 if roomy else 0, 0, 0)
    table = Table(*drawn, box=SIMPLE_HEAD, pad_edge=False, padding=padding, show_edge=roomy)
    for row in cells:
        table.add_row(*map(Text, row))
    screen = StringIO()
    Console(
        file=screen,
        width=max(terminal.width(), least - 1),
        force_terminal=True,
        no_color=not terminal.color,
        legacy_windows=False,
    ).print(table)
    output.write(screen.getvalue())


def _stays_whole(texts: Sequence[str]) -> bool:
    return any(texts) and all(map(_UNFOLDED.fullmatch, texts))


def _widest(texts: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts))
