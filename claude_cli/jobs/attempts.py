"""A job and its retries → what came of each row, each time that it was asked."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from claude_cli.jobs.index import LOST, Kept
from claude_cli.jobs.results import Result, at_place, read_result
from claude_cli.jobs.store import Job


class Attempt(NamedTuple):
    """What came of a row that was asked; `line` is None where nothing did, or where it is LOST."""

    line: bytes | None
    outcome: str | None

    @property
    def result(self) -> Result | None:
        return None if self.line is None else read_result(self.line)


def attempts_of(job: Job, retries: Sequence[Job]) -> Iterator[tuple[Kept, list[Attempt]]]:
    """Yield every row of the job, in input order, with its attempts, the oldest first.

    Each of the `retries` has some of the rows, in the same order and with the same ids.
    """
    rows, *again = map(_read, (job, *retries))
    waiting = [next(retry, None) for retry in again]
    for row, first in rows:
        attempts = [first]
        for number, found in enumerate(waiting):
            if found and found[0].custom_id == row.custom_id:
                attempts.append(found[1])
                waiting[number] = next(again[number], None)
        yield row, attempts


def lost_rows(job: Job) -> int:
    """How many rows had an answer, have it no more, and were not asked again since."""
    if not any(LOST in one.index.outcomes() for one in job.all):
        return 0
    return sum(newest(attempts).outcome == LOST for _, attempts in attempts_of(job, job.retries))


def newest(attempts: Sequence[Attempt]) -> Attempt:
    """The last attempt of which anything came; the last one of all where nothing did."""
    return next((one for one in reversed(attempts) if one.outcome), attempts[-1])


def _read(job: Job) -> Iterator[tuple[Kept, Attempt]]:
    with ExitStack() as stack:
        file = None
        if job.results_path.exists():
            file = stack.enter_context(open(job.results_path, "rb"))
        for row in job.index.results():
            line = at_place(file, row.at, row.size) if file and row.at is not None else None
            yield row, Attempt(line, row.outcome)
