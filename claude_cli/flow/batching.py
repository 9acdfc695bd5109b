"""`batch run`, `submit`, `wait` and `results`: a job from its rows to its output, step by step."""

import time

from claude_cli.api import batches
from claude_cli.errors import (
    TemporaryFailure,
)
from claude_cli.flags import ConnectionFlags, ResultFlags
from claude_cli.flow.batchitems import BatchAsked
from claude_cli.flow.batchjob import (
    at_home,
    find_job,
    is_complete,
    prepared,
    require_sent,
    tell_age,
)
from claude_cli.flow.batchoutput import conclude, destination, foreign_results, keeps_ledger
from claude_cli.flow.batchsend import carry_out, ended, send_parts, told_how_to_come_back
from claude_cli.flow.connection import connect
from claude_cli.jobs import hosted
from claude_cli.jobs.results import Results
from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import open_stdout


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
            if is_new or not tell_age(job, asked, notices):
                carry_out(asked, job, notices)
            conclude(job, asked.results, notices, write, keep=keeps_ledger(asked))


def submit(asked: BatchAsked) -> None:
    """Send what is not sent yet, and print the job's id."""
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with prepared(asked, notices) as (job, _):
        if job is None:
            return
        with (
            job.hold(),
            connect(asked.connection, notices, betas=job.header["betas"]) as client,
            told_how_to_come_back(job.id, notices),
        ):
            send_parts(asked, client, job, notices, patient=False)
        stdout.write(f"{job.id}\n")


def wait(name: str, connection: ConnectionFlags, poll: float, notices: Notices) -> None:
    """Wait until every batch of a job, or one batch of the server, has ended."""
    job = find_job(name)
    if job is None:
        with connect(connection, notices) as client:
            batch = batches.show_batch(client, name)
            with told_how_to_come_back(name, notices):
                while batch.get("processing_status") != "ended":
                    time.sleep(poll)
                    batch = batches.show_batch(client, name)
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
    job = find_job(name)
    if job is None:
        with connect(connection, notices) as client:
            write(foreign_results(client, name, flags))
        return
    with job.hold():
        if not is_complete(job):
            require_sent(job)
            with connect(at_home(connection, job), notices) as client, Results(job) as here:
                for part, batch_id in hosted.unfetched(job).items():
                    batch = batches.show_batch(client, batch_id)
                    if batch.get("processing_status") != "ended":
                        raise TemporaryFailure(
                            f"{batch_id} has not ended yet", hint=f"claude-cli batch wait {job.id}"
                        )
                    hosted.fetch(client, job, part, batch, here)
        conclude(job, flags, notices, write, keep=flags.ledger)
