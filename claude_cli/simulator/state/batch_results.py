"""What becomes of each request of a batch, and the line that tells it.

By itself a request succeeds, or is errored where the Messages API would refuse its `params`.
`Batches.order({"row-3": "expired", "*-7": "errored=api_error"})` orders something else for the ids
that fit a pattern, the first that does:

    succeeded  canceled  expired
    errored  errored=overloaded_error    invalid_request_error, or that error type
    missing  doubled                     no line, or two of them
    unknown                              the line comes under an id that nobody sent
    {"type": "succeeded", "message": …}  this result, as it stands
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeAlias

from claude_cli.errors import UsageError
from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.replies import make_reply
from claude_cli.simulator.checks.parameters import check_model
from claude_cli.simulator.checks.tokens import count_input
from claude_cli.simulator.wire.rejections import Rejection, status_of

Ordered: TypeAlias = str | Mapping[str, Any]
"""A result as it is written in an order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` as the line holds it; None is a message that the simulator makes itself."""

    result: Mapping[str, Any] | None = None
    lines: int = 1
    known: bool = True
    """Whether the line comes under the id of the request."""

    @property
    def kind(self) -> str:
        """Which of the batch's counts it adds to."""
        return "succeeded" if self.result is None else str(self.result.get("type"))


USUAL = Outcome()
CANCELED = Outcome({"type": "canceled"})
_ORDERS = {
    "succeeded": USUAL,
    "canceled": CANCELED,
    "expired": Outcome({"type": "expired"}),
    "missing": Outcome(lines=0),
    "doubled": Outcome(lines=2),
    "unknown": Outcome(known=False),
}


def parse_outcomes(ordered: Mapping[str, Ordered]) -> list[tuple[str, Outcome]]:
    """Patterns of custom ids and what they order; UsageError for what is no outcome."""
    return [(pattern, _parse(order)) for pattern, order in ordered.items()]


def _parse(order: Ordered) -> Outcome:
    if not isinstance(order, str):
        return Outcome(order)
    kind, _, error_type = order.partition("=")
    if kind == "errored":
        error_type = error_type or "invalid_request_error"
        return errored(status_of(error_type), "simulated error", error_type, "req_simulated")
    if order not in _ORDERS:
        known = ", ".join([*_ORDERS, "errored", "errored=api_error"])
        raise UsageError(f"unknown batch result: {order!r}", hint=f"one of {known}")
    return _ORDERS[order]


@lru_cache(maxsize=256)
def errored(status: int, message: str, error_type: str, request_id: str) -> Outcome:
    """The same object for the same error, of which a batch may hold a hundred thousand."""
    refusal = Rejection(status, message, error_type=error_type)
    return Outcome({"type": "errored", "error": refusal.envelope(request_id)})


def choose_outcome(
    custom_id: str, orders: list[tuple[str, Outcome]], refusal: Rejection | None, request_id: str
) -> Outcome:
    """What was ordered for this request; but one that is refused never succeeds by itself."""
    outcome = next((found for pattern, found in orders if fnmatchcase(custom_id, pattern)), USUAL)
    if refusal is None or outcome.result is not None:
        return outcome
    return errored(refusal.status, refusal.message, refusal.error_type, request_id)


def result_lines(request: dict[str, Any], outcome: Outcome, unique: str) -> Iterator[bytes]:
    """The lines of one request, without a newline. `unique`: what the message's id depends on."""
    custom_id = request["custom_id"] if outcome.known else f"unknown-{unique[-40:]}"
    result = outcome.result or _succeeded(request["params"], unique)
    line = json.dumps(
        {"custom_id": custom_id, "result": result}, ensure_ascii=False, separators=(",", ":")
    )
    for _ in range(outcome.lines):
        yield line.encode(errors="replace")


def _succeeded(params: dict[str, Any], unique: str) -> dict[str, Any]:
    """Leaves the prompt cache alone: the results stay the same however often they are read."""
    fingerprint = blake2b(unique.encode(), digest_size=16).hexdigest()
    use = InputUse(count_input(params))
    message = make_reply(params, check_model(params["model"]), fingerprint, use).message
    message["usage"]["service_tier"] = "batch"
    return {"type": "succeeded", "message": message}
