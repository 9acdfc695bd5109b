"""A retry of a job, from its beginning: which rows are asked again, with which requests.

It is a job in the folder of its job, with the requests of these rows: what holds for a job that is
killed holds for it. It is open until its results were written; meanwhile the same command finds it
again, and only then does the next one begin.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from claude_cli.commandline.flags.batch import BatchAsked, Fault
from claude_cli.errors import UsageError
from claude_cli.flow.batch.items import Item, Named, rows_in_words
from claude_cli.flow.batch.job import is_complete, preview
from claude_cli.flow.batch.meanings import settled
from claude_cli.flow.batch.requests import read_requests
from claude_cli.flow.batch.verdicts import Judge
from claude_cli.jobs.attempts import attempts_of
from claude_cli.jobs.draft import Draft, begin_retry
from claude_cli.jobs.journal import Engine
from claude_cli.jobs.store import Job
from claude_cli.turn.connection import model_names
from claude_cli.ui.notices import Notices


class Chosen:
    """The rows of a job that are to be asked again, found by the retries that are closed."""

    def __init__(self, job: Job, only: Collection[Fault]) -> None:
        self.counts: Counter[Fault | None] = Counter()
        """How many there are of each fault, of those that were read."""
        self._job = job
        self._only = only

    def rows(self) -> Generator[Item, None, None]:
        """Each with its request as `params`, in input order."""
        job, judge = self._job, Judge(self._job)
        closed = [retry for retry in job.retries if retry.header.get("closed")]
        with job.open_requests() as file:
            for request, (_, attempts) in zip(
                job.index.requests(), attempts_of(job, closed), strict=True
            ):
                fault = judge.verdict(judge.best(attempts).result).fault
                if fault in self._only:
                    self.counts[fault] += 1
                    file.seek(request.start)
                    body = json.loads(file.read(request.length))
                    place = f"row {request.row}"
                    yield Item(request.row, place, {}, body, request.custom_id, unit="row")

    @property
    def wanted(self) -> str:
        """`failed, cut or refused`."""
        *others, last = self._only
        return f"{', '.join(others)} or {last}" if others else last

    def in_words(self) -> str:
        """`2 rows (1 failed, 1 cut)`."""
        kinds = ", ".join(f"{count} {fault}" for fault, count in self.counts.items())
        return f"{rows_in_words(self.counts.total())} ({kinds})"


def unclosed(job: Job) -> Job | None:
    """The retry whose results were not written yet; None where there is none."""
    return next((retry for retry in job.retries if not retry.header.get("closed")), None)


def begin_retry_of(
    job: Job, asked: BatchAsked, only: Collection[Fault], notices: Notices
) -> Job | None:
    """The retry of the rows with these faults: the one that is open, or a new one.

    None where there are no such rows. Raises UsageError where an open one has other requests and
    cannot be left.
    """
    job.check_file("requests")
    chosen = Chosen(job, only)
    opened = unclosed(job)
    number = int(opened.header["retry"]) if opened else len(job.retries) + 1
    with begin_retry(job, number) as draft:
        about = _read(job, asked, draft, chosen, notices)
        if about is None:
            return None
        place = _engine(job, asked), job.header["base_url"]
        if opened is not None and not draft.is_known(*place):
            _leave(job, opened)
            return begin_retry_of(job, asked, only, notices)
        retry, _ = draft.keep(*place, about)
    job.add_retry(retry)
    notices.notice(f"job {job.id}: asking again {chosen.in_words()}")
    return retry


def preview_retry(job: Job, asked: BatchAsked, only: Collection[Fault], notices: Notices) -> None:
    """Print the requests of a retry, and keep nothing."""
    job.check_file("requests")
    with tempfile.TemporaryDirectory() as folder, begin_retry(job, 0, Path(folder)) as draft:
        about = _read(job, asked, draft, Chosen(job, only), notices)
        if about is not None:
            retry, _ = draft.keep(_engine(job, asked), job.header["base_url"], about)
            with closing(retry):
                preview(retry, asked.connection, notices)


def _engine(job: Job, asked: BatchAsked) -> Engine:
    return "live" if asked.live.live or job.engine == "live" else "hosted"


def _read(
    job: Job, asked: BatchAsked, draft: Draft, chosen: Chosen, notices: Notices
) -> dict[str, Any] | None:
    """Put the chosen rows into `draft`; what the header says of them, None where there are none."""
    with closing(chosen.rows()) as rows:
        first = next(rows, None)
        if first is None:
            notices.notice(f"job {job.id} has no {chosen.wanted} rows: nothing is asked again")
            return None
        items = Named(_behind(first, rows))
        opened = unclosed(job)
        meanings = opened.header.get("aliases", {}) if opened else {}
        names = settled(model_names(asked.connection), meanings)
        read = read_requests(asked, draft, notices, names, items=items)
    return read.about | {name: job.header.get(name) for name in ("prefill", "schema")}


def _behind(first: Item, rows: Iterator[Item]) -> Generator[Item, None, None]:
    yield first
    yield from rows


def _leave(job: Job, opened: Job) -> None:
    """Make room for another retry: one that nothing was sent of goes, one that has all its answers
    or can have no more is closed. Raises UsageError for one that the server is at work on."""
    if not opened.journal.parts and set(opened.index.outcomes()) == {None}:
        opened.delete()
    elif is_complete(opened) or opened.engine == "live":
        opened.journal.closed()
    else:
        raise UsageError(
            f"a retry of job {job.id} with other rows or flags is not finished",
            hint="the same command again goes on with it; claude-cli batch cancel ends it",
        )
    job.forget_retries()
