"""A job is carried out: its parts sent, waited for and fetched, or its rows asked live.

Each step leaves on disk what the next one needs, so a run that was killed goes on where it was.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.errors import (
    InputError,
    Interrupted,
    TemporaryFailure,
    Unreachable,
)
from claude_cli.flow.batchcost import Charges, check_limit, estimate
from claude_cli.flow.batchitems import BatchAsked
from claude_cli.flow.batchoutput import keeps_ledger
from claude_cli.flow.connection import connect
from claude_cli.jobs import hosted
from claude_cli.jobs.index import Part
from claude_cli.jobs.live import LiveRun, Question
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import Job, JobStore
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress

PATIENCE = 10
"""Polls in a row that may fail before the wait is given up."""


def carry_out(asked: BatchAsked, job: Job, notices: Notices) -> None:
    """Do what is left to be done, until all results are here; the job must be held."""
    is_live = job.engine == "live"
    with (
        connect(asked.connection, notices, betas=job.header["betas"]) as client,
        told_how_to_come_back(job.id, notices, goes_on=not is_live),
        Results(job) as here,
    ):
        if is_live:
            _answer_live(asked, client, job, here, notices)
            return
        send_parts(asked, client, job, notices, patient=True)
        for part, batch in ended(client, job, asked.poll, notices):
            hosted.fetch(client, job, part, batch, here)


def send_parts(
    asked: BatchAsked, client: ApiClient, job: Job, notices: Notices, *, patient: bool
) -> None:
    """Send every part that has no batch. Raises TemporaryFailure where one may have one."""
    if asked.send.resubmit:
        again = job.index.send_again(asked.send.resubmit, hosted.dead_parts(job))
        job.journal.resubmitted(again)
        notices.notice(f"{again} rows are sent again")
    if asked.send.adopt:
        hosted.adopt(client, job, asked.send.adopt)
    for part in hosted.unsent(job).lost:
        _find_lost(asked, client, job, part, notices, patient=patient)
    fresh = hosted.unsent(job).fresh
    if fresh:
        _tell_cost(asked, client, job, notices)
    for part in fresh:
        batch = hosted.create(client, job, part)
        notices.notice(f"job {job.id}: {part.rows} rows sent as {batch}")


def ended(
    client: ApiClient, job: Job, poll: float, notices: Notices
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each part that is to be fetched, with its batch, as soon as that has ended."""
    waiting = hosted.unfetched(job)
    progress = Progress(notices, job.header["rows"])
    failures = 0
    try:
        while waiting:
            under_way = 0
            for part, batch_id in list(waiting.items()):
                try:
                    batch = batches.show_batch(client, batch_id)
                    failures = 0
                except (TemporaryFailure, Unreachable):
                    failures += 1
                    if failures >= PATIENCE:
                        raise
                    continue
                if batch.get("processing_status") == "ended":
                    del waiting[part]
                    yield part, batch
                else:
                    under_way += _processing(batch)
            if waiting:
                progress.show(max(job.header["rows"] - under_way, 0), "processed")
                time.sleep(poll)
                progress.erase()
    finally:
        progress.erase()


@contextmanager
def told_how_to_come_back(name: str, notices: Notices, *, goes_on: bool = True) -> Iterator[None]:
    """Tell it where a signal ends the wait; a job on the server `goes_on` without us."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        notices.notice(
            f"job {name} goes on; run the same command again, or: claude-cli batch wait {name}"
            if goes_on
            else f"job {name} is not finished: run the same command again to go on"
        )
        raise


def _find_lost(
    asked: BatchAsked,
    client: ApiClient,
    job: Job,
    part: Part,
    notices: Notices,
    *,
    patient: bool,
) -> None:
    """Find the batch of a create that got no reply; one that has not ended is waited for."""
    known = JobStore(job.folder.parent).known_batches()
    told = False
    while True:
        found = hosted.search(client, job, part, known)
        if found.batch:
            notices.notice(f"{found.batch} was found on the server: it is of job {job.id}")
            return
        if not (found.undecided and patient):
            maybe = f"it may be {found.undecided[0]}" if found.undecided else "none was found"
            raise hosted.may_exist(job, maybe)
        if not told:
            notices.notice(
                f"the reply to a create got lost: {found.undecided[0]} may be its batch, which "
                "its results will tell"
            )
            told = True
        time.sleep(asked.poll)


def _tell_cost(asked: BatchAsked, client: ApiClient, job: Job, notices: Notices) -> None:
    prices = Charges(job, notices, keep=False).prices
    found = estimate(job, prices, client)
    notices.notice(str(found))
    if job.engine == "hosted":
        check_limit(found, job.engine, asked.send.max_cost)


def _processing(batch: dict[str, Any]) -> int:
    counts = batch.get("request_counts")
    count = counts.get("processing") if isinstance(counts, dict) else 0
    return count if isinstance(count, int) else 0


def _answer_live(
    asked: BatchAsked, client: ApiClient, job: Job, here: Results, notices: Notices
) -> None:
    """Ask row by row; each answer is on disk before the next one is taken."""
    if asked.send.resubmit:
        job.journal.resubmitted(job.index.send_again(asked.send.resubmit, []))
    charges = Charges(job, notices, keep=keeps_ledger(asked))
    most = _budget(asked, job, charges)
    done = sum(count for outcome, count in job.index.outcomes().items() if outcome)
    if not done:
        _tell_cost(asked, client, job, notices)
    charges.charge()
    spent = charges.total
    progress = Progress(notices, job.header["rows"])
    stream = not asked.request.no_stream
    live = LiveRun(client, _questions(job), asked.live.concurrency, stream=stream)
    with closing(progress), live:
        if spent >= most:
            live.stop()
        for answer in live:
            here.keep(answer.row, answer.line, answer.outcome)
            here.put_on_disk()
            done += 1
            spent += charges.cost(answer.message) if answer.message else 0
            if spent >= most:
                live.stop()
            progress.show(done, "answered")
    if None not in job.index.outcomes():
        job.journal.answered()


def _budget(asked: BatchAsked, job: Job, charges: Charges) -> Decimal:
    """The USD that may be spent. Raises InputError where nobody knows what answers cost."""
    if asked.send.max_cost is None:
        return Decimal("Infinity")
    if not all(map(charges.prices.row, job.header["weights"])):
        raise InputError("what this costs is not known, so --max-cost cannot be kept")
    return Decimal(str(asked.send.max_cost))


def _questions(job: Job) -> Iterator[Question]:
    """The rows without an answer, read as they are asked for."""
    with job.open_requests() as file:
        for request in job.index.requests(unanswered=True):
            file.seek(request.start)
            yield Question(request.row, request.custom_id, file.read(request.length))
