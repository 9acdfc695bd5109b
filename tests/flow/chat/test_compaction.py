"""A summary that takes the place of the turns: asked for like a turn, and paid for like one."""

import re
from typing import Any

import pytest

from claude_cli.errors import TemporaryFailure
from claude_cli.flow.chat.compaction import plan_summary, sum_up
from claude_cli.simulator.server.server import Simulator
from tests.chats import dialogue
from tests.conftest import Run

LONG = ("word " * 4000).strip()
"""A prompt that is worth a summary."""
CONTAINER = {"id": "container_1", "expires_at": "2099-01-01T00:00:00Z"}
EXPIRED = {"status": 400, "message": "container: Container container_1 has expired"}


def containers(simulator: Simulator) -> list[str | None]:
    """The container that each Messages request names."""
    posts = [r.body for r in simulator.requests if r.path == "/v1/messages"]
    return [body["container"].get("id") for body in posts]


def test_a_summary_is_asked_for_once_more_where_its_container_is_gone(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="one", container=CONTAINER)
    simulator.enqueue(error=EXPIRED)
    simulator.enqueue(text="in short")
    simulator.enqueue(text="two")
    lines = f"{LONG}\n/compact\nb\n".encode()
    ran = run("chat", "-n", "--skill", "xlsx", "--retries", "0", stdin=lines)
    assert (ran.code, ran.text) == (0, "one\n\ntwo\n\n"), ran.stderr
    assert ran.stderr.count("new container, without the files of container_1") == 1
    assert containers(simulator) == [None, "container_1", None, None]


def test_a_summary_whose_container_stays_gone_is_asked_for_twice_and_changes_nothing(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(text="one", container=CONTAINER)
    for _ in range(2):
        simulator.enqueue(error=EXPIRED)
    lines = f"{LONG}\n/compact\n".encode()
    ran = run("chat", "-n", "--skill", "xlsx", "--retries", "0", stdin=lines)
    assert ran.code == 65
    assert containers(simulator) == [None, "container_1", None]


def test_a_summary_that_breaks_off_is_paid_for_as_far_as_it_came(simulator: Simulator) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(text="in short, a summary", delta_characters=8)
    with dialogue(simulator, no_save=True) as chat:
        chat.say(LONG)
        plan = plan_summary(chat)
        paid = chat.totals.paid
        simulator.inject("cut=1x1")
        with pytest.raises(TemporaryFailure):
            sum_up(chat, plan)
        assert chat.totals.answers == 2
        assert chat.totals.paid > paid
        assert len(list(chat.transcript.turns())) == 1


BUSY = {"status": 529, "type": "overloaded_error", "message": "Overloaded"}
GONE = {"status": 404, "type": "not_found_error", "message": "model: claude-haiku-4-5"}


@pytest.mark.parametrize("error", [BUSY, GONE], ids=["busy", "gone"])
def test_a_summary_is_asked_of_the_other_model_where_the_first_is_not_there_or_too_busy(
    simulator: Simulator, run: Run, error: dict[str, Any]
) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(error=error)
    simulator.enqueue(text="in short")
    simulator.enqueue(text="two")
    lines = f"{LONG}\n/compact\nb\n".encode()
    flags = ("-n", "-m", "claude-haiku-4-5", "--fallback", "claude-opus-4-8", "--retries", "0")
    ran = run("chat", *flags, stdin=lines)
    assert (ran.code, ran.text) == (0, "one\n\ntwo\n\n"), ran.stderr
    assert "claude-opus-4-8 is asked instead" in ran.stderr
    posts = [r.body for r in simulator.requests if r.path == "/v1/messages"]
    assert [body["model"][7:12] for body in posts] == ["haiku", "haiku", "opus-", "haiku"]
    assert posts[-1]["messages"][1]["content"][0]["text"] == "in short"


def test_the_price_of_a_summary_is_that_of_the_dearer_model_that_may_write_it(
    simulator: Simulator, run: Run
) -> None:
    def most(*flags: str) -> float:
        lines = f"{LONG}\n/compact\n".encode()
        told = run("chat", "-n", "-m", "claude-haiku-4-5", *flags, stdin=lines).stderr
        return float(re.findall(r"it costs at most \$([\d.]+)", told)[0])

    assert most("--fallback", "claude-opus-4-8") > 3 * most() > 0
