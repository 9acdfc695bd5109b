"""What is tried again and after how long."""

from datetime import UTC, datetime
from math import inf, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.retry import (
    CREATE_ONCE,
    FREELY,
    Failure,
    RetryPolicy,
    may_retry,
    seconds_to_wait,
)
from tests.thorough import MANY

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def wait(headers: dict[str, str], retries: int = 0, jitter: float = 0.0) -> float:
    return seconds_to_wait(Failure(429, headers), retries, lambda: jitter, NOW)


@pytest.mark.parametrize(
    ("status", "freely", "create_once"),
    [
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (408, True, False),
        (409, True, False),
        (413, False, False),
        (422, False, False),
        (429, True, True),
        (500, True, False),
        (502, True, False),
        (503, True, False),
        (504, True, False),
        (529, True, True),
        (200, False, False),
        (302, False, False),
        (600, False, False),
    ],
)
def test_the_status_decides(status: int, freely: bool, create_once: bool) -> None:
    assert may_retry(FREELY, Failure(status)) is freely
    assert may_retry(CREATE_ONCE, Failure(status)) is create_once


@pytest.mark.parametrize(("policy", "retried"), [(FREELY, True), (CREATE_ONCE, False)])
def test_a_lost_reply_is_tried_again_only_where_that_makes_nothing_twice(
    policy: RetryPolicy, retried: bool
) -> None:
    assert may_retry(policy, Failure()) is retried


def test_x_should_retry_outranks_the_status() -> None:
    assert may_retry(FREELY, Failure(400, {"x-should-retry": "true"}))
    assert not may_retry(FREELY, Failure(529, {"x-should-retry": "false"}))
    assert may_retry(FREELY, Failure(529, {"x-should-retry": "maybe"}))


def test_x_should_retry_cannot_make_a_create_happen_twice() -> None:
    assert not may_retry(CREATE_ONCE, Failure(500, {"x-should-retry": "true"}))
    assert not may_retry(CREATE_ONCE, Failure(429, {"x-should-retry": "false"}))


def test_a_spend_limit_is_final() -> None:
    assert not may_retry(FREELY, Failure(429, spend_limit=True))
    assert not may_retry(FREELY, Failure(429, {"x-should-retry": "true"}, spend_limit=True))


def test_the_backoff_doubles_up_to_a_ceiling() -> None:
    assert [wait({}, retries) for retries in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert wait({}, 10_000) == 8


def test_jitter_takes_up_to_a_quarter_off() -> None:
    assert wait({}, 2, jitter=1.0) == 1.5
    assert wait({}, 2, jitter=0.5) == 1.75


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "1"}, 1),
        ({"retry-after": " 0.75 "}, 0.75),
        ({"retry-after": "99999"}, 99999),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "750", "retry-after": "9"}, 0.75),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30"}, 30),
    ],
)
def test_the_server_says_how_long(headers: dict[str, str], seconds: float) -> None:
    assert wait(headers, 3) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "0.001"}, 0.001), ({"retry-after-ms": "250"}, 0.25)],
)
def test_a_wait_shorter_than_any_backoff_is_believed_once(
    headers: dict[str, str], seconds: float
) -> None:
    assert [wait(headers, retries) for retries in range(5)] == [seconds, 1, 2, 4, 8]


def test_a_wait_as_long_as_the_first_backoff_is_believed_each_time() -> None:
    assert [wait({"retry-after": "0.5"}, retries) for retries in range(4)] == [0.5] * 4


@pytest.mark.parametrize(
    "value",
    [
        *("0", "-1", "nan", "inf", "-inf", "1e999", "", "soon", "1, 1", "0x10"),
        *("1_0", "٣", "1e1", "+1", "0." + "0" * 400 + "1", "9\x1f", "\x1d9"),
        "Sat, 21 Nov 2026 11:00:00 GMT",
        "Sat, 99 Nov 2026 11:00:00 GMT",
        "Sat, 21 Nov 99999999999 11:00:00 GMT",
    ],
)
def test_nonsense_means_the_ordinary_backoff(value: str) -> None:
    assert wait({"retry-after": value}, 1) == 1
    assert wait({"retry-after-ms": value}, 1) == 1


def test_no_wait_is_infinite() -> None:
    assert wait({"retry-after": "9" * 308}) < inf
    assert wait({"retry-after": "9" * 5000}) < inf


WORDS = st.sampled_from(["1", "0", "-", ".", "e", "Mon, ", "01 Jan ", "2027 ", "10:00:00", " GMT"])
VALUES = st.text(max_size=12) | st.lists(WORDS, max_size=8).map("".join) | st.floats().map(str)


@MANY
@given(
    st.none() | st.integers(0, 999),
    st.fixed_dictionaries(
        {}, optional={k: VALUES for k in ("retry-after", "retry-after-ms", "x-should-retry")}
    ),
    st.integers(0, 10_000),
    st.floats(0, 1),
)
def test_whatever_a_server_asks_for_there_is_a_wait_and_an_answer(
    status: int | None, headers: dict[str, str], retries: int, jitter: float
) -> None:
    failure = Failure(status, headers)
    seconds = seconds_to_wait(failure, retries, lambda: jitter, NOW)
    assert isfinite(seconds) and seconds > 0
    assert may_retry(CREATE_ONCE, failure) <= may_retry(FREELY, failure)
