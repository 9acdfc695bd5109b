"""Live rows: how many at a time, and what becomes of those under way when one stands in the way."""

import json
import time
from collections.abc import Iterator
from itertools import chain

import pytest

from claude_cli.errors import AccessDenied
from claude_cli.jobs.live import LiveRun, Question
from claude_cli.jobs.results import read_result
from tests.api.clients import client
from tests.jobs.batch_server import BatchServer, serving
from tests.jobs.made_jobs import body

server = pytest.fixture(serving)


def questions(count: int) -> list[Question]:
    return [Question(n, f"r{n}", json.dumps(body(f"{n}")).encode()) for n in range(count)]


def test_no_more_rows_are_under_way_than_allowed_and_all_are_answered(server: BatchServer) -> None:
    server.latency = 0.02
    with client(server.base_url) as api:
        with LiveRun(api, iter(questions(20)), 4, stream=True) as run:
            answers = list(chain.from_iterable(run))
        assert api.observer is not run._throttle
    assert sorted(answer.row for answer in answers) == list(range(20))
    assert 2 <= server.most_under_way <= 4
    result = read_result(answers[0].line)
    assert result and result.text == f"re: {answers[0].row}"


def test_what_is_under_way_is_waited_for_when_the_key_is_refused(server: BatchServer) -> None:
    server.latency = 0.1
    server.refuse_messages = [(401, {})]
    got = []
    with (
        client(server.base_url) as api,
        LiveRun(api, iter(questions(9)), 3, stream=True) as run,
        pytest.raises(AccessDenied),
    ):
        for answer in chain.from_iterable(run):
            got.append(answer.row)
    assert len(got) == len(server.asked) == 2


def test_rows_are_read_as_they_are_needed(server: BatchServer) -> None:
    read = []

    def counted() -> Iterator[Question]:
        for question in questions(50):
            read.append(question.row)
            yield question

    with client(server.base_url) as api, LiveRun(api, counted(), 2, stream=True) as run:
        for _ in run:
            run.stop()
    assert len(read) <= 3


def test_rows_that_the_caller_has_in_hand_are_under_way_too(server: BatchServer) -> None:
    """A caller that is killed before it has saved them loses no more than that."""
    with client(server.base_url) as api, LiveRun(api, iter(questions(9)), 3, stream=True) as run:
        answers = iter(run)
        got = next(answers)
        while len(server.asked) < 3:
            time.sleep(0.01)
        time.sleep(0.1)  # time enough to ask for more, if it did
        assert len(server.asked) == 3
        assert sorted(a.row for a in chain(got, *answers)) == list(range(9))


def test_its_threads_end(server: BatchServer) -> None:
    with client(server.base_url) as api, LiveRun(api, iter(questions(3)), 3, stream=True) as run:
        list(run)
    for thread in run._threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in run._threads)
