"""A job in the making: rows are added, and what they are decides whether it is here already."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from claude_cli.disk import private_files
from claude_cli.disk.appendlog import encode_line
from claude_cli.disk.lock import locked
from claude_cli.errors import CannotWrite, ClaudeCliError, InputUnreadable, TemporaryFailure
from claude_cli.jobs import journal
from claude_cli.jobs.index import RowIndex
from claude_cli.jobs.journal import Engine
from claude_cli.jobs.store import DRAFT, LOCK, Job, JobStore, digest_of

MARK_LENGTH = 8
"""Characters of the job's id with which the ids of its requests begin."""


def begin(store: JobStore) -> "Draft":
    """Begin a job in `store`."""
    return Draft(store.folder, _new_folder(store))


def begin_retry(job: Job, number: int, folder: Path | None = None) -> "Draft":
    """Begin the retry of that number of `job`, in the folder of its retries or in another one."""
    store = JobStore(folder or job.retries_folder)
    return Draft(store.folder, _new_folder(store), job, number)


def _new_folder(store: JobStore) -> Path:
    store.sweep()
    folder = store.folder / f"{DRAFT}{os.urandom(6).hex()}"
    private_files.make_private_folder(folder)
    return folder


class Identity:
    """What makes a job the same: its requests, the engine, the server; of a retry its number."""

    def __init__(self, retry: int | None = None) -> None:
        self._requests = hashlib.sha256()
        self._retry = "" if retry is None else f"retry {retry}"

    def add(self, custom_id: str | None, request: bytes) -> None:
        """Add a row, its request as a line."""
        self._requests.update(b"%s\n%s" % ((custom_id or "").encode(), request))

    def job_id(self, engine: Engine, base_url: str) -> str:
        """What the job is called: its mark, which says what is asked, wherever; then where."""
        what = self._requests.copy()
        what.update(f"{engine}\n{self._retry}".encode())
        where = what.copy()
        where.update(base_url.encode())
        return what.hexdigest()[:MARK_LENGTH] + where.hexdigest()[:MARK_LENGTH]


class Draft:
    """A job while its rows are read: gone without `keep`. Use it in a `with`."""

    def __init__(
        self, jobs: Path, folder: Path, retry_of: Job | None = None, number: int = 0
    ) -> None:
        self._jobs = jobs
        self._folder = folder
        self._retry_of = retry_of
        self._number = number
        self._lock = ExitStack()
        with suppress(ClaudeCliError):  # without locks nobody sweeps either
            self._lock.enter_context(locked(folder / LOCK, wait=0))
        self._identity = Identity(number if retry_of else None)
        self._digests = {"requests": hashlib.sha256(), "fields": hashlib.sha256()}
        self._requests = _create(folder / "requests.jsonl")
        self._fields = _create(folder / "fields.jsonl")
        self._columns: dict[str, None] = {}
        self.size = 0
        """Bytes of the requests so far."""
        self.index = RowIndex(folder / "index.sqlite", is_new=True)

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
            self._identity.add(custom_id, encoded)
            try:  # no context manager: it would cost as much as the writing
                self._requests.write(encoded)
                self._add_fields(fields or {})
            except OSError as error:
                raise _cannot_write(self._folder, error) from error
            self._digests["requests"].update(encoded)
        return doubled

    def is_known(self, engine: Engine, base_url: str) -> bool:
        """Whether a job of these requests is here already."""
        return (self._jobs / self._identity.job_id(engine, base_url)).exists()

    def keep(self, engine: Engine, base_url: str, about: Mapping[str, Any]) -> tuple[Job, bool]:
        """Make it the job that it is; return that, and whether it is new.

        `about` is what the header says beside.
        """
        job_id = self._identity.job_id(engine, base_url)
        folder = self._jobs / job_id
        if folder.exists():
            return self._mended(self._open(folder)), False
        self._finish_index(job_id)
        header = {"id": job_id, "engine": engine, "base_url": base_url, **about}
        header |= {"rows": self.index.count(), "columns": [*self._columns]}
        header["digests"] = self._hex_digests()
        header |= {"retry": self._number} if self._retry_of else {}
        self._sync()
        self._close()
        journal.begin(self._folder / "journal.jsonl", header)
        with suppress(OSError):  # somebody was quicker with the same job
            os.rename(self._folder, folder)
            private_files.sync_folder(self._jobs)
            return self._open(folder), True
        return self._open(folder), False

    def _open(self, folder: Path) -> Job:
        return Job(folder, retry_of=self._retry_of)

    def _mended(self, job: Job) -> Job:
        """The job that is here, mended; it is closed where that cannot be."""
        with ExitStack() as on_failure:
            on_failure.callback(job.close)
            self._mend(job)
            on_failure.pop_all()
        return job

    def _mend(self, job: Job) -> None:
        """Take from this draft what the job has lost: both are of the same rows."""
        digests, columns = self._hex_digests(), [*self._columns]
        with suppress(TemporaryFailure), job.hold():
            wrong = [
                name
                for name, digest in digests.items()
                if digest_of(job.folder / f"{name}.jsonl") != digest
            ]
            self._sync()
            for name in wrong:
                self._hand_over(f"{name}.jsonl", job)
            if job.header["digests"] != digests or job.header["columns"] != columns:
                job.journal.renewed(columns, digests)
            try:
                job.index.check()
            except InputUnreadable:
                self._give_index(job)
            job.check_journal()

    def _give_index(self, job: Job) -> None:
        self._finish_index(job.id)
        parts = max([self.index.fact("parts"), *job.journal.parts])
        self.index.set_fact("parts", parts)  # a new part gets a number that none had
        self.index.commit()
        self._close()
        job.close()
        with suppress(FileNotFoundError):
            os.unlink(job.folder / "index.sqlite-journal")
        self._hand_over("index.sqlite", job)
        job.__dict__.pop("index", None)
        job.is_rebuilt = True

    def _hand_over(self, name: str, job: Job) -> None:
        with _in_our_terms(job.folder):
            os.replace(self._folder / name, job.folder / name)

    def _finish_index(self, job_id: str) -> None:
        self.index.divide(job_id[:MARK_LENGTH])
        self.index.commit()

    def _hex_digests(self) -> dict[str, str]:
        return {name: digest.hexdigest() for name, digest in self._digests.items()}

    def _sync(self) -> None:
        with _in_our_terms(self._folder):
            for file in (self._requests, self._fields):
                file.flush()
                os.fsync(file.fileno())

    def _add_fields(self, fields: Mapping[str, Any]) -> None:
        self._columns.update(dict.fromkeys(fields))
        encoded = encode_line(fields)
        self._fields.write(encoded)
        self._digests["fields"].update(encoded)

    def _close(self) -> None:
        for file in (self._requests, self._fields):
            with suppress(OSError):  # what was not written by now is not wanted
                file.close()
        self.index.close()
        self._lock.close()


@contextmanager
def _in_our_terms(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"cannot write {folder}: {error.strerror}")


def _create(path: Path) -> IO[bytes]:
    """A new file, 0600."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise private_files.storage_error(path, error) from error
    return os.fdopen(fd, "wb", buffering=1 << 20)
