"""Requests and results → the output, in input order: `--format jsonl`, `csv` or `text`."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, count
from typing import Any, Literal, NamedTuple

from claude_cli.jobs.attempts import Attempt, attempts_of
from claude_cli.jobs.results import Result, read_result
from claude_cli.jobs.rows import as_text
from claude_cli.jobs.store import Job
from claude_cli.values.strict_json import parse_json

Best = Callable[[Sequence[Attempt]], Attempt]

BatchFormat = Literal["jsonl", "csv", "text"]

PIECE = 64 * 1024
"""Characters that are written at once."""

_LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Whatever a reader may take for the end of a line. Python's csv quotes a field with a character
of its line terminator, the carriage return too only if it is one (until Python 3.13)."""

NO_FIELDS = b"{}"

OWN_COLUMNS = ("stop_reason", "model", "error", "input_tokens", "output_tokens")


class Joined(NamedTuple):
    """A row, by its number from 1, with what came of it; `line` is None where nothing did.

    `own` are the fields of the row, a JSON object; empty for the API's own shape. `unfit` says why
    an answer that succeeded is not what was asked for.
    """

    row: int
    custom_id: str
    own: bytes
    line: bytes | None
    outcome: str | None
    unfit: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.own)
        return fields

    @property
    def result(self) -> Result | None:
        return None if self.line is None else read_result(self.line)


def join(job: Job, best: Best) -> Iterator[Joined]:
    """Yield every row of the job, in input order, with the `best` of what came of it each time
    that it was asked; memory holds one of them."""
    with ExitStack() as stack:
        fields = stack.enter_context(job.open_fields())
        for row, attempts in attempts_of(job, job.retries):
            attempt = attempts[0] if len(attempts) == 1 else best(attempts)
            yield Joined(
                row.row,
                row.custom_id,
                fields.readline().rstrip(),
                attempt.line,
                attempt.outcome,
            )


class Table(NamedTuple):
    """What a CSV table has: the columns of the input, and of the answers, which are objects with
    these `properties`, or text where there are none."""

    columns: Sequence[str] = ("custom_id",)
    properties: Sequence[str] = ()

    @property
    def header(self) -> list[str]:
        """All columns. What is added to the input's gets a number behind its name where that is
        taken."""
        names = list(self.columns)
        for name in [*(self.properties or ("answer",)), *OWN_COLUMNS]:
            names.append(_free_name(name, names))
        return names

    def renamed(self) -> dict[str, str]:
        """The properties whose column has another name."""
        names = self.header[len(self.columns) :]
        return {old: new for old, new in zip(self.properties, names, strict=False) if old != new}

    def cells(self, answer: str) -> list[str]:
        """The answer, or a cell for each property; empty ones where it is no JSON object."""
        if not self.properties:
            return [answer]
        try:
            value = parse_json(answer)
        except ValueError:
            value = None
        found = value if isinstance(value, dict) else {}
        return [as_text(found.get(name)) for name in self.properties]


def write_rows(
    rows: Iterable[Joined], format: BatchFormat, table: Table, prefill: str = ""
) -> Iterator[str]:
    """Yield the output in pieces; `table` is what CSV has."""
    pieces: Iterator[str]
    if format == "jsonl":
        pieces = map(_jsonl, rows)
    elif format == "text":
        pieces = (_text(row, prefill) for row in rows)
    else:
        pieces = _csv(rows, table, prefill)
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


def _jsonl(row: Joined) -> str:
    """The line that the API sent, with the row's own fields as a last member."""
    if row.line is None:
        return ""
    text = row.line.decode("utf-8", "replace")
    if row.own != NO_FIELDS:
        text = f'{text.rstrip()[:-1]},"row":{row.own.decode()}}}'
    return text + "\n"


def _text(row: Joined, prefill: str) -> str:
    return _answer(row.result, prefill) + "\n"


def _csv(rows: Iterable[Joined], table: Table, prefill: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=_LINE_ENDS)
    writer.writerow(table.header)
    for row in rows:
        result = row.result
        own = [
            result and result.message.get("stop_reason"),
            result and result.message.get("model"),
            row.unfit or (result.problem if result else "missing"),
            result and result.tokens("input_tokens"),
            result and result.tokens("output_tokens"),
        ]
        yield _record(buffer)
        fields = row.fields or {"custom_id": row.custom_id}
        cells = table.cells(_answer(result, prefill))
        writer.writerow([*(as_text(fields.get(name)) for name in table.columns), *cells, *own])
    yield _record(buffer)


def _record(buffer: io.StringIO) -> str:
    """Take the one record out of the buffer; a line feed ends it."""
    text = buffer.getvalue().removesuffix(_LINE_ENDS)
    buffer.seek(0)
    buffer.truncate()
    return text + "\n"


def _free_name(name: str, taken: list[str]) -> str:
    """`answer`, or `answer_2` and so on: a table with a column twice could not be read again."""
    numbers = chain([""], (f"_{number}" for number in count(2)))
    return next(name + number for number in numbers if name + number not in taken)


def _answer(result: Result | None, prefill: str) -> str:
    """The text of the answer, with the start that was put into its mouth; empty for a failure."""
    return prefill + result.text if result and result.outcome == "succeeded" else ""
