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
from claude_cli.disk.inputfile import STRICT, Lossy, decode_text, replace_bad
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


def read_rows(
    stream: IO[bytes], name: str, kind: InputKind | None, lossy: Lossy | None = None
) -> Iterator[Row | BadRow]:
    """Yield the rows of `stream`; memory holds one of them. Blank lines are none.

    Without `kind` the suffix of `name` decides, else the first line: one that begins with a brace
    means JSONL. Raises InputError for a line of more than 64 MB, and for UTF-16.
    """
    lines = _without_blank_start(_lines(stream, lossy))
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


def problem_of(error: InputError) -> str:
    """What is wrong and what helps, as one sentence for a row."""
    return "; ".join(filter(None, (error.message, error.hint)))


def _lines(stream: IO[bytes], lossy: Lossy | None) -> Iterator[_Line]:
    """Yield the lines with their ends; one that is longer than LINE_LIMIT may never end."""
    number = replaced = 0
    try:
        while data := stream.readline(LINE_LIMIT + 1):
            number += 1
            if len(data) > LINE_LIMIT:
                raise InputError(f"line {number}: longer than {LINE_LIMIT >> 20} MB")
            if number == 1:
                data = _refuse_wide(data).removeprefix(_BOM)
            if lossy and lossy.wanted:
                text, count = replace_bad(data)
                data, replaced = text.encode(), replaced + count
            yield _Line(number, data)
    except OSError as error:
        raise InputUnreadable(f"cannot read the input: {error.strerror}") from error
    if lossy and replaced:
        lossy.tell_of("the input", replaced)


def _refuse_wide(data: bytes) -> bytes:
    """The first line as it is; InputError where it is UTF-16, whose line ends are two bytes."""
    if b"\0" in data:
        from claude_cli.disk.encodings import wide

        if wide(data):
            decode_text(data, "the input")
    return data


def _encoding_problem(data: bytes) -> str | None:
    """What is wrong with bytes that are not UTF-8, and what recodes them; None for UTF-8."""
    try:
        decode_text(data, "the row", lossy=STRICT)
    except InputError as error:
        return problem_of(error)
    return None


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
    if problem := _encoding_problem(data):
        return problem
    try:
        value = json.loads(data.decode(), parse_constant=_refuse_constant)
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
    if problem := _encoding_problem(line.data):
        return BadRow(line.number, problem)
    return Row(line.number, {"line": line.data.decode().rstrip("\r\n")})


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
    """The text of a line; what is not UTF-8 becomes lone surrogates, see `_cells_problem`."""
    return line.data.decode("utf-8", "surrogateescape")


def _header_problem(header: list[str]) -> str | None:
    if problem := _cells_problem(header):
        return problem
    if doubled := {name for name in header if header.count(name) > 1}:
        return f"the column {min(doubled)!r} is there twice"
    return None


def _table_row(line: int, header: list[str], cells: list[str]) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, f"{len(cells)} fields, and the header names {len(header)}")
    if problem := _cells_problem(cells):
        return BadRow(line, problem)
    fields = dict(zip(header, cells, strict=True))
    return Row(line, fields, custom_id=fields.get("custom_id"))


def _cells_problem(cells: list[str]) -> str | None:
    """What is wrong with cells in which bytes that are not UTF-8 became lone surrogates."""
    text = ",".join(cells)
    if text.isascii():
        return None
    return _encoding_problem(text.encode("utf-8", "surrogateescape"))
