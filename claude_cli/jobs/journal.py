"""What happened to a job, in order: made, intended, created, fetched. Enough to go on after a kill.

A line is on disk before the next step is taken: a create whose reply got lost leaves an intent
without a batch. Each has its number and a checksum: a line that a kill tore at the end is passed
over, one that is missing or was changed is not, for it may be the intent of a batch.
"""

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from claude_cli.disk import appendlog
from claude_cli.errors import NOT_THERE, InputError, InputUnreadable
from claude_cli.jobs.damage import damaged

FORMAT = 2
Engine = Literal["hosted", "live"]


@dataclass(slots=True)
class Sent:
    """One part: when it was first sent, the batch that it became, and whether it was fetched."""

    intended: datetime
    batch: str | None = None
    fetched: datetime | None = None
    mismatched_ids: dict[str, int] = field(default_factory=dict)
    """How many ids were doubled, unknown or missing in what was fetched."""
    is_given_up: bool = False
    """Whether nobody looks for its batch any more."""

    @property
    def is_lost(self) -> bool:
        """Whether a batch may exist that we do not know."""
        return self.batch is None and not self.is_given_up

    @property
    def is_complete(self) -> bool:
        return self.fetched is not None and not self.mismatched_ids.get("missing")


class Journal:
    """The journal of one job, read once and kept up to date."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.header: dict[str, Any] = {}
        self.parts: dict[int, Sent] = {}
        self.length = 0
        """Records so far."""
        try:
            for line in appendlog.read_records(path):
                if line.value is not None:
                    self._read(line.number, line.value)
        except InputUnreadable as error:
            if isinstance(error.__cause__, NOT_THERE):
                raise damaged(path, "the file is gone") from error
            raise
        if not self.header:
            raise damaged(path, "its first line is gone")

    @property
    def batches(self) -> list[str]:
        """The batches of the job that are known, oldest first."""
        return [sent.batch for sent in self.parts.values() if sent.batch]

    def intend(self, part: int, size: int) -> None:
        self._write("intent", part=part, job=self.header["id"], bytes=size)

    def refused(self, part: int) -> None:
        """The create surely made nothing."""
        self._write("refused", part=part)

    def created(self, part: int, batch: str, *, adopted: bool = False) -> None:
        self._write("created", part=part, batch=batch, adopted=adopted)

    def given_up(self, part: int) -> None:
        """Nobody looks any more for the batch that may have come of the create."""
        self._write("given up", part=part)

    def fetched(self, part: int, mismatched_ids: dict[str, int]) -> None:
        self._write("fetched", part=part, mismatched_ids=mismatched_ids)

    def resubmitted(self, rows: int) -> None:
        self._write("resubmitted", rows=rows)

    def renewed(self, columns: list[str], digests: dict[str, str]) -> None:
        """The input has other columns beside those that the requests are made of."""
        self._write("input", columns=columns, digests=digests)

    def written(self, output: str, format: str) -> None:
        """The results went to a file."""
        self._write("written", output=output, format=format)

    def closed(self) -> None:
        """What came of a retry was written: to retry once more is to ask once more."""
        self._write("closed")

    def answered(self) -> None:
        """A live job has all its answers."""
        self._write("answered")

    def _write(self, kind: str, **values: Any) -> None:
        record = {"kind": kind, "time": _now(), **values}
        appendlog.append(self._path, [_numbered(record, self.length)], expect="existing")
        self.length += 1
        self._take(record)

    def _read(self, line: int, record: dict[str, Any]) -> None:
        if record.get("kind") == "job" and record.get("format") != FORMAT:
            raise InputError(f"{self._path} is no job of this version of claude-cli")
        if not _is_whole(record):
            return
        if record["n"] != self.length:
            raise damaged(self._path, f"a line before line {line} is gone")
        self.length += 1
        try:
            self._take(record)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(self._path, f"line {line} makes no sense") from error

    def _take(self, record: dict[str, Any]) -> None:
        """Unknown kinds are passed over: a newer version may have written them."""
        part = record.get("part")
        match record.get("kind"):
            case "job":
                self.header = record
            case "input":
                self.header |= {name: record[name] for name in ("columns", "digests")}
            case "written":
                self.header["written"] = (record["output"], record["format"])
            case "closed":
                self.header["closed"] = record["time"]
            case "intent" if isinstance(part, int):
                self.parts[part] = Sent(_time(record))
            case "refused":
                self.parts.pop(part, None)  # type: ignore[arg-type]
            case "created" if part in self.parts:
                self.parts[part].batch = record.get("batch")
            case "given up" if part in self.parts:
                self.parts[part].is_given_up = True
            case "fetched" if part in self.parts:
                self.parts[part].fetched = _time(record)
                self.parts[part].mismatched_ids = record.get("mismatched_ids") or {}
            case "answered":
                self.header["answered"] = record.get("time")


def begin(path: Path, header: dict[str, Any]) -> None:
    """Write the first line of a new journal."""
    record = {"kind": "job", "format": FORMAT, "time": _now(), **header}
    appendlog.append(path, [_numbered(record, 0)], expect="new")


def _numbered(record: dict[str, Any], number: int) -> dict[str, Any]:
    record = {**record, "n": number}
    return {**record, "checksum": zlib.crc32(appendlog.encode_line(record))}


def _is_whole(record: dict[str, Any]) -> bool:
    """Whether the record is what was written."""
    rest = {name: value for name, value in record.items() if name != "checksum"}
    return type(rest.get("n")) is int and record.get("checksum") == zlib.crc32(
        appendlog.encode_line(rest)
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _time(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["time"])
