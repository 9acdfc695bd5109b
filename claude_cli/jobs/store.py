"""Jobs on disk: a folder each, with the requests, the journal, the index and the results.

    jobs/<id>/requests.jsonl  one request body a line, in input order
              fields.jsonl    the row's own fields, in the same order
              journal.jsonl   what happened
              index.sqlite    where each row is
              results.jsonl   results as the API sent them, in any order
              retries/        rows that were asked once more: a folder of the same kind each time

A job's id is the hash of what it sends, so the same command finds its job again.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from claude_cli.disk import paths
from claude_cli.disk.lock import locked
from claude_cli.errors import (
    NOT_THERE,
    ClaudeCliError,
    InputUnreadable,
    TemporaryFailure,
    UsageError,
)
from claude_cli.jobs.damage import JOURNAL, RETRIES, Damaged, damaged
from claude_cli.jobs.index import RowIndex
from claude_cli.jobs.journal import Engine, Journal

LOCK_WAIT = 0.2
"""Seconds that a second process waits for the first: that one may wait for its batch all day."""

DRAFT = ".draft-"
"""How the folder of a job begins that is not kept yet."""

_JOURNAL = "journal"
"""The fact of the index that tells how many records the journal has at least."""

LOCK = "lock"
"""The file in a job's folder whose lock is held while it is worked on."""

_BEGINNING = 60.0
"""Seconds after a change of its folder in which a draft may be between two locks."""


class Job:
    """One job, open for reading and for work; `hold` it while working on it."""

    def __init__(self, folder: Path, *, retry_of: "Job | None" = None) -> None:
        self.folder = folder
        self.id: str = retry_of.id if retry_of else folder.name
        self.jobs_folder: Path = retry_of.jobs_folder if retry_of else folder.parent
        self.journal = Journal(folder / JOURNAL)
        self.results_path = folder / "results.jsonl"
        self.is_rebuilt = False
        """Whether the index was made anew, and knows no results yet."""

    @cached_property
    def index(self) -> RowIndex:
        """Raises InputUnreadable where it does not hold every row."""
        with ExitStack() as stack:
            index = RowIndex(self.folder / "index.sqlite")
            stack.callback(index.close)
            if index.count() != self.header["rows"]:
                raise damaged(self.folder / "index.sqlite", "it does not hold every row")
            stack.pop_all()
            return index

    @cached_property
    def retries(self) -> "list[Job]":
        """Each time that rows of the job were asked once more, oldest first."""
        found = [Job(folder, retry_of=self) for folder in JobStore(self.retries_folder).folders()]
        return sorted(found, key=lambda retry: int(retry.header["retry"]))

    @property
    def retries_folder(self) -> Path:
        return self.folder / RETRIES

    @property
    def all(self) -> "list[Job]":
        """The job itself and its retries, oldest first."""
        return [self, *self.retries]

    @property
    def batches(self) -> list[str]:
        """The batches of the job and of its retries that are known, oldest first."""
        return [batch for one in self.all for batch in one.journal.batches]

    def add_retry(self, retry: "Job") -> None:
        """Take one in that is in the folder of the retries now."""
        self.forget_retries()
        others = [one for one in self.retries if one.folder != retry.folder]
        self.__dict__["retries"] = [*others, retry]

    def forget_retries(self) -> None:
        """Read them anew when they are needed next."""
        for retry in self.__dict__.pop("retries", ()):
            retry.close()

    def check_journal(self) -> None:
        """Raise InputUnreadable where the journal has lost its end, as the index knows."""
        if self.index.fact(_JOURNAL) > self.journal.length:
            raise damaged(self.folder / JOURNAL, "its end is gone")

    def note_journal(self) -> None:
        """Let the index know how long the journal is: neither can lose its end unnoticed."""
        self.index.set_fact(_JOURNAL, self.journal.length)
        self.index.commit()

    def check_file(self, name: str) -> None:
        """Raise InputUnreadable where `requests` or `fields` is not what was written."""
        path = self.folder / f"{name}.jsonl"
        if digest_of(path) != self.header["digests"][name]:
            raise damaged(path, "it is not what was written")

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
                stack.enter_context(locked(self.folder / LOCK, wait=LOCK_WAIT))
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
        """Remove it; whoever is killed in the middle leaves nothing that looks like a job."""
        self.close()
        _remove(self.folder)

    def close(self) -> None:
        self.forget_retries()
        if "index" in self.__dict__:
            self.index.close()


def _remove(folder: Path) -> None:
    going = folder.with_name(f"{DRAFT}{os.urandom(6).hex()}")
    os.rename(folder, going)
    shutil.rmtree(going)


def digest_of(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read."""
    with suppress(OSError), open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


class JobStore:
    """All jobs below one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.data_dir() / "jobs"

    def headers(self) -> Iterator[dict[str, Any]]:
        """The header of each job, the newest first; of one that is damaged its `id` alone."""
        found = [self._header(folder) for folder in self.folders()]
        yield from sorted(found, key=lambda header: str(header.get("time", "")), reverse=True)

    def _header(self, folder: Path) -> dict[str, Any]:
        try:
            return Journal(folder / JOURNAL).header
        except ClaudeCliError:
            return {"id": folder.name}

    def open(self, name: str) -> Job:
        """The job of an id, of the unique start of one, or of one of its batches.

        Raises InputUnreadable where there is none, UsageError where there are several.
        """
        if folder := self._named(name):
            return Job(folder)
        for folder in self.folders():
            with suppress(ClaudeCliError):
                job = Job(folder)
                if name in job.batches:
                    return job
        raise InputUnreadable(f"no job {name!r}", hint="claude-cli batch list")

    def drop_damaged(self, name: str) -> Damaged | None:
        """Delete the job of an id, or of the unique start of one, if its journal, or that of a
        retry, is damaged: nobody can tell what batches it has. Returns what was wrong.

        Raises UsageError where there are several, TemporaryFailure where it is worked on.
        """
        folder = self._named(name)
        if folder is None:
            return None
        try:
            _ = Job(folder).retries
        except Damaged as damage:
            with locked(folder / LOCK, wait=LOCK_WAIT):
                _remove(folder)
            return damage
        return None

    def _named(self, name: str) -> Path | None:
        """The folder of an id, or of the unique start of one."""
        fitting = [folder for folder in self.folders() if name and folder.name.startswith(name)]
        if len(fitting) > 1:
            raise UsageError(f"{name!r} begins several jobs", hint="claude-cli batch list")
        return fitting[0] if fitting else None

    def find(self, job_id: str) -> Job | None:
        """The job of a whole id; None where there is none."""
        folder = self.folder / job_id
        return Job(folder) if folder.is_dir() else None

    def known_batches(self) -> set[str]:
        """Every batch that belongs to a job here."""
        known: set[str] = set()
        for folder in self.folders():
            with suppress(ClaudeCliError):
                known.update(Job(folder).batches)
        return known

    def folders(self) -> list[Path]:
        with suppress(*NOT_THERE):
            return sorted(f for f in self.folder.iterdir() if not f.name.startswith("."))
        return []

    def sweep(self) -> None:
        """Remove what drafts left behind whose process was killed: nobody holds their lock."""
        with suppress(OSError):
            for folder in self.folder.glob(f"{DRAFT}*"):
                if time.time() - folder.stat().st_mtime > _BEGINNING:
                    with suppress(ClaudeCliError):
                        with locked(folder / LOCK, wait=0):
                            pass
                        shutil.rmtree(folder, ignore_errors=True)
