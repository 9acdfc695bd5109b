"""The results of a job as they come in: appended to its file, charged, and found again through the
index."""

import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, Protocol, Self

from claude_cli.disk.private_files import storage_error
from claude_cli.disk.unbroken import unbroken
from claude_cli.errors import CannotWrite, ProtocolError
from claude_cli.jobs.index import Kept
from claude_cli.jobs.store import Job
from claude_cli.values.strict_json import decode_json

TOGETHER = 1000
"""Results that are put on disk at once."""

SYNC_EVERY = 1.0
"""Seconds: a disk that is waited for after each answer would set the pace."""

FINAL = frozenset({"invalid_request_error", "not_found_error", "request_too_large"})
"""Types of errors that say something of the request itself."""

SCANNED = "scanned"
"""The fact of the index that tells how much of the results file it knows."""


class Bill(Protocol):
    """Gets each answer that is to be paid for, once."""

    def add(self, message: Mapping[str, Any]) -> None:
        """One more answer."""

    def write(self) -> None:
        """Keep what was added: from now on nobody adds it again."""


class Results:
    """Takes results in. Use it in a `with`; the job must be held.

    What a kill left behind is put in order first: whole lines that the index does not know are
    taken in, a torn one at the end is cut off.
    """

    def __init__(self, job: Job, bill: Bill) -> None:
        self._index = job.index
        self._bill = bill
        self._path = job.results_path
        self._waiting = 0
        self._synced = 0.0
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise storage_error(self._path, error) from error
        self._file = os.fdopen(fd, "r+b", buffering=1 << 18)
        self._end = 0
        self._recover()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        try:
            self.flush()
        finally:
            with suppress(OSError):  # what could not be written is told by now
                self._file.close()

    @unbroken()
    def keep(
        self,
        row: int,
        line: bytes,
        result: "Result",
        *,
        is_charged: bool = False,
        download: int = 0,
    ) -> None:
        """Append a result of a row; `settle` and `flush` say when it is safe.

        `is_charged`: an answer to the row was charged before.
        """
        try:
            self._file.write(line + b"\n")
        except OSError as error:
            raise CannotWrite(f"cannot write {self._path}: {error.strerror}") from error
        self._take(row, line, result, is_charged, download)

    def settle(self) -> None:
        """What was kept survives a kill from now on, and the end of the whole system a second
        later; the index may learn of it later still."""
        self._write(sync=time.monotonic() - self._synced >= SYNC_EVERY)

    @unbroken()
    def flush(self) -> None:
        """What was kept is on disk and charged, and the index knows it."""
        self._write(sync=True)
        self._bill.write()
        self._index.set_fact(SCANNED, self._end)
        self._index.commit()
        self._waiting = 0

    def _take(
        self, row: int, line: bytes, result: "Result", is_charged: bool, download: int = 0
    ) -> None:
        """A line that ends the file so far is the result of a row."""
        where = self._end, len(line), result.outcome, checksum(line)
        self._index.keep(Kept(row, "", *where, download))
        if result.outcome == "succeeded" and not is_charged:
            self._bill.add(result.message)
        self._end += len(line) + 1
        self._waiting += 1
        if self._waiting >= TOGETHER:
            self.flush()

    def _write(self, *, sync: bool) -> None:
        try:
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise CannotWrite(f"cannot write {self._path}: {error.strerror}") from error

    def _recover(self) -> None:
        self._end = min(self._index.fact(SCANNED), os.fstat(self._file.fileno()).st_size)
        self._file.seek(self._end)
        while (whole := self._file.readline()).endswith(b"\n"):
            line = whole[:-1]
            result = read_result(line)
            found = self._index.find(result.custom_id) if result else None
            if result and found and found.at is None and found.checksum in (None, checksum(line)):
                self._take(found.row, line, result, found.is_charged)
            else:
                self._end += len(whole)
        self._file.seek(self._end)
        self._file.truncate()
        self.flush()


def checksum(line: bytes) -> int:
    return zlib.crc32(line)


def at_place(file: IO[bytes], start: int, size: int) -> bytes:
    """Read `size` bytes from `start`; cheap where that is where the file stands."""
    if file.tell() != start:
        file.seek(start)
    return file.read(size)


class Result:
    """One line of results, decoded."""

    def __init__(self, custom_id: str, result: dict[str, Any]) -> None:
        self.custom_id = custom_id
        self.outcome: str = result["type"]
        self.message: dict[str, Any] = _object(result.get("message"))
        self._error = _object(result.get("error"))

    @property
    def text(self) -> str:
        """The text of the answer; empty for a row that failed."""
        blocks = self.message.get("content")
        if not isinstance(blocks, list):
            return ""
        texts = (b.get("text") for b in blocks if isinstance(b, dict) and b.get("type") == "text")
        return "".join(text for text in texts if isinstance(text, str))

    @property
    def problem(self) -> str:
        """What went wrong, in a few words; empty for a success."""
        if self.outcome == "succeeded":
            return ""
        error = _object(self._error.get("error")) or self._error
        words = [error.get("type"), error.get("message")]
        return ": ".join(str(part) for part in words if part) or self.outcome

    @property
    def is_final(self) -> bool:
        """Whether the same request would fail again, however often it is sent."""
        error = _object(self._error.get("error")) or self._error
        return self.outcome == "errored" and error.get("type") in FINAL

    def tokens(self, name: str) -> int | None:
        count = _object(self.message.get("usage")).get(name)
        return count if isinstance(count, int) else None


def read_result(line: bytes) -> Result | None:
    """A line of results taken apart; None for what is no result."""
    try:
        value = decode_json(line)
    except ProtocolError:
        return None
    if not isinstance(value, dict):
        return None
    custom_id, result = value.get("custom_id"), value.get("result")
    if not isinstance(custom_id, str) or not isinstance(result, dict):
        return None
    return Result(custom_id, result) if isinstance(result.get("type"), str) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
