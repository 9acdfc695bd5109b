"""What a job may cost, held against --max-cost, and what it did cost, noted in the ledger."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from claude_cli import ledger
from claude_cli.commandline.flags.batch import BatchAsked
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import TooExpensive
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.estimate import estimate
from claude_cli.jobs.store import Job
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import Prices, format_usd
from claude_cli.turn.compose import other_model
from claude_cli.turn.spending import LedgerWriter, platform_name, price_table
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.turn.budget import Spent

SPENT = "picodollars"
"""The fact of a job's index that holds what its answers cost."""

NOTED = "ledger"
"""The fact that holds how long the ledger was, in bytes, when it had all of them."""

NOTHING = Decimal(0)
PICO = Decimal(10) ** 12


def check_limit(cost: Decimal | None, most: float | None) -> None:
    """Raise TooExpensive where `cost` is more than `most` USD, or not known."""
    if most is None:
        return
    limit = Decimal(str(most))
    if cost is None:
        raise _unknown_price()
    if cost > limit:
        raise TooExpensive(
            f"this could cost {format_usd(cost)}, more than --max-cost {limit:f}",
            hint="fewer rows, or a lower --max-tokens, cost less",
        )


def _unknown_price() -> TooExpensive:
    return TooExpensive("what this costs is not known, so --max-cost cannot be kept")


def spent_by(asked: BatchAsked) -> "Spent | None":
    """What counts against `--budget`; a job has no session, so `/session` is this run.

    Raises UsageError where it is no budget, or the ledger is off.
    """
    if asked.send.budget is None:
        return None
    from claude_cli.turn.budget import spent_of

    return spent_of(
        asked.send.budget,
        is_typed="budget" in asked.send.given,
        keeps=asked.keeps_ledger,
        is_free=asked.connection.is_free,
    )


def check_budget(cost: Decimal | None, spent: "Spent | None", notices: Notices) -> None:
    """Raise TooExpensive where `cost` is more than is left; of one that is not known, tell it."""
    if spent is None:
        return
    left = left_of(spent)
    if cost is None and spent.budget.is_typed:
        raise TooExpensive("what this costs is not known, so --budget cannot be kept")
    if cost is None:
        notices.warning("what this costs is not known: the budget cannot hold it")
    elif cost > left:
        raise TooExpensive(
            f"this could cost {format_usd(cost)}, and {format_usd(left)} is left of {spent.budget}",
            hint="fewer rows, or a lower --max-tokens, cost less",
        )


def left_of(spent: "Spent", paid: Decimal = NOTHING, unwritten: Decimal = NOTHING) -> Decimal:
    """USD that are left; `paid` are those of this run, `unwritten` what of them is in no ledger."""
    return max(spent.budget.usd - spent.usd(None, paid=paid, unwritten=unwritten), NOTHING)


def bound_of_row(run: Run, prices: Prices, spent: "Spent") -> Decimal | None:
    """USD that a row of average length costs at most, by the dearest model; a byte is a token.

    None where no price is known: then the budget cannot hold it, and raises TooExpensive if typed.
    """
    totals = run.job.header["totals"]
    other = other_model(run.asked.request, run.asked.connection)
    costs = []
    for model, total in totals.items():
        tokens = [math.ceil(total[kind] / total["rows"]) for kind in ("size", "output")]
        models = [model, other.model] if other else [model]
        costs += [prices.estimate(one, *tokens) for one in models]
    if None in costs:
        check_budget(None, spent, run.notices)
        return None
    return max(filter(None, costs), default=NOTHING)


def tell_cost(run: Run, spent: "Spent | None" = None) -> None:
    """Say what a job may cost. Raises TooExpensive where that is over --max-cost or, of a hosted
    one, over what is `spent` of the budget.

    A live run stops when that is reached; it is refused where a question alone costs more.
    """
    notices, limit = run.notices, run.asked.send.max_cost
    prices = price_table(run.asked.connection)
    if limit is not None and not all(map(prices.row, run.job.header["totals"])):
        raise _unknown_price()
    notices.spinner.start()
    try:
        found = estimate(run.job, prices, run.client)
    finally:
        notices.spinner.stop()
    for line in found.refused:
        notices.warning(f"the API will refuse {line}")
    notices.notice(str(found))
    if run.job.engine == "hosted":
        check_limit(found.at_most("hosted"), limit)
        check_budget(found.at_most("hosted"), spent, notices)
    elif found.asking["live"] is not None:
        check_limit(found.asking["live"] / found.rows, limit)


def spent_on(job: Job) -> Decimal:
    """USD of the answers of a job that were charged."""
    return job.index.fact(SPENT) / PICO


class Charges:
    """Adds up what the answers of a job cost and, with `keep`, notes each in the ledger, once.

    `total` is all of it in USD, `unwritten` the part that the ledger does not have, `dearest` the
    most that one answer has cost since this was made. What has no known price counts as nothing.

    The ledger is written before the job's index, and a kill can come between. So the index knows
    how long the ledger was; what the ledger has of the job behind that are the answers that are
    added first.
    """

    def __init__(self, job: Job, flags: ConnectionFlags, notices: Notices, *, keep: bool) -> None:
        self.prices = price_table(flags)
        self.total = spent_on(job)
        self.unwritten = self.dearest = NOTHING
        self._job = job
        self._is_batch = job.engine == "hosted"
        self._ledger = LedgerWriter(notices, keep=keep)
        self._entries: list[dict[str, Any]] = []
        self._platform = platform_name(flags)
        models = [*job.header.get("totals", {})]
        self._asked = models[0] if len(models) == 1 else ""
        self._retry: int | None = job.header.get("retry")
        self._size = ledger.size()
        self._in_ledger: int | None = None
        """How many of the next answers the ledger has; None before the first one."""

    def add(self, message: Mapping[str, Any]) -> None:
        """Charge one answer."""
        cost = self.prices.charge(message, self._asked, batch=self._is_batch)
        self.total += cost or NOTHING
        self.dearest = max(self.dearest, cost or NOTHING)
        if not self._is_noted():
            self._entries.append(self._entry(message, cost))
            self.unwritten += cost or NOTHING

    def _is_noted(self) -> bool:
        """Whether the ledger has the next answer, from a run that was killed."""
        if self._in_ledger is None:
            before = self._job.index.fact(NOTED, unset=self._size)
            self._in_ledger = ledger.count_since(before, job=self._job.id, retry=self._retry)
        self._in_ledger -= 1
        return self._in_ledger >= 0

    def write(self) -> None:
        """The ledger has what was added; the job's index has the sum with its next commit."""
        # First what may fail and is taken back: the ledger takes nothing back.
        self._job.index.set_fact(SPENT, int(self.total * PICO))
        entries, self._entries, self._in_ledger = self._entries, [], 0
        if size := self._ledger.write(entries):
            self._size, self.unwritten = size, NOTHING
        self._job.index.set_fact(NOTED, self._size)

    def _entry(self, message: Mapping[str, Any], cost: Decimal | None) -> dict[str, Any]:
        return ledger.entry(
            model=str(message.get("model")),
            usage=billed_usage(message, ""),
            cost_usd=cost,
            priced=self.prices.dated,
            job=self._job.id,
            retry=self._retry,
            platform=self._platform,
        )
