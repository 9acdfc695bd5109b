"""What is left of a job is done: sent, waited for, fetched, or asked live."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import TooExpensive
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.cost import Charges
from claude_cli.flow.batch.hosted import (
    Waited,
    ended,
    hint_if_interrupted,
    patiently,
    send_parts,
)
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.job import at_home, is_complete
from claude_cli.flow.batch.live import answer_live
from claude_cli.flow.batch.output import ended_batch
from claude_cli.jobs import hosted
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import Job
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress

SHORT = 2.0
"""Seconds between two looks of a command that does not wait for the end of a batch."""


def carry_out(asked: BatchAsked, job: Job, notices: Notices) -> TooExpensive | None:
    """Do what is left to be done, until all results are here; the job must be held. Returns what
    left rows out: a budget that is used up.

    Each step leaves on disk what the next one needs: a run that was killed goes on where it was.
    """
    is_live = job.engine == "live"
    charges = Charges(job, asked.connection, notices, keep=asked.keeps_ledger)
    with (
        connect(asked.connection, notices) as client,
        hint_if_interrupted(
            job.id, notices, job=job, so_far=partial(_so_far, job, asked.results.output)
        ),
        Results(job, charges) as here,
    ):
        work = Run(asked, client, job, notices)
        if is_live:
            return answer_live(work, here, charges)
        send_parts(work, patient=True)
        for waited in ended(client, job, asked.pause, notices):
            _fetch(client, job, waited, here, notices, asked.pause)
    return None


def send(job: Job, asked: BatchAsked, notices: Notices) -> None:
    """Send what is not sent yet, without waiting for answers; the job must be held."""
    with (
        connect(asked.connection, notices) as client,
        hint_if_interrupted(job.id, notices, job=job),
    ):
        send_parts(Run(asked, client, job, notices), patient=False)


def fetch_ended(
    job: Job,
    connection: ConnectionFlags,
    notices: Notices,
    poll: float | None = None,
    *,
    keep: bool,
) -> None:
    """Fetch what is not here yet, and charge it; `keep`: in the ledger. Raises TemporaryFailure
    while a batch has not ended; with `poll` that is waited for."""
    waiting = hosted.unfetched(job)
    if not waiting:
        return
    charges = Charges(job, connection, notices, keep=keep)
    with connect(at_home(connection, job), notices) as client, Results(job, charges) as here:
        over = ended(client, job, poll, notices) if poll else _looked_at(client, job, waiting)
        for waited in over:
            _fetch(client, job, waited, here, notices, poll or SHORT)


def fetch_retries(
    job: Job,
    connection: ConnectionFlags,
    notices: Notices,
    poll: float | None = None,
    *,
    keep: bool,
) -> None:
    """Fetch what is not here yet of the job's retries; a notice tells of one that is not all
    sent, or not all asked. Raises what `fetch_ended` raises."""
    for retry in job.retries:
        fetch_ended(retry, connection, notices, poll, keep=keep)
    if not all(map(is_complete, job.retries)):
        notices.notice(
            f"a retry is not finished: the same claude-cli batch retry {job.id} goes on with it"
        )


def _looked_at(client: ApiClient, job: Job, waiting: dict[int, str]) -> Iterator[Waited]:
    for part, batch_id in waiting.items():
        look = partial(ended_batch, client, batch_id, job.id)
        yield Waited(part, patiently(look, batch_id, SHORT))


def _so_far(job: Job, output: str | None) -> str:
    """How many results are here, and what has become of the output."""
    outcomes = job.index.outcomes()
    rows = sum(outcomes.values())
    kept = f", {rows - outcomes.get(None, 0)} of {rows_in_words(rows)} kept here"
    return kept + (f" ({output} is written when all are)" if output not in (None, "-") else "")


def _fetch(
    client: ApiClient, job: Job, ended: Waited, here: Results, notices: Notices, poll: float
) -> None:
    with closing(Progress(notices, hosted.size_of(ended.batch))) as progress:
        show = partial(progress.show, what="results fetched")
        fetch = partial(hosted.fetch, client, job, ended.part, ended.batch, here, show)
        patiently(fetch, str(ended.batch["id"]), poll)
