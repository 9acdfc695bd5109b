"""The hosted engine of a job: each part is sent once, and its batch waited for.

While a batch is under way, the API says how many requests are left, no more.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice, repeat
from typing import Any, NamedTuple, TypeVar

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.errors import (
    ClaudeCliError,
    InputError,
    Interrupted,
    TemporaryFailure,
    Unreachable,
)
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.cost import spent_by, tell_cost
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.jobs import hosted
from claude_cli.jobs.index import Part
from claude_cli.jobs.store import Job, JobStore
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress, length

FIRST_PAUSE = 1.0
"""Seconds before the second look; each pause is twice the one before, up to --poll."""

PATIENCE = 10
"""Looks in a row that may fail before the wait is given up."""

T = TypeVar("T")


class Waited(NamedTuple):
    """A part of a job whose batch has ended."""

    part: int
    batch: dict[str, Any]


def send_parts(run: Run, *, patient: bool) -> None:
    """Send every part that has no batch. Raises TemporaryFailure where one may have one.

    `patient`: a batch that may be a lost one is waited for until its results tell.
    """
    send, job, notices = run.asked.send, run.job, run.notices
    if run.asked.resubmit == "all":
        run.forget_answers()
    if send.adopt and hosted.unsent(job).lost:
        hosted.adopt(run.client, job, send.adopt)
    for part in hosted.unsent(job).lost:
        _find_lost(run, part, patient=patient)
    fresh = hosted.unsent(job).fresh
    if fresh:
        job.check_file("requests")
        tell_cost(run, spent_by(run.asked))
    for part in fresh:
        with closing(Progress(notices, part.size)) as progress:
            tell = partial(progress.show, what="bytes sent")
            batch = hosted.create(run.client, job, part, tell)
        notices.notice(f"job {job.id}: {rows_in_words(part.rows)} sent as {batch}")


def give_up_lost(run: Run) -> None:
    """Look once more for the batches of lost creates; those that are not found are given up."""
    job = run.job
    if run.asked.send.adopt and hosted.unsent(job).lost:
        hosted.adopt(run.client, job, run.asked.send.adopt)
    for part in hosted.unsent(job).lost:
        try:
            _find_lost(run, part, patient=True)
        except TemporaryFailure:
            job.journal.given_up(part.number)
            job.note_journal()
            run.notices.notice(f"no batch came of a lost create: {rows_in_words(part.rows)}")


def _find_lost(run: Run, part: Part, *, patient: bool) -> None:
    """Find the batch of a create that got no reply."""
    job = run.job
    known = JobStore(job.jobs_folder).known_batches()
    is_announced = False
    pauses = pauses_up_to(run.asked.pause)
    while True:
        found = hosted.search(run.client, job, part, known)
        if found.batch:
            run.notices.notice(f"{found.batch} was found on the server: it is of job {job.id}")
            return
        if not (found.undecided and patient):
            maybe = f"it may be {found.undecided[0]}" if found.undecided else "none was found"
            raise hosted.may_exist(job, maybe)
        if not is_announced:
            run.notices.notice(
                f"the reply to a create got lost: {found.undecided[0]} may be its batch, which "
                "its results will tell"
            )
            is_announced = True
        time.sleep(next(pauses))


def ended(client: ApiClient, job: Job, poll: float, notices: Notices) -> Iterator[Waited]:
    """Yield each part that is to be fetched as soon as its batch has ended."""
    rows: int = job.header["rows"]
    begun = min(sent.intended for sent in job.journal.parts.values())
    progress = Progress(notices, rows, (datetime.now(UTC) - begun).total_seconds())
    polled = _Polled(client, hosted.unfetched(job), ours=True)
    pauses = pauses_up_to(poll)
    with closing(progress):
        while polled.waiting:
            for waited in polled.newly_ended():
                progress.close()
                yield waited
            if polled.waiting:
                known = job.index.outcomes().items()
                here = [f"{count} {outcome}" for outcome, count in known if outcome]
                done = rows - polled.processing
                progress.show_for(next(pauses), done, "processed", *here, *polled.deadline)


def wait_for_batch(client: ApiClient, batch_id: str, poll: float, notices: Notices) -> None:
    """Wait for the end of a batch that was not made here."""
    rows = hosted.size_of(batches.show_batch(client, batch_id))
    polled = _Polled(client, {0: batch_id}, ours=False)
    pauses = pauses_up_to(poll)
    with closing(Progress(notices, rows)) as progress:
        while not list(polled.newly_ended()):
            done = rows - polled.processing
            progress.show_for(next(pauses), done, "processed", *polled.deadline)


@contextmanager
def hint_if_interrupted(
    name: str, notices: Notices, *, job: Job | None = None, so_far: Callable[[], str] = str
) -> Iterator[None]:
    """Where a signal, or a failure that may pass, ends the wait, say how to come back. What is all
    on the server goes on without us: a batch, and a `job` of which nothing is left to be sent.

    `so_far` says how much is there.
    """
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        goes_on = job is None or (job.engine == "hosted" and not any(hosted.unsent(job)))
        notices.notice(
            f"job {name} goes on{so_far()}; run the same command again, or: "
            f"claude-cli batch wait {name}"
            if goes_on
            else f"job {name} is not finished{so_far()}: run the same command again to go on"
        )
        raise
    except (TemporaryFailure, Unreachable) as error:
        error.hint = error.hint or "the same command again goes on where this one ended"
        raise


def patiently(ask: Callable[[], T], batch_id: str, poll: float) -> T:
    """Ask again while the server does not know a batch that it made for us: a 404 may pass.

    Raises TemporaryFailure where it does not.
    """
    pauses = islice(pauses_up_to(poll), PATIENCE - 1)
    while True:
        try:
            return ask()
        except InputError as error:
            if error.status != 404:
                raise
            pause = next(pauses, None)
            if pause is None:
                raise _unknown(batch_id, error) from error
        time.sleep(pause)


def _unknown(batch_id: str, error: ClaudeCliError) -> TemporaryFailure:
    return TemporaryFailure(
        f"the server does not know {batch_id}, which it made for this job: {error.message}",
        hint="run the same command again later; if somebody has deleted it, --resubmit all sends "
        "the rows again",
        request_id=error.request_id,
    )


def pauses_up_to(longest: float) -> Iterator[float]:
    """Seconds to wait before each further look, without end."""
    pause = FIRST_PAUSE
    while pause < longest:
        yield pause
        pause *= 2
    yield from repeat(longest)


class _Polled:
    """Batches that are asked for until each has ended; a network may come and go meanwhile.

    `ours`: they were made for a job here, so that a 404 may pass.
    """

    def __init__(self, client: ApiClient, waiting: dict[int, str], *, ours: bool) -> None:
        self.waiting = waiting
        """Part → batch, of those that have not ended."""
        self._client = client
        self._ours = ours
        self._under_way: dict[int, dict[str, Any]] = {}
        self._failures = 0

    def newly_ended(self) -> Iterator[Waited]:
        """Ask once for each. Raises what the client raises, ten failures in a row."""
        for part, batch_id in list(self.waiting.items()):
            try:
                batch = batches.show_batch(self._client, batch_id)
            except (TemporaryFailure, Unreachable, InputError) as error:
                self._bear(batch_id, error)
                continue
            self._failures = 0
            self._under_way[part] = batch
            if batch.get("processing_status") == "ended":
                del self.waiting[part], self._under_way[part]
                yield Waited(part, batch)

    def _bear(self, batch_id: str, error: ClaudeCliError) -> None:
        """Raise a failure that does not pass, or the last of ten that might have."""
        if isinstance(error, InputError) and not (self._ours and error.status == 404):
            raise error
        self._failures += 1
        if self._failures >= PATIENCE:
            raise error if error.status != 404 else _unknown(batch_id, error)

    @property
    def processing(self) -> int:
        """Requests that are still to be answered, as far as is known."""
        return sum(map(hosted.processing_of, self._under_way.values()))

    @property
    def deadline(self) -> list[str]:
        """When the first batch expires, in words; nothing where no batch says it."""
        moments = [hosted.moment(batch.get("expires_at")) for batch in self._under_way.values()]
        left = min((m - datetime.now(UTC) for m in moments if m), default=None)
        return [] if left is None else [f"expires in {length(left.total_seconds())}"]
