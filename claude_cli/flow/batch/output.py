"""The results of a job: written where the user wants them, summed up, judged by an exit code."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from claude_cli.api import batches
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import ResultFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import BatchIncomplete, InputUnreadable, ProtocolError, TemporaryFailure
from claude_cli.flow.batch.cost import Charges
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.problems import Problems
from claude_cli.flow.batch.schema_failures import SchemaFailures
from claude_cli.jobs.index import LOST
from claude_cli.jobs.join import Joined, Table, join, write_rows
from claude_cli.jobs.outfile import check_place, write_file
from claude_cli.jobs.repair import repair
from claude_cli.jobs.results import read_result
from claude_cli.jobs.store import Job
from claude_cli.models.prices import format_usd
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.streams import open_stdout


class FailedRows:
    """Collects the rows without an answer, and why, while all rows pass through."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.are_final = True
        """Whether none of them would fare better if it were sent again."""

    def noted(self, rows: Iterator[Joined]) -> Iterator[Joined]:
        for row in rows:
            if row.outcome != "succeeded":
                result = row.result
                self.are_final &= bool(result and result.is_final)
                problem = result.problem if result else "without a result"
                self.problems.add(f"row {row.row} ({row.custom_id})", problem)
            yield row


def destination(flags: ResultFlags) -> Callable[[Iterator[str]], None]:
    """How the output is written; a place that takes no file is refused at once."""
    if _goes_to_stdout(flags):
        stdout = open_stdout()

        def write(pieces: Iterator[str]) -> None:
            for piece in pieces:
                stdout.write(piece)

        return write
    path = Path(str(flags.output))
    check_place(path)
    return lambda pieces: write_file(path, pieces)


def mend(job: Job, connection: ConnectionFlags, notices: Notices) -> None:
    """Repair damaged files. What is lost is fetched again; where that is impossible, `conclude`
    refuses."""
    if lost := repair(job):
        notices.warning(f"job {job.id} was damaged: {rows_in_words(lost)} lost their results")
    if job.is_rebuilt:  # what it knew was charged before
        Charges(job, connection, notices, keep=False).charge()


def conclude(
    job: Job,
    flags: ResultFlags,
    connection: ConnectionFlags,
    notices: Notices,
    write: Callable[[Iterator[str]], None],
    *,
    keep: bool,
) -> None:
    """Charge the answers, write the results, sum up. Raises the error that decides the exit
    code."""
    if lost := job.index.outcomes().get(LOST):
        raise InputUnreadable(
            f"job {job.id} is damaged: {rows_in_words(lost)} lost their answers from "
            f"{job.results_path}; nothing was written",
            hint="--resubmit failed asks them again",
        )
    charges = Charges(job, connection, notices, keep=keep)
    charges.charge()
    prefill = job.header.get("prefill") or ""
    failures = SchemaFailures(job.header.get("schema"), prefill)
    failed = FailedRows()
    with closing(Progress(notices, job.header["rows"])) as progress:
        joined = failures.marked(failed.noted(join(job)))
        if not _goes_to_stdout(flags):
            joined = _shown(joined, progress)
        table = _table(job, flags, notices)
        write(write_rows(joined, flags.result_format, table, prefill))
    outcomes = job.index.outcomes()
    counts = [f"{count} {outcome or 'without a result'}" for outcome, count in outcomes.items()]
    counts += [f"{failures.count} unfit for the schema"] if failures.count else []
    rows = rows_in_words(sum(outcomes.values()))
    notices.notice(f"{rows}: {', '.join(sorted(counts))}; {format_usd(charges.total)}")
    for line in failed.problems.lines():
        notices.warning(line)
    _raise_verdict(job, outcomes, failed)
    failures.raise_if_any()


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


def _raise_verdict(job: Job, outcomes: dict[str | None, int], rows_failed: FailedRows) -> None:
    mismatched_ids: dict[str, int] = {}
    for sent in job.journal.parts.values():
        for what, count in sent.mismatched_ids.items():
            mismatched_ids[what] = mismatched_ids.get(what, 0) + count
    if mismatched_ids:
        counts = ", ".join(f"{count} {what}" for what, count in mismatched_ids.items())
        raise ProtocolError(
            f"the results of job {job.id} do not fit its requests: {counts} ids",
            hint="--resubmit failed sends again what has no result"
            if "missing" in mismatched_ids
            else None,
        )
    rows = sum(outcomes.values())
    failed = rows - outcomes.get("succeeded", 0)
    if outcomes.get(None):
        raise BatchIncomplete(
            f"{outcomes[None]} of {rows_in_words(rows)} were not asked: --max-cost is reached",
            hint="run the same command again with a higher one",
        )
    if failed:
        raise BatchIncomplete(
            f"{failed} of {rows_in_words(rows)} failed",
            hint="the API refuses them as they are: mend the rows, then run the command again"
            if rows_failed.are_final
            else "--resubmit failed sends them again",
        )


def _foreign_rows(client: ApiClient, batch: dict[str, Any]) -> Iterator[Joined]:
    for number, line in enumerate(batches.result_lines(client, batch), 1):
        result = read_result(line)
        if result is None:
            raise ProtocolError(f"the results of {batch['id']} hold a line that is no result")
        yield Joined(number, result.custom_id, {}, line, result.outcome)
