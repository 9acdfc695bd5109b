"""What a job will cost, estimated before it is sent, and what it did cost, noted in the ledger."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from claude_cli import ledger
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.config import Config
from claude_cli.errors import ClaudeCliError, InputError, TooExpensive
from claude_cli.flow.batch.asked import Run
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.problems import Problems
from claude_cli.jobs.results import at_place, read_result
from claude_cli.jobs.store import Job
from claude_cli.models.billing import billed_usage
from claude_cli.models.prices import Prices, format_usd
from claude_cli.turn.spending import LedgerWriter, price_table, sum_known
from claude_cli.types import RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress

SAMPLE = 20
"""Rows that are counted; the others are taken to have as many tokens a byte."""

SPENT = "picodollars"
"""The fact of a job's index that holds what its answers cost."""

PICO = Decimal(10) ** 12
TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job may cost in USD; None for what is not known. `tokens` are those of the input."""

    rows: int
    tokens: int | None
    counted: int
    asking: dict[str, Decimal | None]
    answering: dict[str, Decimal | None]
    unpriced: list[str]
    """Models without a price: one is enough for the whole to be unknown."""
    refused: list[str]
    """What the API says of rows of the sample that it will not take."""

    def at_most(self, engine: str) -> Decimal | None:
        asking, answering = self.asking[engine], self.answering[engine]
        return None if asking is None or answering is None else asking + answering

    def __str__(self) -> str:
        tokens = "n/a" if self.tokens is None else f"about {self.tokens}"
        sampled = f" ({self.counted} of {rows_in_words(self.rows)} counted)" if self.counted else ""
        hosted, live = format_usd(self.asking["hosted"]), format_usd(self.asking["live"])
        most = format_usd(self.answering["hosted"]), format_usd(self.answering["live"])
        unknown = f"; no price is known of {', '.join(self.unpriced)}" if self.unpriced else ""
        return (
            f"{rows_in_words(self.rows)}, input tokens {tokens}{sampled}: "
            f"{hosted} as a batch, {live} live; "
            f"answers add at most {most[0]} as a batch, {most[1]} live{unknown}"
        )


def estimate(job: Job, prices: Prices, client: ApiClient | None) -> Estimate:
    """Estimate a job; without `client` nothing is counted, so the price of the input is not known.

    A server that counts no tokens leaves it unknown too. Raises InputError where the API refuses
    every row of the sample: it would refuse all others.
    """
    totals = job.header.get("totals", {})
    counted = _count_sample(job, client) if client else Counted(None, 0, [])
    ratio = counted.ratio
    tokens = {
        model: None if ratio is None else round(total["size"] * ratio)
        for model, total in totals.items()
    }
    asking, answering = {}, {}
    for engine in ("hosted", "live"):
        batch = engine == "hosted"
        asking[engine] = sum_known(
            None if count is None else prices.estimate(model, count, 0, batch=batch)
            for model, count in tokens.items()
        )
        answering[engine] = sum_known(
            prices.estimate(model, 0, total["output"], batch=batch)
            for model, total in totals.items()
        )
    total = None if ratio is None else sum(count or 0 for count in tokens.values())
    unpriced = [model for model in totals if prices.row(model) is None]
    return Estimate(
        job.header["rows"], total, counted.rows, asking, answering, unpriced, counted.refused
    )


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
    prices = price_table(run.asked.connection.config)
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

    def __init__(self, job: Job, config: Config, notices: Notices, *, keep: bool) -> None:
        self._job = job
        self._notices = notices
        self._ledger = LedgerWriter(notices, keep=keep)
        self.prices = price_table(config)

    @property
    def total(self) -> Decimal:
        """USD of the answers that were charged."""
        return self._job.index.fact(SPENT) / PICO

    def cost(self, message: Any) -> Decimal | None:
        """USD of one answer; None where that is not known."""
        return self.prices.charge(message, "", batch=self._job.engine == "hosted")

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
        )


class Counted(NamedTuple):
    """A sample: tokens a byte (None where the server counts none), rows, and those refused."""

    ratio: float | None
    rows: int
    refused: list[str]


def _count_sample(job: Job, client: ApiClient) -> Counted:
    import json

    sample = job.index.sample(SAMPLE)
    bodies = [json.loads(job.body_of(request.start, request.length)) for request in sample]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(partial(_count, client), bodies))
    counts = [count for count in found if isinstance(count, int)]
    size = sum(r.length for r, count in zip(sample, found, strict=True) if isinstance(count, int))
    problems, refusal = Problems(), None
    for request, error in zip(sample, found, strict=True):
        if isinstance(error, InputError):
            refusal = refusal or error
            problems.add(f"row {request.row}", error.message)
    if refusal and problems.count == len(sample):
        raise InputError(
            f"the API refuses these requests, and nothing was sent: {refusal.message}",
            hint=refusal.hint or "--dry-run prints them",
            request_id=refusal.request_id,
        )
    return Counted(sum(counts) / size if counts else None, len(counts), list(problems.lines()))


def _count(client: ApiClient, body: RequestBody) -> int | InputError | None:
    """The tokens of a request, or why the API will not take it; None where nobody counts."""
    try:
        return count_tokens(client, body)
    except ClaudeCliError as error:
        if error.code in (77, 78, 69):  # nothing else would work either
            raise
        is_model = error.status == 404 and str(body["model"]) in error.message
        if isinstance(error, InputError) and (error.status in (400, 413, 422) or is_model):
            return error
        return None
