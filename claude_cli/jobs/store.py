"""Jobs on disk: a folder each, with the requests, the journal, the index and the results.

    jobs/<id>/requests.jsonl  one request body a line, in input order
              fields.jsonl    the row's own fields, in the same order
              journal.jsonl   what happened
              index.sqlite    where each row is
              results.jsonl   results as the API sent them, in any order

A job's id is the hash of what it sends, so the same command finds its job again.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self

from claude_cli.disk import paths, private_files
from claude_cli.disk.appendlog import encode_line
from claude_cli.disk.lock import locked
from claude_cli.errors import (
    CannotWrite,
    ClaudeCliError,
    InputUnreadable,
    TemporaryFailure,
    UsageError,
)
from claude_cli.jobs import journal
from claude_cli.jobs.index import RowIndex
from claude_cli.jobs.journal import Engine, Journal

MARK_LENGTH = 8
"""Characters of the job's id with which the ids of its requests begin."""

LOCK_WAIT = 0.2
"""Seconds that a second process waits for the first: that one may wait for its batch all day."""

_DRAFT = ".draft-"
_STALE = 24 * 3600.0
"""Seconds after which a draft belongs to nobody any more."""


class Job:
    """One job, open for reading and for work; `hold` it while working on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        self.journal = Journal(folder / "journal.jsonl")
        self.results_path = folder / "results.jsonl"

    @cached_property
    def index(self) -> RowIndex:
        return RowIndex(self.folder / "index.sqlite")

    @property
    def header(self) -> dict[str, Any]:
        return self.journal.header

    @property
    def engine(self) -> Engine:
        return "live" if self.header.get("engine") == "live" else "hosted"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other processes from working on the job. Raises TemporaryFailure when one does."""
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.folder / "lock", wait=LOCK_WAIT))
            except TemporaryFailure as error:
                raise TemporaryFailure(
                    f"another process is working on job {self.id}",
                    hint=f"claude-cli batch status {self.id}",
                ) from error
            yield

    def body_of(self, start: int, length: int) -> bytes:
        """The request body at a place of the requests file: JSON without its newline."""
        with self.open_requests() as file:
            file.seek(start)
            return file.read(length)

    def open_requests(self) -> IO[bytes]:
        return open(self.folder / "requests.jsonl", "rb")

    def open_fields(self) -> IO[bytes]:
        """The row's own fields, a JSON object for each row; empty for the API's own shape."""
        return open(self.folder / "fields.jsonl", "rb")

    def delete(self) -> None:
        self.index.close()
        shutil.rmtree(self.folder)

    def close(self) -> None:
        self.index.close()


class JobStore:
    """All jobs below one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.data_dir() / "jobs"

    def headers(self) -> Iterator[dict[str, Any]]:
        """The header of each job, the newest first. A folder that holds no job is passed over."""
        found = []
        for folder in self._folders():
            with suppress(ClaudeCliError):
                if header := journal.read_header(folder / "journal.jsonl"):
                    found.append(header)
        yield from sorted(found, key=lambda header: str(header.get("time")), reverse=True)

    def open(self, name: str) -> Job:
        """The job of an id, of the unique start of one, or of one of its batches.

        Raises InputUnreadable where there is none, UsageError where there are several.
        """
        fitting = [folder for folder in self._folders() if name and folder.name.startswith(name)]
        if len(fitting) > 1:
            raise UsageError(f"{name!r} begins several jobs", hint="claude-cli batch list")
        if fitting:
            return Job(fitting[0])
        for folder in self._folders():
            with suppress(ClaudeCliError):
                job = Job(folder)
                if name in job.journal.batches:
                    return job
        raise InputUnreadable(f"no job {name!r}", hint="claude-cli batch list")

    def known_batches(self) -> set[str]:
        """Every batch that belongs to a job here."""
        known: set[str] = set()
        for folder in self._folders():
            with suppress(ClaudeCliError):
                known.update(Journal(folder / "journal.jsonl").batches)
        return known

    def draft(self) -> "Draft":
        """Begin a job."""
        self._sweep()
        folder = self.folder / f"{_DRAFT}{os.urandom(6).hex()}"
        private_files.make_private_folder(folder)
        return Draft(self.folder, folder)

    def _folders(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return sorted(f for f in self.folder.iterdir() if not f.name.startswith("."))
        return []

    def _sweep(self) -> None:
        """Remove what drafts left behind whose process was killed."""
        with suppress(OSError):
            for folder in self.folder.glob(f"{_DRAFT}*"):
                if time.time() - folder.stat().st_mtime > _STALE:
                    shutil.rmtree(folder, ignore_errors=True)


class Draft:
    """A job while its rows are read: gone without `keep`. Use it in a `with`."""

    def __init__(self, jobs: Path, folder: Path) -> None:
        self._jobs = jobs
        self._folder = folder
        self._hash = hashlib.sha256()
        self._requests = _create(folder / "requests.jsonl")
        self._fields = _create(folder / "fields.jsonl")
        self._columns: dict[str, None] = {}
        self.size = 0
        """Bytes of the requests so far."""
        self.index = RowIndex(folder / "index.sqlite")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(
        self,
        line: int,
        body: Mapping[str, Any],
        custom_id: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> int | None:
        """Add a row; return the line that has its `custom_id` already, None where none has."""
        encoded = encode_line(body)
        start, length = self.size, len(encoded) - 1
        doubled = self.index.add(line, custom_id, start, length)
        if doubled is None:
            self.size += len(encoded)
            self._hash.update(b"%s\n%s" % ((custom_id or "").encode(), encoded))
            with _in_our_terms(self._folder):
                self._requests.write(encoded)
                self._add_fields(fields or {})
        return doubled

    def is_known(self, engine: Engine, base_url: str) -> bool:
        """Whether a job of these requests is here already."""
        return (self._jobs / self._id(engine, base_url) / "journal.jsonl").exists()

    def _id(self, engine: Engine, base_url: str) -> str:
        whole = self._hash.copy()
        whole.update(f"{engine}\n{base_url}".encode())
        return whole.hexdigest()[:16]

    def keep(self, engine: Engine, base_url: str, about: Mapping[str, Any]) -> tuple[Job, bool]:
        """Make it the job that it is; return that, and whether it is new.

        `about` is what the header says beside.
        """
        job_id = self._id(engine, base_url)
        folder = self._jobs / job_id
        if (folder / "journal.jsonl").exists():
            return Job(folder), False
        self.index.name_rows(job_id[:MARK_LENGTH])
        self.index.divide()
        self.index.commit()
        header = {"id": job_id, "engine": engine, "base_url": base_url, **about}
        header |= {"rows": self.index.count(), "columns": list(self._columns)}
        with _in_our_terms(self._folder):
            for file in (self._requests, self._fields):
                file.flush()
                os.fsync(file.fileno())
        self._close()
        journal.begin(self._folder / "journal.jsonl", header)
        with suppress(OSError):  # somebody was quicker with the same job
            os.rename(self._folder, folder)
            private_files.sync_folder(self._jobs)
            return Job(folder), True
        return Job(folder), False

    def _add_fields(self, fields: Mapping[str, Any]) -> None:
        self._columns.update(dict.fromkeys(fields))
        self._fields.write(encode_line(fields))

    def _close(self) -> None:
        for file in (self._requests, self._fields):
            with suppress(OSError):  # what was not written by now is not wanted
                file.close()
        self.index.close()


@contextmanager
def _in_our_terms(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"cannot write {folder}: {error.strerror}") from error


def _create(path: Path) -> IO[bytes]:
    """A new file, 0600."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise private_files.storage_error(path, error) from error
    return os.fdopen(fd, "wb", buffering=1 << 20)
