"""The results of a job: written where the user wants them, summed up, judged by an exit code."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import ResultFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import (
    BatchIncomplete,
    CannotCreate,
    CannotWrite,
    InputUnreadable,
    ProtocolError,
    TemporaryFailure,
    TooExpensive,
    UsageError,
)
from claude_cli.flow.batch.cost import NOTHING, Charges, spent_on
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.job import is_complete
from claude_cli.flow.batch.tally import Tally
from claude_cli.flow.batch.verdicts import Judge
from claude_cli.jobs.attempts import lost_rows
from claude_cli.jobs.join import NO_FIELDS, Joined, Table, join, write_rows
from claude_cli.jobs.outfile import check_place, write_file
from claude_cli.jobs.repair import repair
from claude_cli.jobs.results import read_result
from claude_cli.jobs.store import Job, JobStore
from claude_cli.models.prices import format_usd
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.streams import open_stdout

Write = Callable[[Iterator[str]], None]
"""Writes the output, piece by piece."""


def destination(flags: ResultFlags, source: str | None = None) -> Write:
    """How the output is written. A place that takes no file is refused at once, and so is `source`,
    where the rows come from, unless it gets a table that has them, too."""
    if _goes_to_stdout(flags):
        stdout = open_stdout()

        def write(pieces: Iterator[str]) -> None:
            for piece in pieces:
                stdout.write(piece)

        return write
    path = Path(str(flags.output))
    if source and flags.result_format != "csv" and _are_same(source, path):
        raise UsageError(
            f"-O {path} is the input: its rows would be gone",
            hint="name another file, or add columns to a table in place by --format csv",
        )
    check_place(path)
    return partial(write_file, path)


def _are_same(source: str, path: Path) -> bool:
    return path.exists() and os.path.exists(source) and path.samefile(source)


def where_it_went(flags: ResultFlags, job: Job) -> ResultFlags:
    """The flags, with the file that the job's results went to last where no other is named."""
    if flags.output is not None or "written" not in job.header:
        return flags
    output, format = job.header["written"]
    if "result_format" in flags.given:
        format = flags.result_format
    return flags._replace(output=output, result_format=format)


def mend(job: Job, connection: ConnectionFlags, notices: Notices, *, keep: bool) -> None:
    """Repair damaged files. What is lost is fetched again; where that is impossible, `conclude`
    refuses."""
    for one in job.all:
        keep_here = keep and not one.is_rebuilt  # what the lost index knew is in the ledger
        charges = Charges(one, connection, notices, keep=keep_here)
        if lost := repair(one, charges):
            notices.warning(f"job {job.id} was damaged: {rows_in_words(lost)} lost their results")


def conclude(
    job: Job,
    flags: ResultFlags,
    notices: Notices,
    write: Write,
    *,
    stop: TooExpensive | None = None,
) -> None:
    """Write the results, sum up. Raises the error that decides the exit code; `stop` is why rows
    were left out."""
    if lost := lost_rows(job):
        raise InputUnreadable(
            f"job {job.id} is damaged: {rows_in_words(lost)} lost their answers from "
            f"{job.results_path}; nothing was written",
            hint=f"claude-cli batch retry {job.id} --only failed asks them again",
        )
    judge = Judge(job)
    tally = Tally(judge)
    with closing(Progress(notices, job.header["rows"])) as progress:
        joined = tally.counted(join(job, judge.best))
        if not _goes_to_stdout(flags):
            joined = _shown(joined, progress)
        table = _table(job, flags, notices)
        try:
            write(write_rows(joined, flags.result_format, table, judge.prefill))
        except (CannotCreate, CannotWrite) as error:
            if job.jobs_folder == JobStore().folder:  # that of a simulated job is gone by then
                again = f"claude-cli batch results {job.id} --format {flags.result_format} -O FILE"
                error.hint = f"the results are kept: {again}"
            raise
    _note_written(job, flags)
    spent = sum(map(spent_on, job.all), NOTHING)
    notices.notice(f"{rows_in_words(tally.rows)}: {tally.in_words()}; {format_usd(spent)}")
    for line in tally.problems.lines():
        notices.warning(line)
    if stop:
        raise stop
    _raise_verdict(job, tally)


def _note_written(job: Job, flags: ResultFlags) -> None:
    """Let the next retry know where the results went, and that it may begin."""
    for retry in job.retries:
        if is_complete(retry) and not retry.header.get("closed"):
            retry.journal.closed()
    if not _goes_to_stdout(flags):
        place = os.path.abspath(str(flags.output)), flags.result_format
        if job.header.get("written") != place:
            job.journal.written(*place)


def ended_batch(client: ApiClient, batch_id: str, name: str) -> dict[str, Any]:
    """A batch with its results; `name` is what to wait for. Raises TemporaryFailure before."""
    batch = batches.show_batch(client, batch_id)
    if batch.get("processing_status") != "ended":
        raise TemporaryFailure(
            f"{batch_id} has not ended yet", hint=f"claude-cli batch wait {name}"
        )
    return batch


def foreign_results(client: ApiClient, batch_id: str, flags: ResultFlags) -> Iterator[str]:
    """The results of a batch that was not made here, in the server's order."""
    batch = ended_batch(client, batch_id, batch_id)
    return write_rows(_foreign_rows(client, batch), flags.result_format, Table())


def _table(job: Job, flags: ResultFlags, notices: Notices) -> Table:
    """The columns of the output; told which have another name than in the schema."""
    properties = (job.header.get("schema") or {}).get("properties") or {}
    table = Table(job.header.get("columns") or Table().columns, list(properties))
    if flags.result_format == "csv":
        for name, column in table.renamed().items():
            notices.notice(
                f"{name} of the answers is in the column {column}, as the input has a column {name}"
            )
    return table


def _goes_to_stdout(flags: ResultFlags) -> bool:
    return flags.output in (None, "-")


def _shown(rows: Iterator[Joined], progress: Progress) -> Iterator[Joined]:
    for number, row in enumerate(rows, 1):
        progress.show(number, "rows written")
        yield row


def _raise_verdict(job: Job, tally: Tally) -> None:
    again = f"claude-cli batch retry {job.id}"
    mismatched_ids: Counter[str] = Counter()
    for sent in (sent for one in job.all for sent in one.journal.parts.values()):
        mismatched_ids.update(sent.mismatched_ids)
    if not tally.outcomes[None]:
        del mismatched_ids["missing"]  # a retry has them
    if mismatched_ids:
        counts = ", ".join(f"{count} {what}" for what, count in mismatched_ids.items())
        raise ProtocolError(
            f"the results of job {job.id} do not fit its requests: {counts} ids",
            hint=f"{again} asks again for what has no result"
            if "missing" in mismatched_ids
            else None,
        )
    unasked = sum(one.index.outcomes().get(None, 0) for one in job.all if one.engine == "live")
    if unasked:
        raise BatchIncomplete(
            f"{unasked} of {rows_in_words(tally.rows)} were not asked: --max-cost is reached, or "
            "the command was ended",
            hint="the same command again goes on, with a higher --max-cost if that was it",
        )
    if failed := tally.rows - tally.outcomes["succeeded"]:
        raise BatchIncomplete(
            f"{failed} of {rows_in_words(tally.rows)} failed",
            hint="the API refuses them as they are: mend the rows, then run the command again"
            if tally.are_final
            else f"{again} asks them again",
        )
    tally.raise_if_mismatched(
        f"--format csv has the reason for each in its error column; {again} asks them again"
    )


def _foreign_rows(client: ApiClient, batch: dict[str, Any]) -> Iterator[Joined]:
    for number, line in enumerate(batches.result_lines(client, batch), 1):
        result = read_result(line)
        if result is None:
            raise ProtocolError(f"the results of {batch['id']} hold a line that is no result")
        yield Joined(number, result.custom_id, NO_FIELDS, line, result.outcome)
