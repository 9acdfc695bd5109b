"""How many requests are under way, and when the next may begin."""

import threading
import time
from types import SimpleNamespace
from typing import cast

import pytest

from claude_cli.api.observer import SILENT, Observer
from claude_cli.jobs.throttle import Throttle


def busy(throttle: Throttle, status: int = 429, milliseconds: int = 20) -> None:
    throttle.response_received(status, "", [("Retry-After-Ms", str(milliseconds))])


def test_a_busy_server_halves_it_once_for_each_burst_down_to_one() -> None:
    throttle = Throttle(8, SILENT)
    limits = []
    for status in (429, 529, 429, 529):
        for _ in range(3):
            busy(throttle, status, 150)
        limits.append(throttle.limit)
        time.sleep(0.16)
    assert limits == [4, 2, 1, 1]


def test_other_failures_do_not_slow_it_down() -> None:
    throttle = Throttle(8, SILENT)
    busy(throttle, 500)
    assert throttle.limit == 8


def test_a_round_of_successes_lets_one_more_through_up_to_the_most() -> None:
    throttle = Throttle(4, SILENT)
    busy(throttle, milliseconds=1)
    limits = []
    for _ in range(9):
        throttle.enter()
        throttle.leave(succeeded=True)
        limits.append(throttle.limit)
    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 4]


def test_all_threads_wait_as_long_as_the_server_asked() -> None:
    throttle = Throttle(4, SILENT)
    started = time.monotonic()
    busy(throttle, milliseconds=80)
    waited: list[float] = []

    def enter() -> None:
        throttle.enter()
        waited.append(time.monotonic() - started)
        throttle.leave(succeeded=True)

    threads = [threading.Thread(target=enter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(waited) == 3 and min(waited) >= 0.07


def test_retries_are_told_at_once_and_then_counted_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    observer = SimpleNamespace(waiting=lambda seconds, reason, *counts: told.append(reason))
    throttle = Throttle(4, cast(Observer, observer))
    for now in (100.0, 101.0, 159.9, 160.0, 220.0):
        clock = SimpleNamespace(monotonic=lambda now=now: now)
        monkeypatch.setattr("claude_cli.jobs.throttle.time", clock)
        throttle.waiting(1.0, "busy", 1, 2)
    assert told == ["busy", "busy, 3 retries since the last line", "busy"]
