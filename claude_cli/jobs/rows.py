"""INPUT → rows, one at a time: JSON, CSV, TSV and plain lines, whatever their number.

What a row means for a request is not known here; a row that makes no sense is a value, no error.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import PurePath
from typing import IO, Any, Literal, NamedTuple

from claude_cli.disk.inputfile import STRICT, Lossy, is_passed_pipe, open_regular
from claude_cli.errors import InputUnreadable
from claude_cli.jobs.json_rows import Problem, array_items, decode_object
from claude_cli.jobs.lines import Line, encoding_problem, read_pieces, split_lines
from claude_cli.jobs.table import (
    Damage,
    Header,
    TableKind,
    cells_problem,
    header_problem,
    read_header,
    read_records,
)

InputKind = Literal["jsonl", "csv", "tsv", "lines"]

SUFFIXES: dict[str, InputKind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "lines",
}
_OBJECTS = re.compile(rb"\s*(\{|\[\s*\{)")


class Row(NamedTuple):
    """One row. `line` is where it begins, counted from 1; `unit` says in what it is counted.

    Either `params`, a Messages body as the row has it, or `fields` to fill a prompt with: JSON
    values, texts in a table.
    """

    line: int
    fields: dict[str, Any]
    params: dict[str, Any] | None = None
    custom_id: Any = None
    unit: str = "line"


class BadRow(NamedTuple):
    """A row that cannot be used, and why."""

    line: int
    problem: str
    unit: str = "line"


class BlankRow(NamedTuple):
    """A row whose fields are all blank: spreadsheets write such below a table."""

    line: int


AnyRow = Row | BadRow | BlankRow


def open_input(path: str) -> IO[bytes]:
    """Open a file, or what a `<(command)` prints. Raises InputUnreadable, at once."""
    if os.path.isdir(path):
        raise InputUnreadable(f"{path} is a folder", hint="--each 'FOLDER/*' takes its files")
    try:
        return open(path, "rb") if is_passed_pipe(path) else open_regular(path)
    except OSError as error:  # the pipe of another user
        raise InputUnreadable(f"cannot read {path}: {error.strerror}") from error


def read_rows(
    stream: IO[bytes], name: str, kind: InputKind | None, lossy: Lossy = STRICT
) -> Iterator[AnyRow]:
    """Yield the rows of `stream`; memory holds one of them. Blank lines are none.

    Without `kind` the suffix of `name` decides, else the start: a brace, or a bracket and a brace,
    mean JSON. Where JSON Lines are expected, a bracket at the start means one array of objects.
    Raises InputError for a line of more than 64 MB, and for UTF-16.
    """
    start, pieces = _begun(read_pieces(stream))
    kind = kind or SUFFIXES.get(PurePath(name).suffix.lower())
    kind = kind or ("jsonl" if _OBJECTS.match(start) else "lines")
    yield from READERS[kind](pieces, lossy)


def as_text(value: Any) -> str:
    """A string as it is, null as nothing, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _begun(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first piece that is not blank, and all pieces."""
    blank: list[bytes] = []
    for piece in pieces:
        if piece.strip():
            return piece, chain(blank, [piece], pieces)
        blank.append(piece)
    return b"", iter(blank)


_Found = tuple[int, dict[str, Any] | Problem, str]


def _numbered(items: Iterable[dict[str, Any] | Problem]) -> Iterator[_Found]:
    return ((number, item, "item") for number, item in enumerate(items, 1))


def _json_rows(pieces: Iterator[bytes], lossy: Lossy) -> Iterator[AnyRow]:
    start, pieces = _begun(pieces)
    if start.lstrip().startswith(b"["):
        return map(_json_row, _numbered(array_items(pieces, lossy)))
    return map(_json_line, _filled_lines(pieces, lossy))


def _plain_rows(pieces: Iterator[bytes], lossy: Lossy) -> Iterator[AnyRow]:
    return map(_plain_row, _filled_lines(pieces, lossy))


def _filled_lines(pieces: Iterator[bytes], lossy: Lossy) -> Iterator[Line]:
    return (line for line in split_lines(pieces, lossy) if line.data.strip())


def _json_line(line: Line) -> AnyRow:
    if problem := encoding_problem(line.data):
        return BadRow(line.number, problem)
    return _json_row((line.number, decode_object(line.data), "line"))


def _json_row(found: _Found) -> AnyRow:
    number, value, unit = found
    if isinstance(value, Problem):
        return BadRow(number, value.text, unit)
    if "params" in value and value.keys() <= {"custom_id", "params"}:
        if not isinstance(value["params"], dict):
            return BadRow(number, "params is no object", unit)
        return Row(number, {}, value["params"], value.get("custom_id"), unit)
    if not any(as_text(field).strip() for field in value.values()):
        return BlankRow(number)
    return Row(number, value, custom_id=value.get("custom_id"), unit=unit)


def _plain_row(line: Line) -> AnyRow:
    if problem := encoding_problem(line.data):
        return BadRow(line.number, problem)
    return Row(line.number, {"line": line.data.decode().rstrip("\r\n")})


def _table_rows(pieces: Iterator[bytes], lossy: Lossy, *, kind: TableKind) -> Iterator[AnyRow]:
    """Rows of a table whose first row that is not blank names the fields."""
    header: Header | None = None
    for record in read_records(split_lines(pieces, lossy), kind):
        if isinstance(record, Damage):
            yield BadRow(record.line, record.problem)
        elif header is None:
            if not any(cell.strip() for cell in record.cells):
                continue
            header = read_header(record.cells)
            if problem := header_problem(header, kind):
                yield BadRow(record.line, problem)
                return
        else:
            yield _table_row(record.line, header, record.cells)


def _table_row(line: int, header: Header, cells: list[str]) -> AnyRow:
    if not any(cell.strip() for cell in cells):
        return BlankRow(line)
    count = len(header.names)
    if len(cells) < count or any(cell.strip() for cell in cells[header.width :]):
        fields = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
        return BadRow(line, f"{fields}, and the header names {count}")
    if problem := cells_problem(cells):
        return BadRow(line, problem)
    row = dict(zip(header.names, cells, strict=False))
    return Row(line, row, custom_id=row.get("custom_id"))


READERS: dict[InputKind, Callable[[Iterator[bytes], Lossy], Iterator[AnyRow]]] = {
    "jsonl": _json_rows,
    "csv": partial(_table_rows, kind="csv"),
    "tsv": partial(_table_rows, kind="tsv"),
    "lines": _plain_rows,
}
