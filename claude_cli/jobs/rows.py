"""INPUT → rows, one at a time: JSONL, CSV, TSV and plain lines, whatever their number.

What a row means for a request is not known here; a row that makes no sense is told, not raised.
"""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import IO, Any, Literal, NamedTuple, NoReturn

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.errors import InputError, InputUnreadable

InputKind = Literal["jsonl", "csv", "tsv", "lines"]

SUFFIXES: dict[str, InputKind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "lines",
}
_BOM = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """One row. `line` is where it begins, counted from 1.

    Either `params`, a Messages body as the row has it, or `fields` to fill a prompt with.
    """

    line: int
    fields: dict[str, str]
    params: dict[str, Any] | None = None
    custom_id: Any = None


class BadRow(NamedTuple):
    """A row that cannot be used, and why."""

    line: int
    problem: str


class _Line(NamedTuple):
    number: int
    data: bytes


def open_input(path: str) -> IO[bytes]:
    """Open a file, or a pipe that the user names. Raises InputUnreadable."""
    try:
        if os.path.isdir(path):
            raise InputUnreadable(f"{path} is a folder", hint="--each 'FOLDER/*' takes its files")
        return open(path, "rb")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputUnreadable(f"cannot read {path}: {why}") from error


def read_rows(stream: IO[bytes], name: str, kind: InputKind | None) -> Iterator[Row | BadRow]:
    """Yield the rows of `stream`; memory holds one of them. Blank lines are none.

    Without `kind` the suffix of `name` decides, else the first line: one that begins with a brace
    means JSONL. Raises InputError for a line of more than 64 MB.
    """
    lines = _without_blank_start(_lines(stream))
    kind = kind or SUFFIXES.get(PurePath(name).suffix.lower())
    if kind is None:
        first = next(lines, None)
        if first is None:
            return
        kind = "jsonl" if first.data.lstrip().startswith(b"{") else "lines"
        lines = _again(first, lines)
    if kind == "jsonl":
        yield from map(_json_row, _not_blank(lines))
    elif kind == "lines":
        yield from map(_plain_row, _not_blank(lines))
    else:
        yield from _table_rows(lines, "," if kind == "csv" else "\t")


def _lines(stream: IO[bytes]) -> Iterator[_Line]:
    """Yield the lines with their ends; one that is longer than LINE_LIMIT may never end."""
    number = 0
    try:
        while data := stream.readline(LINE_LIMIT + 1):
            number += 1
            if len(data) > LINE_LIMIT:
                raise InputError(f"line {number}: longer than {LINE_LIMIT >> 20} MB")
            yield _Line(number, data.removeprefix(_BOM) if number == 1 else data)
    except OSError as error:
        raise InputUnreadable(f"cannot read the input: {error.strerror}") from error


def _without_blank_start(lines: Iterator[_Line]) -> Iterator[_Line]:
    for line in lines:
        if line.data.strip():
            yield line
            break
    yield from lines


def _not_blank(lines: Iterable[_Line]) -> Iterator[_Line]:
    return (line for line in lines if line.data.strip())


def _again(first: _Line, rest: Iterator[_Line]) -> Iterator[_Line]:
    yield first
    yield from rest


def _decode_object(data: bytes) -> Any:
    """The JSON value of a line, or a sentence (str) about what is wrong with it."""
    try:
        value = json.loads(data.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        return "not UTF-8"
    except RecursionError:
        return "not JSON: nested too deeply"
    except ValueError as error:
        return f"not JSON: {error}"
    return value if isinstance(value, dict) else "not a JSON object"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _json_row(line: _Line) -> Row | BadRow:
    value = _decode_object(line.data)
    if isinstance(value, str):
        return BadRow(line.number, value)
    if "params" in value and value.keys() <= {"custom_id", "params"}:
        if not isinstance(value["params"], dict):
            return BadRow(line.number, "params is no object")
        return Row(line.number, {}, value["params"], value.get("custom_id"))
    fields = {name: _as_text(field) for name, field in value.items()}
    return Row(line.number, fields, custom_id=value.get("custom_id"))


def _as_text(value: Any) -> str:
    """A string as it is, null as nothing, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain_row(line: _Line) -> Row | BadRow:
    try:
        return Row(line.number, {"line": line.data.decode().rstrip("\r\n")})
    except UnicodeDecodeError:
        return BadRow(line.number, "not UTF-8")


def _table_rows(lines: Iterator[_Line], delimiter: str) -> Iterator[Row | BadRow]:
    """Rows of a table whose first row names the fields, as RFC 4180 quotes them."""
    first = next(lines, None)
    if first is None:
        return
    csv.field_size_limit(LINE_LIMIT)
    reader = csv.reader(map(_decoded, _again(first, lines)), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        begins = first.number + reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield BadRow(begins, f"not {'CSV' if delimiter == ',' else 'TSV'}: {error}")
            return
        if cells is None:
            return
        if header is None:
            header = cells
            if problem := _header_problem(header):
                yield BadRow(begins, problem)
                return
        elif cells:
            yield _table_row(begins, header, cells)


def _decoded(line: _Line) -> str:
    """The text of a line; what is not UTF-8 becomes lone surrogates, for `_is_text` to find."""
    return line.data.decode("utf-8", "surrogateescape")


def _header_problem(header: list[str]) -> str | None:
    if not all(_is_text(name) for name in header):
        return "not UTF-8"
    if doubled := {name for name in header if header.count(name) > 1}:
        return f"the column {min(doubled)!r} is there twice"
    return None


def _table_row(line: int, header: list[str], cells: list[str]) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, f"{len(cells)} fields, and the header names {len(header)}")
    if not all(map(_is_text, cells)):
        return BadRow(line, "not UTF-8")
    fields = dict(zip(header, cells, strict=True))
    return Row(line, fields, custom_id=fields.get("custom_id"))


def _is_text(cell: str) -> bool:
    """Whether all bytes were UTF-8: others became lone surrogates."""
    return cell.isascii() or not any("\ud800" <= character <= "\udfff" for character in cell)
