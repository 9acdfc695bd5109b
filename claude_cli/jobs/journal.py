"""What happened to a job, in order: made, intended, created, fetched. Enough to go on after a kill.

A line is on disk before the next step is taken: a create whose reply got lost leaves an intent
without a batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from claude_cli.disk import appendlog
from claude_cli.errors import InputError

FORMAT = 1
Engine = Literal["hosted", "live"]


@dataclass(slots=True)
class Sent:
    """One part: when it was first sent, the batch that it became, and whether it was fetched."""

    intended: datetime
    batch: str | None = None
    fetched: datetime | None = None
    mismatched_ids: dict[str, int] = field(default_factory=dict)
    """How many ids were doubled, unknown or missing in what was fetched."""

    @property
    def is_lost(self) -> bool:
        """Whether a batch may exist that we do not know."""
        return self.batch is None

    @property
    def is_complete(self) -> bool:
        return self.fetched is not None and not self.mismatched_ids.get("missing")


class Journal:
    """The journal of one job, read once and kept up to date."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.header: dict[str, Any] = {}
        self.parts: dict[int, Sent] = {}
        for line in appendlog.read_records(path):
            if line.value is not None:
                self._take(line.value)
        if self.header.get("format") != FORMAT:
            raise InputError(f"{path} is no job of this version of claude-cli")

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

    def fetched(self, part: int, mismatched_ids: dict[str, int]) -> None:
        self._write("fetched", part=part, mismatched_ids=mismatched_ids)

    def resubmitted(self, rows: int) -> None:
        self._write("resubmitted", rows=rows)

    def answered(self) -> None:
        """A live job has all its answers."""
        self._write("answered")

    def _write(self, kind: str, **values: Any) -> None:
        record = {"kind": kind, "time": _now(), **values}
        appendlog.append(self._path, [record], expect="existing")
        self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        """Unknown kinds are passed over: a newer version may have written them."""
        part = record.get("part")
        match record.get("kind"):
            case "job":
                self.header = record
            case "intent" if isinstance(part, int):
                self.parts[part] = Sent(_time(record))
            case "refused":
                self.parts.pop(part, None)  # type: ignore[arg-type]
            case "created" if part in self.parts:
                self.parts[part].batch = record.get("batch")
            case "fetched" if part in self.parts:
                self.parts[part].fetched = _time(record)
                self.parts[part].mismatched_ids = record.get("mismatched_ids") or {}
            case "answered":
                self.header["answered"] = record.get("time")


def begin(path: Path, header: dict[str, Any]) -> None:
    """Write the first line of a new journal."""
    appendlog.append(
        path, [{"kind": "job", "format": FORMAT, "time": _now(), **header}], expect="new"
    )


def read_header(path: Path) -> dict[str, Any]:
    """The first record of a journal; empty where there is none."""
    first = next(_records(path), None)
    return first or {}


def _records(path: Path) -> Iterator[dict[str, Any]]:
    return (line.value for line in appendlog.read_records(path) if line.value is not None)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _time(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["time"])
