"""Whether a failed try is worth another one, and after how long. Pure.

The rule is the official SDKs': `x-should-retry` decides, else the status, but that what the server
does not implement (501) is not asked for again; the wait is what
`retry-after-ms` or `retry-after` says, else an exponential backoff with jitter.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

LONGEST_WAIT = 60.0
"""Seconds; who is told to wait longer gives up and says so."""

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 8.0


class RetryPolicy(NamedTuple):
    """Which failures of a kind of request may be tried again.

    `unanswered` is about requests that may have been carried out although no reply came, and
    `heeds_server` says whether `x-should-retry: true` may widen the statuses.
    """

    statuses: Callable[[int], bool]
    unanswered: bool
    heeds_server: bool


FREELY = RetryPolicy(
    statuses=lambda status: status in (408, 409, 429) or (500 <= status <= 599 and status != 501),
    unanswered=True,
    heeds_server=True,
)
"""For requests that change nothing, and for messages: an answer that got lost is lost anyway."""

CREATE_ONCE = RetryPolicy(
    statuses=lambda status: status in (429, 529), unanswered=False, heeds_server=False
)
"""For what must not be made twice: only a reply that says it was not made allows another try."""


class Failure(NamedTuple):
    """What is known of a failed try; `status` is None where no reply came.

    `spend_limit` says that a monthly cap is reached: a 429 that no waiting mends.
    """

    status: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    spend_limit: bool = False


def may_retry(policy: RetryPolicy, failure: Failure) -> bool:
    """Whether `policy` allows another try after `failure`."""
    if failure.status is None:
        return policy.unanswered
    if failure.spend_limit:
        return False
    advice = failure.headers.get("x-should-retry", "").strip().lower()
    if advice == "false":
        return False
    return (advice == "true" and policy.heeds_server) or policy.statuses(failure.status)


def seconds_to_wait(
    failure: Failure, retries: int, jitter: Callable[[], float], now: datetime | None = None
) -> float:
    """Return the seconds to wait before the next try; `retries` is how many there were already.

    What the server asks for is returned as it is, however long; but a wait shorter than the
    first backoff is believed once, not a thousand times. `jitter` gives a number from 0 to 1.
    """
    asked = _asked(failure.headers, now or datetime.now(UTC))
    if asked is not None and asked > 0 and (asked >= FIRST_BACKOFF or not retries):
        return asked
    backoff = min(FIRST_BACKOFF * 2.0 ** min(retries, 10), LONGEST_BACKOFF)
    return backoff * (1 - 0.25 * jitter())


def _asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """The wait that the server asks for; None when it asks for none or makes no sense."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after", "")
    seconds = _number(after)
    return _seconds_until(after, now) if seconds is None else seconds


def _number(text: str) -> float | None:
    """A decimal number; to `float` much more is one, such as 1_0 or ٣."""
    found = re.fullmatch(r"[ \t]*([0-9]+(?:\.[0-9]+)?)[ \t]*", text)
    if not found:
        return None
    number = float(found[1])
    return number if isfinite(number) else None


def _seconds_until(date: str, now: datetime) -> float | None:
    """Seconds from `now` to an HTTP date (RFC 9110, section 5.6.7)."""
    from email.utils import parsedate_to_datetime

    try:
        then = parsedate_to_datetime(date)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, OverflowError, TypeError):
        return None
