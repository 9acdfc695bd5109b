"""`batch retry`: rows without a good answer are asked once more, and the better answer is kept."""

from collections.abc import Collection

from claude_cli.commandline.flags.batch import FAULTS, BatchAsked, Fault, RowFlags
from claude_cli.commandline.flags.question import ContentFlags, ToolFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import UsageError
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.carry_out import carry_out, fetch_ended, send
from claude_cli.flow.batch.hosted import give_up_lost
from claude_cli.flow.batch.job import at_home, found_job, is_complete, require_sent
from claude_cli.flow.batch.output import conclude, destination, mend, where_it_went
from claude_cli.flow.batch.retries import begin_retry_of, preview_retry, unclosed
from claude_cli.jobs import hosted
from claude_cli.jobs.store import Job
from claude_cli.turn.connection import connect
from claude_cli.ui.notices import Notices


def retry(name: str, asked: BatchAsked, only: str | None) -> None:
    """Ask rows of a job once more, by the flags that were typed, and write its results anew.

    Raises BatchIncomplete when rows are still without an answer; by then everything is written.
    """
    notices = Notices(asked.verbosity.level)
    faults = _faults(only)
    if {"schema", "schema_list"} & asked.request.given:
        raise UsageError("a retry keeps the schema of its job", hint="batch run with another one")
    with found_job(name, asked.connection) as job:
        if job is None:
            raise UsageError(f"{name} was not made here, so its requests are not known")
        results = where_it_went(asked.results, job)
        if results.output != asked.results.output:
            notices.notice(f"the results go to {results.output}, as those of the job")
        connection = at_home(asked.connection, job)
        request = _typed(asked.request)
        asked = asked._replace(connection=connection, request=request, results=results)
        with job.hold():
            ask_again(job, asked, faults, notices)


def of_its_own(asked: BatchAsked) -> BatchAsked:
    """The command line of a job as that of its retry: what it says of requests is in them."""
    return asked._replace(
        input=None,
        prompt=None,
        rows=RowFlags(),
        content=ContentFlags(),
        request=_of_sending(asked.request),
        tools=ToolFlags(),
    )


def ask_again(
    job: Job, asked: BatchAsked, only: Collection[Fault], notices: Notices, *, goes_on: bool = False
) -> None:
    """Ask the rows of `job` with these faults once more; the job must be held.

    With `goes_on` a job that is not finished is finished first, else that is an error.
    """
    write = destination(asked.results)
    mend(job, asked.connection, notices, keep=asked.keeps_ledger)
    if asked.send.dry_run:
        preview_retry(job, asked, only, notices)
        return
    _finish(job, asked, notices, goes_on=goes_on)
    again = begin_retry_of(job, asked, only, notices)
    stop = carry_out(asked, again, notices) if again is not None else None
    conclude(job, asked.results, notices, write, stop=stop)


def send_again(job: Job, asked: BatchAsked, notices: Notices) -> None:
    """Send the failed rows of `job` once more, without waiting; the job must be held."""
    mend(job, asked.connection, notices, keep=asked.keeps_ledger)
    _finish(job, asked, notices, goes_on=False)
    again = begin_retry_of(job, asked, ["failed"], notices)
    if again is not None:
        send(again, asked, notices)


def _finish(job: Job, asked: BatchAsked, notices: Notices, *, goes_on: bool) -> None:
    """See to it that every row of the job had its turn.

    A batch that got lost is looked for once more, and then given up: whoever retries knows that it
    may be billed. Of a retry he has to say so.
    """
    under_way = unclosed(job)
    maybe = [job, under_way] if under_way and asked.resubmit else [job]
    lost = [one for one in maybe if one.engine == "hosted" and hosted.unsent(one).lost]
    if lost:
        with connect(asked.connection, notices) as client:
            for one in lost:
                give_up_lost(Run(asked, client, one, notices))
    if under_way in lost and is_complete(under_way):
        under_way.journal.closed()  # its rows are for the next one
    if is_complete(job):
        return
    if goes_on:
        carry_out(asked, job, notices)
        return
    require_sent(job)
    fetch_ended(job, asked.connection, notices, keep=asked.keeps_ledger)


def _typed(flags: RequestFlags) -> RequestFlags:
    """The flags that were typed: what the config file says is in the requests, or was not then."""
    typed = flags.given & {*flags._fields}
    named = {name: getattr(flags, name) for name in typed}
    return _of_sending(flags)._replace(given=flags.given, **named)


def _of_sending(flags: RequestFlags) -> RequestFlags:
    """The flags alone that are in no request: how one is checked, and sent live."""
    return RequestFlags(
        strict_model=flags.strict_model, no_stream=flags.no_stream, fallback=flags.fallback
    )


def _faults(only: str | None) -> list[Fault]:
    """Raises UsageError for a word that is no fault."""
    words = [*FAULTS] if only is None else [word.strip() for word in only.split(",")]
    unknown = [word for word in words if word not in FAULTS]
    if unknown:
        raise UsageError(
            f"--only {unknown[0]!r}: no such rows", hint=f"some of {','.join(FAULTS)}", flag="only"
        )
    return [fault for fault in FAULTS if fault in words]
