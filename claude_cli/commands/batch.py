"""`batch`: many requests, as a hosted batch at half the price, or live."""

from typing import Annotated

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.batch import BatchAsked, Poll, ResultFlags, RetryFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import Without, command_group, expand_flags

app = command_group(
    "Many requests at once, at half the price; or live, several at a time.",
    example='claude-cli batch run rows.csv "Translate: {text}" -O out.jsonl',
)

JobName = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="A job, the start of its id, or msgbatch_…",
        autocompletion=offered("jobs"),
    ),
]


@app.command("run")
@expand_flags
def run_batch(asked: BatchAsked) -> None:
    """Send every row of INPUT and write the answers in its order.

    The same command again goes on where it was: nothing is sent or paid for twice.
    """
    from claude_cli.flow.batch.run import run

    run(asked)


@app.command("submit")
@expand_flags
def submit_batch(asked: Annotated[BatchAsked, Without("live", "results", "poll")]) -> None:
    """Send every row of INPUT and print the id of the job, without waiting for answers."""
    from claude_cli.flow.batch.run import submit

    submit(asked)


@app.command("status")
@expand_flags
def show_status(
    job: JobName,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    listing_format: ListingFormat = "table",
) -> None:
    """Show how far a job is."""
    from claude_cli.flow.batch.status import show_status
    from claude_cli.ui.notices import Notices

    show_status(job, connection, listing_format, Notices(verbosity.level))


@app.command("wait")
@expand_flags
def wait_for_job(
    job: JobName, verbosity: VerbosityFlags, connection: ConnectionFlags, poll: Poll = 60.0
) -> None:
    """Wait until a job has ended."""
    from claude_cli.flow.batch.run import wait
    from claude_cli.ui.notices import Notices

    wait(job, connection, connection.pace(poll), Notices(verbosity.level))


@app.command("results")
@expand_flags
def write_results(
    job: JobName, results: ResultFlags, verbosity: VerbosityFlags, connection: ConnectionFlags
) -> None:
    """Fetch the results of a job that has ended and write them."""
    from claude_cli.flow.batch.run import results as fetch_results
    from claude_cli.ui.notices import Notices

    fetch_results(job, connection, results, Notices(verbosity.level))


@app.command("retry")
@expand_flags
def retry_rows(
    job: JobName,
    asked: Annotated[
        BatchAsked, Without("input", "prompt", "rows", "content", "tools", "resubmit")
    ],
    flags: RetryFlags,
) -> None:
    """Ask the rows of a job once more that failed, were refused, were cut or do not fit the schema.

    Each is asked as it was, but for the flags that you type: another model, more --max-tokens. An
    answer is replaced only by a better one. Without -O the results go where those of the job went.
    """
    from claude_cli.flow.batch.retry import retry

    retry(job, asked._replace(resubmit=flags.resubmit), flags.only)


@app.command("list")
@expand_flags
def list_jobs(
    verbosity: VerbosityFlags, connection: ConnectionFlags, listing_format: ListingFormat = "table"
) -> None:
    """List the jobs that are here and the batches that the server has, the newest first."""
    from claude_cli.flow.batch.manage import list_jobs
    from claude_cli.ui.notices import Notices

    list_jobs(connection, listing_format, Notices(verbosity.level))


@app.command("cancel")
@expand_flags
def cancel_job(job: JobName, verbosity: VerbosityFlags, connection: ConnectionFlags) -> None:
    """End a job early; what is being answered may still succeed."""
    from claude_cli.flow.batch.manage import cancel_job
    from claude_cli.ui.notices import Notices

    cancel_job(job, connection, Notices(verbosity.level))


@app.command("delete")
@expand_flags
def delete_job(job: JobName, verbosity: VerbosityFlags, connection: ConnectionFlags) -> None:
    """Delete a job that has ended, here and on the server."""
    from claude_cli.flow.batch.manage import delete_job
    from claude_cli.ui.notices import Notices

    delete_job(job, connection, Notices(verbosity.level))
