"""Batches, hosted and live, and their retries, killed at any step, and the same command again."""

import json
import signal
from pathlib import Path

import pytest

pytest.importorskip("fcntl")

from claude_cli.disk import appendlog
from claude_cli.ledger import ledger_file
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run
from tests.jobs.simulated import asked, sent_ids
from tests.storms.forks import Forks

MOST_KILLS = 3
"""Of one job, before it may come to its end."""
ROWS = 12


def ids_written() -> list[str]:
    return [json.loads(line)["custom_id"] for line in Path("out").read_bytes().splitlines()]


def on_to_the_end(run: Run, *arguments: str) -> Ran:
    """The same command again; whoever was killed between intent and create has to say so: only a
    person can know that nothing is under way."""
    ran = run(*arguments)
    if ran.code == 75 and "none was found" in ran.stderr:
        ran = run(*arguments, "--resubmit", "failed")
    assert ran.code == 0, ran.stderr
    return ran


@pytest.mark.parametrize("live", [(), ("--live", "--concurrency", "4")], ids=["hosted", "live"])
def test_a_job_survives_kills_and_asks_no_row_twice_but_those_under_way(
    forks: Forks, run: Run, simulator: Simulator, live: tuple[str, ...]
) -> None:
    command = ("batch", "run", "in.txt", "-O", "out", "--poll", "0.01", *live)
    Path("in.txt").write_text("".join(f"warm {n}\n" for n in range(ROWS)))
    assert forks.run(*command).code == 0
    moments = list(forks.moments())
    for number in range(0, len(moments), MOST_KILLS):
        before = len(sent_ids(simulator))
        Path("in.txt").write_text("".join(f"job {number} {n}\n" for n in range(ROWS)))
        for step, signum in moments[number : number + MOST_KILLS]:
            forks.run(*command, step=step, signum=signum)
        on_to_the_end(run, *command)
        assert len(ids_written()) == len(set(ids_written())) == ROWS
        came = [prompt for prompt in asked(simulator) if prompt.startswith(f"job {number} ")]
        sent = sent_ids(simulator)[before:]
        if live:
            assert len(set(came)) == ROWS
            assert len(came) <= ROWS + 4 * MOST_KILLS
        else:
            assert len(sent) == len(set(sent)) == ROWS


def failed_job(run: Run, simulator: Simulator, name: str, *options: str) -> list[str]:
    """The command that retries a job of six rows, of which three have failed."""
    Path("in.txt").write_text("".join(f"{name} {n}\n" for n in range(6)))
    simulator.batches.order({f"*-{n}": "expired" for n in (2, 4, 6)})
    simulator.inject(*["400x3"] * bool(options))
    ran = run("batch", "run", "in.txt", "--poll", "0.01", *options)
    assert ran.code == 5, ran.stderr
    simulator.batches.order({})
    job = json.loads(ran.text.splitlines()[0])["custom_id"].split("-")[0]
    return ["batch", "retry", job, "-O", "out", "--poll", "0.01"]


def test_a_retry_that_is_killed_at_any_step_loses_no_row_and_doubles_none(
    forks: Forks, run: Run, simulator: Simulator
) -> None:
    assert forks.run(*failed_job(run, simulator, "whole")).code == 0
    for number, (step, signum) in enumerate(forks.moments()):
        command = failed_job(run, simulator, f"retry {number}")
        before = sent_ids(simulator)
        forks.run(*command, step=step, signum=signum)
        on_to_the_end(run, *command)
        again = sent_ids(simulator)[len(before) :]
        assert again == [f"{command[2]}-{n}" for n in (2, 4, 6)]
        assert ids_written() == [f"{command[2]}-{n}" for n in range(1, 7)]
        assert Path("out").read_bytes().count(b'"type":"succeeded"') == 6


def test_a_live_retry_that_is_killed_repeats_no_more_than_was_under_way(
    forks: Forks, run: Run, simulator: Simulator
) -> None:
    live = ("--live", "--concurrency", "1")
    assert forks.run(*failed_job(run, simulator, "whole", *live), *live).code == 0
    for number, (step, signum) in enumerate(forks.moments()):
        name = f"retry {number}"
        command = failed_job(run, simulator, name, *live)
        failed = {f"{name} {n}" for n in range(3)}
        forks.run(*command, *live, step=step, signum=signum)
        on_to_the_end(run, *command, *live)
        again = [prompt for prompt in asked(simulator) if prompt in failed]
        assert {*again} == failed
        assert len(again) <= 3 + 1
        assert ids_written() == [f"{command[2]}-{n}" for n in range(1, 7)]


LEDGER_WRITTEN = "record > _write_at_end > lock"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "SIGKILL"])
@pytest.mark.parametrize("live", [(), ("--live",)], ids=["hosted", "live"])
def test_answers_that_are_in_the_ledger_when_a_signal_comes_are_not_charged_again(
    forks: Forks, run: Run, live: tuple[str, ...], signum: signal.Signals
) -> None:
    command = ("batch", "run", "in.txt", "-O", "out", "--poll", "0.01", *live)
    Path("in.txt").write_text("".join(f"{n}\n" for n in range(ROWS)))
    assert forks.run(*command, step=LEDGER_WRITTEN, signum=signum).code == -signum
    assert run(*command).code == 0
    assert len([*appendlog.read_records(ledger_file())]) == ROWS


def test_answers_to_a_retry_that_are_in_the_ledger_at_a_kill_are_not_charged_again(
    forks: Forks, run: Run, simulator: Simulator
) -> None:
    command = failed_job(run, simulator, "retry")
    assert len([*appendlog.read_records(ledger_file())]) == 3
    assert forks.run(*command, step=LEDGER_WRITTEN, signum=signal.SIGKILL).code == -signal.SIGKILL
    on_to_the_end(run, *command)
    assert len([*appendlog.read_records(ledger_file())]) == 6
