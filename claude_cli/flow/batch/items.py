"""The rows that a `batch` command line names, one at a time, whatever they come from."""

import re
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.content.pdf import PdfFacts
from claude_cli.content.sources import Reading, Source
from claude_cli.content.specs import Spec
from claude_cli.disk.inputfile import STRICT, Lossy, escaped
from claude_cli.errors import InputError, UsageError
from claude_cli.jobs.rows import AnyRow, BadRow, BlankRow, InputKind, open_input, read_rows

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Item(NamedTuple):
    """One row, whatever it came from; `place` is how to name it to the user."""

    line: int
    place: str
    fields: dict[str, Any]
    params: dict[str, Any] | None = None
    custom_id: Any = None
    path: str | None = None
    """The file that it is, with --each."""
    attached: list[Source] = []  # noqa: RUF012
    facts: Mapping[bytes, PdfFacts] = {}
    """What is known of the PDFs among them, by their bytes."""
    problem: str | None = None
    is_blank: bool = False
    unit: str = "line"


def rows_in_words(count: int, kind: str = "") -> str:
    """`1 row`, `2 bad rows`."""
    return f"{count} {kind}row{'' if count == 1 else 's'}"


class Named(NamedTuple):
    """The rows, and how many there are where that is known."""

    items: Generator[Item, None, None]
    total: int | None = None


def items_of(asked: BatchAsked, reading: Reading) -> Named:
    """`reading`: how the files of rows are read, and what is done about rows that are not UTF-8."""
    if asked.rows.each is not None:
        paths = _files_of(asked.rows.each, reading)
        return Named(_files(paths), len(paths))
    if asked.input is None:
        raise UsageError("no rows were named", hint="name a file, - for stdin, or --each GLOB")
    return Named(_read(asked.input, asked.rows.input_kind, reading.lossy or STRICT))


def _read(name: str, kind: InputKind | None, lossy: Lossy) -> Generator[Item, None, None]:
    if name != "-":
        with open_input(name) as stream:
            yield from _from_rows(read_rows(stream, name, kind, lossy))
        return
    stdin = getattr(sys.stdin, "buffer", None)
    if stdin is not None:
        yield from _from_rows(read_rows(stdin, "-", kind, lossy))


def _from_rows(rows: Iterator[AnyRow]) -> Iterator[Item]:
    for row in rows:
        if isinstance(row, BlankRow):
            yield Item(row.line, f"line {row.line}", {}, is_blank=True)
            continue
        place = f"{row.unit} {row.line}"
        if isinstance(row, BadRow):
            yield Item(row.line, place, {}, problem=row.problem)
        else:
            yield Item(row.line, place, row.fields, row.params, row.custom_id, unit=row.unit)


def _files_of(pattern: str, reading: Reading) -> list[str]:
    """The files of a pattern, sorted; of a folder those that can be sent, in natural order.

    Raises InputError where there is none.
    """
    import glob
    import os

    if os.path.isdir(pattern):
        from claude_cli.content.unfold import unfold

        found = [spec.target for spec in unfold(Spec("path", pattern), reading, together=False)]
    else:
        found = sorted(filter(os.path.isfile, glob.iglob(pattern, recursive=True)))
    if not found:
        raise InputError(f"--each {escaped(pattern)} finds no file: nothing was sent")
    return found


def _files(paths: list[str]) -> Generator[Item, None, None]:
    """One row for each file."""
    for number, path in enumerate(paths, 1):
        shown = escaped(path)
        fields = {"path": shown, "name": escaped(PurePath(path).name)}
        yield Item(number, shown, fields, path=path)


def custom_id_of(item: Item, id_field: str | None) -> str | None:
    """The id that the row has; None where it will get one. Raises InputError."""
    if item.problem is not None:
        raise InputError(item.problem)
    if id_field is not None and item.params is None:
        if id_field not in item.fields:
            raise InputError(f"no field {id_field!r}, which is to be the custom_id")
        custom_id: Any = item.fields[id_field]
    else:
        custom_id = item.custom_id
    if custom_id is None:
        return None
    text = str(custom_id) if type(custom_id) in (str, int) else ""
    if not _CUSTOM_ID.fullmatch(text):
        shown = escaped(str(custom_id))[:80]
        raise InputError(f"the custom_id {shown!r} is not 1 to 64 of a-z A-Z 0-9 _ -")
    return text
