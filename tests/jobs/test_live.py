"""Live rows: how many at a time, and what becomes of those under way when one stands in the way."""

import json
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from httpx._urlparse import urlparse

from claude_cli.errors import AccessDenied
from claude_cli.jobs.live import LiveRun, Question
from claude_cli.jobs.results import read_result
from claude_cli.simulator.server.server import Simulator
from tests.api.clients import client
from tests.jobs.made_jobs import body
from tests.jobs.simulated import asked, prompts_answered

LATENCY = 0.1


@pytest.fixture
def slow() -> Iterator[Simulator]:
    """Each of its answers takes LATENCY seconds."""
    with Simulator(latency=LATENCY) as running:
        yield running


def questions(count: int) -> list[Question]:
    return [Question(n, f"r{n}", json.dumps(body(f"{n}")).encode()) for n in range(count)]


def most_at_once(simulator: Simulator) -> int:
    """The most requests that were certainly under way together: none is over before LATENCY."""
    begun = [r.at for r in simulator.requests if r.path == "/v1/messages"]
    return max(sum(start <= at < start + LATENCY for start in begun) for at in begun)


def test_no_more_rows_are_under_way_than_allowed_and_all_are_answered(slow: Simulator) -> None:
    with client(slow.base_url) as api:
        with LiveRun(api, iter(questions(20)), 4, stream=True) as run:
            answers = list(chain.from_iterable(run))
        assert api.observer is not run._throttle
    assert sorted(answer.row for answer in answers) == list(range(20))
    assert 2 <= most_at_once(slow) <= 4
    result = read_result(answers[0].line)
    assert result and prompts_answered(result.text) == [f"{answers[0].row}"]


def test_what_is_under_way_is_waited_for_when_the_key_is_refused(slow: Simulator) -> None:
    slow.inject("401x1")
    got = []
    with (
        client(slow.base_url) as api,
        LiveRun(api, iter(questions(9)), 3, stream=True) as run,
        pytest.raises(AccessDenied),
    ):
        for answer in chain.from_iterable(run):
            got.append(answer.row)
    assert len(got) == len(asked(slow)) == 2


def test_rows_are_read_as_they_are_needed(simulator: Simulator) -> None:
    read = []

    def counted() -> Iterator[Question]:
        for question in questions(50):
            read.append(question.row)
            yield question

    with client(simulator.base_url) as api, LiveRun(api, counted(), 2, stream=True) as run:
        for _ in run:
            run.stop()
    assert len(read) <= 3


def test_rows_that_the_caller_has_in_hand_are_under_way_too(simulator: Simulator) -> None:
    """A caller that is killed before it has saved them loses no more than that."""
    with client(simulator.base_url) as api, LiveRun(api, iter(questions(9)), 3, stream=True) as run:
        answers = iter(run)
        got = next(answers)
        while len(asked(simulator)) < 3:
            time.sleep(0.01)
        time.sleep(0.1)  # time enough to ask for more, if it did
        assert len(asked(simulator)) == 3
        assert sorted(a.row for a in chain(got, *answers)) == list(range(9))


def test_a_row_whose_tries_are_used_up_fails_with_what_the_server_said(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.jobs.live.MOST_TRIES", 3)
    simulator.inject("529x3:retry-after-ms=1")
    with client(simulator.base_url) as api, LiveRun(api, iter(questions(2)), 1, stream=True) as run:
        busy, good = chain.from_iterable(run)
    outcomes = [busy.result.outcome, good.result.outcome]
    assert (outcomes, len(simulator.requests)) == (["errored", "succeeded"], 4)
    result = read_result(busy.line)
    assert result and result.problem.startswith("overloaded_error: simulated")


@pytest.mark.parametrize("status", [429, 529])
def test_a_row_that_the_server_says_not_to_send_again_is_sent_once(
    simulator: Simulator, status: int
) -> None:
    simulator.inject(f"{status}x1:x-should-retry=false")
    with client(simulator.base_url) as api, LiveRun(api, iter(questions(2)), 1, stream=True) as run:
        refused, good = chain.from_iterable(run)
    assert [refused.result.outcome, good.result.outcome] == ["errored", "succeeded"]
    assert len(simulator.requests) == 2


def test_its_threads_end(simulator: Simulator) -> None:
    with client(simulator.base_url) as api, LiveRun(api, iter(questions(3)), 3, stream=True) as run:
        list(run)
    for thread in run._threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in run._threads)


def test_the_address_of_the_server_is_taken_apart_once_for_all_rows(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[object] = []
    take_apart = urlparse

    def seen(url: str = "", **parts: str | None) -> Any:
        addresses.append(url)
        return take_apart(url, **parts)

    monkeypatch.setattr("httpx._urls.urlparse", seen)
    with client(simulator.base_url) as api, LiveRun(api, iter(questions(9)), 1, stream=True) as run:
        assert len([*chain.from_iterable(run)]) == 9
    assert len(addresses) == 1
