"""`batch run`, `submit`, `wait` and `results`: a job from its rows to its output, step by step."""

from claude_cli.commandline.flags.batch import BatchAsked, ResultFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.flow.batch.carry_out import carry_out, fetch_ended, fetch_retries, send
from claude_cli.flow.batch.hosted import ended, hint_if_interrupted, wait_for_batch
from claude_cli.flow.batch.job import (
    at_home,
    found_job,
    is_complete,
    prepared,
    require_sent,
    tell_age,
)
from claude_cli.flow.batch.output import conclude, destination, foreign_results, mend
from claude_cli.flow.batch.retry import ask_again, of_its_own, send_again
from claude_cli.jobs import hosted
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout


def run(asked: BatchAsked) -> None:
    """Do all of it: read, check, submit, wait, fetch, join, write.

    Raises BatchIncomplete when rows failed; by then everything is written.
    """
    write = destination(asked.results, asked.input if asked.rows.each is None else None)
    notices = Notices(asked.verbosity.level)
    with prepared(asked, notices) as (job, is_new):
        if job is None:
            return
        with job.hold():
            if asked.resubmit == "failed":
                ask_again(job, of_its_own(asked), ["failed"], notices, goes_on=True)
                return
            keep = asked.keeps_ledger
            mend(job, asked.connection, notices, keep=keep)
            stop = None
            if is_new or not tell_age(job, asked, notices):
                stop = carry_out(asked, job, notices)
            fetch_retries(job, asked.connection, notices, asked.pause, keep=keep)
            conclude(job, asked.results, notices, write, stop=stop)


def submit(asked: BatchAsked) -> None:
    """Send what is not sent yet, and print the job's id."""
    stdout = open_stdout()
    notices = Notices(asked.verbosity.level)
    with prepared(asked, notices) as (job, _):
        if job is None:
            return
        with job.hold():
            if asked.resubmit == "failed":
                send_again(job, of_its_own(asked), notices)
            else:
                send(job, asked, notices)
        stdout.write(f"{job.id}\n")


def wait(name: str, connection: ConnectionFlags, poll: float, notices: Notices) -> None:
    """Wait until every batch of a job, or one batch of the server, has ended."""
    with found_job(name, connection) as job:
        if job is None:
            with connect(connection, notices) as client, hint_if_interrupted(name, notices):
                wait_for_batch(client, name, poll, notices)
            return
        if not is_complete(job):
            require_sent(job)
        with connect(at_home(connection, job), notices) as client:
            for one in filter(hosted.unfetched, job.all):
                for _ in ended(client, one, poll, notices):
                    pass


def results(name: str, connection: ConnectionFlags, flags: ResultFlags, notices: Notices) -> None:
    """Fetch what is not here yet and write the results.

    Raises TemporaryFailure while a batch has not ended.
    """
    write = destination(flags)
    with found_job(name, connection) as job:
        if job is None:
            with connect(connection, notices) as client:
                write(foreign_results(client, name, flags))
            return
        with job.hold():
            mend(job, connection, notices, keep=flags.ledger)
            if not is_complete(job):
                require_sent(job)
                fetch_ended(job, connection, notices, keep=flags.ledger)
            fetch_retries(job, connection, notices, keep=flags.ledger)
            conclude(job, flags, notices, write)
