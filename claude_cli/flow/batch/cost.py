"""What a job may cost, held against --max-cost, and what it did cost, noted in the ledger."""

from contextlib import closing
from decimal import Decimal
from typing import Any

from claude_cli import ledger
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.errors import TooExpensive
from claude_cli.flow.batch.at_work import Run
from claude_cli.flow.batch.estimate import estimate
from claude_cli.jobs.results import at_place, read_result
from claude_cli.jobs.store import Job
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import format_usd
from claude_cli.turn.spending import LedgerWriter, platform_name, price_table
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress

SPENT = "picodollars"
"""The fact of a job's index that holds what its answers cost."""

PICO = Decimal(10) ** 12
TOGETHER = 1000


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


def tell_cost(run: Run) -> None:
    """Say what a job may cost. Raises TooExpensive where that is over --max-cost.

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
    elif found.asking["live"] is not None:
        check_limit(found.asking["live"] / found.rows, limit)


class Charges:
    """Adds up what the answers of a job cost and, with `keep`, notes each in the ledger, once."""

    def __init__(self, job: Job, flags: ConnectionFlags, notices: Notices, *, keep: bool) -> None:
        self._job = job
        self._notices = notices
        self._ledger = LedgerWriter(notices, keep=keep)
        self.prices = price_table(flags)
        self._platform = platform_name(flags)
        models = [*job.header.get("totals", {})]
        self._asked = models[0] if len(models) == 1 else ""

    @property
    def total(self) -> Decimal:
        """USD of the answers that were charged."""
        return self._job.index.fact(SPENT) / PICO

    def cost(self, message: Any) -> Decimal | None:
        """USD of one answer; None where that is not known."""
        return self.prices.charge(message, self._asked, batch=self._job.engine == "hosted")

    def charge(self) -> None:
        """Charge every answer that was not charged yet."""
        with closing(Progress(self._notices, None)) as progress:
            charged = 0
            while count := self._charge_some():
                charged += count
                progress.show(charged, "answers priced")

    def _charge_some(self) -> int:
        """Charge some answers; return how many."""
        index = self._job.index
        rows = index.uncharged(TOGETHER)
        if not rows:
            return 0
        entries = []
        spent = self.total
        with open(self._job.results_path, "rb") as results:
            for row in rows:
                result = read_result(at_place(results, row.at or 0, row.size))
                if result:
                    cost = self.cost(result.message)
                    spent += cost or Decimal(0)
                    entries.append(self._entry(result.message, cost))
        self._ledger.write(entries)
        index.set_fact(SPENT, int(spent * PICO))
        index.charge(row.row for row in rows)
        return len(rows)

    def _entry(self, message: dict[str, Any], cost: Decimal | None) -> dict[str, Any]:
        return ledger.entry(
            model=str(message.get("model")),
            usage=billed_usage(message, ""),
            cost_usd=cost,
            priced=self.prices.dated,
            job=self._job.id,
            platform=self._platform,
        )
