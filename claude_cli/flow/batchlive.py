"""The rows of a job are asked live, several at a time, as long as the money lasts."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

from claude_cli.api.client import ApiClient
from claude_cli.errors import InputError
from claude_cli.flow.batchcost import Charges, tell_cost
from claude_cli.flow.batchitems import BatchAsked
from claude_cli.flow.batchoutput import keeps_ledger
from claude_cli.jobs.live import LiveRun, Question
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import Job
from claude_cli.prices import format_usd
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress


def answer_live(
    asked: BatchAsked, client: ApiClient, job: Job, here: Results, notices: Notices
) -> None:
    """Ask several rows at a time; each answer is kept before another row is."""
    if asked.send.resubmit:
        job.journal.resubmitted(job.index.send_again(asked.send.resubmit, []))
    charges = Charges(job, notices, keep=keeps_ledger(asked))
    most = _budget(asked, job, charges)
    done = sum(count for outcome, count in job.index.outcomes().items() if outcome)
    if not done:
        tell_cost(asked, client, job, notices)
    charges.charge()
    spent, came = charges.total, 0
    stream = not asked.request.no_stream
    live = LiveRun(client, _questions(job), asked.live.concurrency, stream=stream)
    with closing(Progress(notices, job.header["rows"])) as progress, live:
        if spent >= most:
            live.stop()
        for answers in live:
            for answer in answers:
                here.keep(answer.row, answer.line, answer.outcome)
                spent += charges.cost(answer.message) if answer.message else 0
            here.settle()
            if spent >= most:
                live.stop()
            came += len(answers)
            speed = f"{came / progress.elapsed:.1f} rows/s"
            progress.show(done + came, "answered", speed, f"{format_usd(spent)} so far")
    if None not in job.index.outcomes():
        job.journal.answered()


def _budget(asked: BatchAsked, job: Job, charges: Charges) -> Decimal:
    """The USD that may be spent. Raises InputError where nobody knows what answers cost."""
    if asked.send.max_cost is None:
        return Decimal("Infinity")
    if not all(map(charges.prices.row, job.header["weights"])):
        raise InputError("what this costs is not known, so --max-cost cannot be kept")
    return Decimal(str(asked.send.max_cost))


def _questions(job: Job) -> Iterator[Question]:
    """The rows without an answer, read as they are asked for."""
    with job.open_requests() as file:
        for request in job.index.requests(unanswered=True):
            file.seek(request.start)
            yield Question(request.row, request.custom_id, file.read(request.length))
