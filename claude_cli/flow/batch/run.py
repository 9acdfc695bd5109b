"""`batch run`, `submit`, `wait` and `results`: a job from its rows to its output, step by step."""

from contextlib import closing
from functools import partial

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import BatchAsked, ResultFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.hosted import (
    Waited,
    ended,
    hint_if_interrupted,
    patiently,
    send_parts,
    wait_for_batch,
)
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.job import (
    at_home,
    find_job,
    is_complete,
    prepared,
    require_sent,
    tell_age,
)
from claude_cli.flow.batch.live import answer_live
from claude_cli.flow.batch.output import (
    conclude,
    destination,
    ended_batch,
    foreign_results,
    mend,
)
from claude_cli.jobs import hosted
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import Job
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.streams import open_stdout

SHORT = 2.0
"""Seconds between two looks of a command that does not wait for the end of a batch."""


def run(asked: BatchAsked) -> None:
    """Do all of it: read, check, submit, wait, fetch, join, write.

    Raises BatchIncomplete when rows failed; by then everything is written.
    """
    write = destination(asked.results)
    notices = Notices(asked.verbosity.level)
    with prepared(asked, notices) as (job, is_new):
        if job is None:
            return
        with job.hold():
            mend(job, asked.connection, notices)
            if is_new or not tell_age(job, asked, notices):
                _carry_out(asked, job, notices)
            keep = asked.keeps_ledger
            conclude(job, asked.results, asked.connection, notices, write, keep=keep)


def submit(asked: BatchAsked) -> None:
    """Send what is not sent yet, and print the job's id."""
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with prepared(asked, notices) as (job, _):
        if job is None:
            return
        with (
            job.hold(),
            connect(asked.connection, notices) as client,
            hint_if_interrupted(job.id, notices),
        ):
            send_parts(Run(asked, client, job, notices), patient=False)
        stdout.write(f"{job.id}\n")


def wait(name: str, connection: ConnectionFlags, poll: float, notices: Notices) -> None:
    """Wait until every batch of a job, or one batch of the server, has ended."""
    job = find_job(name, connection)
    if job is None:
        with connect(connection, notices) as client, hint_if_interrupted(name, notices):
            wait_for_batch(client, name, poll, notices)
        return
    require_sent(job)
    with connect(at_home(connection, job), notices) as client:
        for _ in ended(client, job, poll, notices):
            pass


def results(name: str, connection: ConnectionFlags, flags: ResultFlags, notices: Notices) -> None:
    """Fetch what is not here yet and write the results.

    Raises TemporaryFailure while a batch has not ended.
    """
    write = destination(flags)
    job = find_job(name, connection)
    if job is None:
        with connect(connection, notices) as client:
            write(foreign_results(client, name, flags))
        return
    with job.hold():
        mend(job, connection, notices)
        if not is_complete(job):
            require_sent(job)
            with connect(at_home(connection, job), notices) as client, Results(job) as here:
                for part, batch_id in hosted.unfetched(job).items():
                    look = partial(ended_batch, client, batch_id, job.id)
                    batch = patiently(look, batch_id, SHORT)
                    _fetch(client, job, Waited(part, batch), here, notices, SHORT)
        conclude(job, flags, connection, notices, write, keep=flags.ledger)


def _carry_out(asked: BatchAsked, job: Job, notices: Notices) -> None:
    """Do what is left to be done, until all results are here; the job must be held.

    Each step leaves on disk what the next one needs: a run that was killed goes on where it was.
    """
    is_live = job.engine == "live"
    with (
        connect(asked.connection, notices) as client,
        hint_if_interrupted(
            job.id, notices, goes_on=not is_live, so_far=partial(_so_far, job, asked.results.output)
        ),
        Results(job) as here,
    ):
        work = Run(asked, client, job, notices)
        if is_live:
            answer_live(work, here)
            return
        send_parts(work, patient=True)
        for waited in ended(client, job, asked.pause, notices):
            _fetch(client, job, waited, here, notices, asked.pause)


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
