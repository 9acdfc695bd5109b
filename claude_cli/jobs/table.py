"""The lines of a CSV or TSV file → its records, and what is wrong with them.

CSV is read as RFC 4180 writes it. TSV has no quotes of its own: a field that begins with one is
quoted only if it also ends with one, as spreadsheets write it; else the quote is a character.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.jobs.lines import Line, encoding_problem

TableKind = Literal["csv", "tsv"]

DELIMITERS = {"csv": ",", "tsv": "\t"}
_OTHERS = {";": "a semicolon", "\t": "a tab", "|": "a vertical bar", ",": "a comma"}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


class Record(NamedTuple):
    """The cells of a record, and the line where it begins."""

    line: int
    cells: list[str]


class Damage(NamedTuple):
    """What is wrong with the table at a line; nothing after it can be read."""

    line: int
    problem: str


class Header(NamedTuple):
    """The names of the columns; `width` counts those without a name at the right end too."""

    names: list[str]
    width: int


def read_records(lines: Iterable[Line], kind: TableKind) -> Iterator[Record | Damage]:
    """Yield each record that is not an empty line; a Damage is the last."""
    return _csv_records(lines) if kind == "csv" else _tsv_records(lines)


def read_header(cells: list[str]) -> Header:
    """The header of a table. Columns without a name at its right end are no columns."""
    names = list(cells)
    while names and not names[-1].strip():
        names.pop()
    return Header(names, len(cells))


def header_problem(header: Header, kind: TableKind) -> str | None:
    """What is wrong with a header; None if nothing is."""
    names = header.names
    if problem := cells_problem(names):
        return problem
    if doubled := {name for name in names if names.count(name) > 1}:
        name = min(doubled)
        return f"the column {name!r} is there twice" if name.strip() else "columns without a name"
    if header.width == 1:
        return _other_delimiter(names[0], kind)
    return None


def cells_problem(cells: list[str]) -> str | None:
    """What is wrong with cells in which bytes that are not UTF-8 became lone surrogates."""
    text = ",".join(cells)
    return None if text.isascii() else encoding_problem(text.encode("utf-8", "surrogateescape"))


def _other_delimiter(name: str, kind: TableKind) -> str | None:
    for delimiter, words in _OTHERS.items():
        parts = name.split(delimiter)
        if delimiter != DELIMITERS[kind] and len(parts) > 1 and all(map(str.strip, parts)):
            hint = "; --input tsv reads it" if delimiter == "\t" else ""
            return (
                f"one column only, {name[:80]!r}: this file has {words} between its fields, where "
                f"{kind.upper()} has {_OTHERS[DELIMITERS[kind]]}{hint}"
            )
    return None


def _csv_records(lines: Iterable[Line]) -> Iterator[Record | Damage]:
    csv.field_size_limit(LINE_LIMIT)
    number = 0

    def texts() -> Iterator[str]:
        nonlocal number
        for line in lines:
            number = line.number
            yield _decoded(line)

    reader = csv.reader(texts(), strict=True)
    while True:
        known = reader.line_num
        try:
            cells, problem = next(reader, None), ""
        except csv.Error as error:
            cells, problem = None, _in_words(str(error))
        begins = number - (reader.line_num - known) + 1
        if problem:
            yield Damage(begins, f"not CSV: {problem}")
        if cells is None:
            return
        if cells:
            yield Record(begins, cells)


def _in_words(message: str) -> str:
    """What Python's csv says, for somebody who does not know Python."""
    if "unexpected end" in message:
        return "a field that begins with a quote does not end with one"
    if "expected after" in message:
        return "something stands between the closing quote of a field and the next comma"
    if "new-line" in message:
        return "a carriage return stands in a field without quotes"
    return f"a field is longer than {LINE_LIMIT >> 20} MB" if "limit" in message else "unreadable"


def _tsv_records(lines: Iterable[Line]) -> Iterator[Record | Damage]:
    for line in lines:
        if text := _decoded(line).rstrip("\r\n"):
            yield Record(line.number, [_unquoted(cell) for cell in text.split("\t")])


def _unquoted(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    quoted = _QUOTED.fullmatch(cell)
    return quoted[1].replace('""', '"') if quoted else cell


def _decoded(line: Line) -> str:
    """The text of a line; what is not UTF-8 becomes lone surrogates, see `cells_problem`."""
    return line.data.decode("utf-8", "surrogateescape")
