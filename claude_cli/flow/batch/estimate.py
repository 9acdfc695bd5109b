"""What a job will cost, estimated before it is sent: from a sample of its rows, and the ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from claude_cli import ledger
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.errors import ClaudeCliError, InputError
from claude_cli.flow.batch.items import rows_in_words
from claude_cli.flow.batch.problems import Problems
from claude_cli.jobs.store import Job
from claude_cli.models.prices import Prices, format_usd
from claude_cli.turn.spending import sum_known
from claude_cli.types import RequestBody

SAMPLE = 20
"""Rows that are counted; the others are taken to have as many tokens a byte."""

USUAL = 500
"""Output tokens of an answer, where the ledger does not tell what they usually are."""

ENOUGH = 10
"""Answers of a model in the ledger that tell how long they usually are."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job may cost in USD; None for what is not known. `tokens` are those of the input."""

    rows: int
    tokens: int | None
    counted: int
    asking: dict[str, Decimal | None]
    answering: dict[str, Decimal | None]
    expecting: dict[str, Decimal | None]
    """Of answers of the usual length."""
    length: int
    """Output tokens of such an answer, on average."""
    unpriced: list[str]
    """Models without a price: one is enough for the whole to be unknown."""
    refused: list[str]
    """What the API says of rows of the sample that it will not take."""

    def at_most(self, engine: str) -> Decimal | None:
        asking, answering = self.asking[engine], self.answering[engine]
        return None if asking is None or answering is None else asking + answering

    def __str__(self) -> str:
        rows = rows_in_words(self.rows)
        usual = f"if an answer has {self.length} tokens, about {self._prices(self.expecting)}"
        prices = f"{usual}; at most {self._prices(self.answering)}"
        unknown = f"; no price is known of {', '.join(self.unpriced)}" if self.unpriced else ""
        if self.tokens is None:
            return f"{rows}, the input not counted; the answers alone cost, {prices}{unknown}"
        sampled = f" ({self.counted} of {rows} counted)"
        return f"{rows}, about {self.tokens:,} input tokens{sampled}; cost: {prices}{unknown}"

    def _prices(self, answers: dict[str, Decimal | None]) -> str:
        """The price with these answers, by both engines; that of the input where it is counted."""
        hosted, live = (
            format_usd(
                answers[engine]
                if self.tokens is None
                else sum_known([self.asking[engine], answers[engine]])
            )
            for engine in ("hosted", "live")
        )
        return f"{hosted} as a batch, {live} live"


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
    expected = _expected_output(totals)
    most = {model: total["output"] for model, total in totals.items()}
    total = None if ratio is None else sum(count or 0 for count in tokens.values())
    unpriced = [model for model in totals if prices.row(model) is None]
    return Estimate(
        rows=job.header["rows"],
        tokens=total,
        counted=counted.rows,
        asking=_both(prices, {m: None if n is None else (n, 0) for m, n in tokens.items()}),
        answering=_both(prices, {model: (0, count) for model, count in most.items()}),
        expecting=_both(prices, {model: (0, count) for model, count in expected.items()}),
        length=round(sum(expected.values()) / job.header["rows"]),
        unpriced=unpriced,
        refused=counted.refused,
    )


def _both(prices: Prices, tokens: dict[str, tuple[int, int] | None]) -> dict[str, Decimal | None]:
    """What tokens cost, by model in and out, with each engine."""
    return {
        engine: sum_known(
            None if counts is None else prices.estimate(model, *counts, batch=engine == "hosted")
            for model, counts in tokens.items()
        )
        for engine in ("hosted", "live")
    }


def _expected_output(totals: dict[str, Any]) -> dict[str, int]:
    """Output tokens by model, if its answers are as long as those in the ledger."""
    try:
        known = {row.key: row for row in ledger.sums("model").rows if row.requests >= ENOUGH}
    except ClaudeCliError:
        known = {}
    usual = {
        model: known[model].tokens["output_tokens"] // known[model].requests
        if model in known
        else USUAL
        for model in totals
    }
    return {
        model: min(total["output"], total["rows"] * usual[model]) for model, total in totals.items()
    }


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
