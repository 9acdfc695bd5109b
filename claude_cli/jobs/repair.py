"""Results that are no longer what came: found by their checksums, found again where they can be.

What is gone is fetched again by a hosted job. A live one cannot: its rows are LOST, so that nothing
is written as if all were here, and nobody pays for them a second time unasked.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from claude_cli.jobs.index import LOST, Kept
from claude_cli.jobs.results import SCANNED, Bill, Results, at_place, checksum
from claude_cli.jobs.store import Job


def repair(job: Job, bill: Bill) -> int:
    """Check the results, and put in order what can be; the job must be held. What turns up that was
    never charged goes to `bill`.

    Return how many rows have lost theirs. Raises InputUnreadable for other damage.
    """
    job.index.check()
    job.check_journal()
    job.check_file("fields")
    displaced = [row.row for row in _displaced(job)]
    if not (displaced or job.is_rebuilt):
        return 0
    job.index.displace(displaced)
    job.index.set_fact(SCANNED, 0)
    with Results(job, bill):
        pass
    if job.engine == "live":
        gone = job.index.forget_displaced(LOST)
        return gone + (job.index.lose_the_rest() if job.header.get("answered") else 0)
    return job.index.forget_displaced(None)


def _displaced(job: Job) -> Iterator[Kept]:
    """The rows whose result is not where the index says."""
    with ExitStack() as stack:
        file = None
        if job.results_path.exists():
            file = stack.enter_context(open(job.results_path, "rb"))
        for row in job.index.results():
            if row.at is not None and (
                file is None or checksum(at_place(file, row.at, row.size)) != row.checksum
            ):
                yield row
