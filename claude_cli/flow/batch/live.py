"""Asks the rows of a job live, several at a time, until --max-cost or --budget is reached."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from claude_cli.errors import ClaudeCliError, TooExpensive
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.cost import Charges, bound_of_row, left_of, spent_by, tell_cost
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.jobs.live import LiveRun, Question
from claude_cli.jobs.results import Results
from claude_cli.jobs.store import Job
from claude_cli.models.prices import format_usd
from claude_cli.turn.compose import other_model
from claude_cli.types import RequestBody
from claude_cli.ui.progress import Progress, length

if TYPE_CHECKING:
    from claude_cli.turn.budget import Spent


def answer_live(run: Run, here: Results, charges: Charges) -> TooExpensive | None:
    """Ask several rows at a time; each answer is kept before another row is. `here` adds what it
    keeps to `charges`.

    Returns why rows were left out, where the budget was used up. Raises TooExpensive where that
    is so before the first one.
    """
    job = run.job
    if run.asked.resubmit == "all":
        run.forget_answers()
    job.check_file("requests")
    done = sum(count for outcome, count in job.index.outcomes().items() if outcome)
    allowance = _allowance(run, charges, is_new=not done)
    fallback = Fallback(run)
    live = LiveRun(
        run.client,
        _questions(job),
        run.asked.live.concurrency,
        stream=not run.asked.request.no_stream,
        allows=allowance.allows,
        instead=fallback.instead,
    )
    _take_in(run, live, here, charges, done)
    if allowance.is_overdrawn:
        run.notices.warning("the last answers cost more than --max-cost allows")
    fallback.tell()
    if None not in job.index.outcomes():
        job.journal.answered()
        return None
    return allowance.budget.refusal if allowance.budget else None


def _allowance(run: Run, charges: Charges, *, is_new: bool) -> "Allowance":
    """What the rows may cost; of a job that `is_new` it is told what they could."""
    spent = spent_by(run.asked)
    if is_new:
        tell_cost(run)
    allowance = Allowance(run.asked.send.max_cost, charges)
    if spent and (bound := bound_of_row(run, charges.prices, spent)) is not None:
        allowance.budget = BudgetShare(spent, bound, charges)
        if is_new:
            allowance.budget.require_one()
    return allowance


def _take_in(run: Run, live: LiveRun, here: Results, charges: Charges, done: int) -> None:
    """Keep the answers as they come; `done` rows had one before."""
    job = run.job
    came = 0
    with closing(Progress(run.notices, job.header["rows"])) as progress, live:
        for answers in live:
            for answer in answers:
                here.keep(answer.row, answer.line, answer.result)
            here.settle()
            came += len(answers)
            progress.show(
                done + came, "answered", partial(_facts, job, done, came, progress, charges)
            )


def _facts(job: Job, done: int, came: int, progress: Progress, charges: Charges) -> list[str]:
    """What is shown beside the bar, what matters most first; each as wide as before."""
    seconds = progress.elapsed
    rows: int = job.header["rows"]
    left = rows - done - came
    return [
        f"{left:>{len(str(rows))}} left in about {length(left * seconds / came)}",
        f"{format_usd(charges.total)} so far",
        f"{came / seconds:5.1f} rows/s",
    ]


class Fallback:
    """The model of `--fallback`: asked for rows whose own is not there, or too busy."""

    def __init__(self, run: Run) -> None:
        self._model = other_model(run.asked.request, run.asked.connection)
        self._notices = run.notices
        self._rows = 0
        self._lock = Lock()

    def instead(self, body: RequestBody, error: ClaudeCliError) -> RequestBody | None:
        """The request in place of one that failed; several threads ask."""
        if self._model is None or not self._model.stands_in(error, body):
            return None
        with self._lock:
            self._rows += 1
        return self._model.asked(body)[0]

    def tell(self) -> None:
        if self._model and self._rows:
            rows = rows_in_words(self._rows)
            self._notices.warning(f"{self._model.model} was asked instead for {rows}")


class Allowance:
    """The USD that may be spent, where there is a limit.

    Nobody knows what an answer will cost: each is taken to cost what the dearest so far did, and
    until there is one, rows are asked one by one. A `budget` is stricter.
    """

    def __init__(self, most: float | None, charges: Charges) -> None:
        self.budget: BudgetShare | None = None
        self._most = None if most is None else Decimal(str(most))
        self._charges = charges

    def allows(self, under_way: int) -> bool:
        """Whether one more row may be asked, beside those that are under way."""
        if self.budget and not self.budget.allows(under_way):
            return False
        if self._most is None:
            return True
        spent, dearest = self._charges.total, self._charges.dearest
        if not dearest:
            return not under_way and spent < self._most
        return spent + (under_way + 1) * dearest <= self._most

    @property
    def is_overdrawn(self) -> bool:
        return self._most is not None and self._charges.total > self._most


class BudgetShare:
    """What a budget allows a job: each row under way may cost `bound` USD."""

    def __init__(self, spent: "Spent", bound: Decimal, charges: Charges) -> None:
        self.refusal: TooExpensive | None = None
        self._spent = spent
        self._bound = bound
        self._charges = charges
        self._before = charges.total

    def allows(self, under_way: int) -> bool:
        paid = self._charges.total - self._before
        left = left_of(self._spent, paid, self._charges.unwritten)
        if (under_way + 1) * self._bound <= left:
            return True
        self.refusal = TooExpensive(
            f"another row can cost {format_usd(self._bound)}: the budget of {self._spent.budget} "
            f"has {format_usd(left)} left",
            hint="--max-tokens N bounds an answer; the same command goes on later",
        )
        return False

    def require_one(self) -> None:
        if not self.allows(0) and self.refusal:
            raise self.refusal


def _questions(job: Job) -> Iterator[Question]:
    """The rows without an answer, read as they are asked for."""
    with job.open_requests() as file:
        for request in job.index.requests(unanswered=True):
            file.seek(request.start)
            yield Question(request.row, request.custom_id, file.read(request.length))
