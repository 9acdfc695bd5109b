"""kill -9 at random moments, and the same command again: every row is sent once, none is lost.

Twelve rounds; CLAUDE_CLI_THOROUGH=1 runs fifty, and `.ci/long storms` as many as it is told.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run, Spawn
from tests.jobs.simulated import asked, reach, sent_ids
from tests.thorough import THOROUGH

ROUNDS = int(os.environ.get("KILLS") or (50 if THOROUGH else 12))
MOST_KILLS = 3
LIVE_ROWS = 60
ROWS = 1500


def finish(process: "subprocess.Popen[bytes]") -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err.decode())


def run_until_done(spawn: Spawn, dice: random.Random, arguments: list[str], usual: float) -> int:
    """Run, kill, run again, and at last let it finish; return how often it was killed."""
    kills = 0
    while True:
        process = spawn("batch", "run", "in.txt", "-O", "out", "--poll", "0.05", *arguments)
        if kills < MOST_KILLS:
            try:
                process.wait(dice.uniform(0.15, 1.0) * usual)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
                continue
        ran = finish(process)
        if ran.code == 75 and "none was found" in ran.stderr:
            # Killed after the intent was on disk and before the request left: only a person can
            # know that nothing is under way, and says so.
            arguments = [*arguments, "--resubmit", "failed"]
            continue
        assert ran.code == 0, ran.stderr
        return kills


def measured(spawn: Spawn, *arguments: str) -> float:
    started = time.monotonic()
    ran = finish(spawn("batch", "run", "in.txt", "-O", "out", "--poll", "0.05", *arguments))
    assert ran.code == 0, ran.stderr
    return time.monotonic() - started


def ids_written() -> list[str]:
    return [json.loads(line)["custom_id"] for line in Path("out").read_bytes().splitlines()]


def test_a_hosted_job_survives_kills_and_is_sent_once(simulator: Simulator, spawn: Spawn) -> None:
    dice = random.Random()
    Path("in.txt").write_text("".join(f"warm {n}\n" for n in range(ROWS)))
    usual = measured(spawn)
    kills = 0
    for number in range(ROUNDS // 2):
        before = len(sent_ids(simulator))
        Path("in.txt").write_text("".join(f"{number} {n}\n" for n in range(ROWS)))
        kills += run_until_done(spawn, dice, [], usual)
        sent = sent_ids(simulator)[before:]
        assert len(sent) == len(set(sent)) == ROWS
        assert ids_written() == sent
    assert kills


def test_a_live_job_survives_kills_and_repeats_no_more_than_was_under_way(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random()
    live = ("--live", "--concurrency", "4")
    with Simulator(latency=0.02) as simulator:
        reach(simulator, monkeypatch)
        Path("in.txt").write_text("".join(f"warm {n}\n" for n in range(LIVE_ROWS)))
        usual = measured(spawn, *live)
        kills = 0
        for number in range(ROUNDS // 2):
            Path("in.txt").write_text("".join(f"{number} {n}\n" for n in range(LIVE_ROWS)))
            killed = run_until_done(spawn, dice, [*live], usual)
            came = [prompt for prompt in asked(simulator) if prompt.startswith(f"{number} ")]
            assert len(set(came)) == LIVE_ROWS
            assert len(came) <= LIVE_ROWS + 4 * killed
            assert len(set(ids_written())) == LIVE_ROWS == len(ids_written())
            kills += killed
    assert kills


def killed_at(step: int, *arguments: str) -> Ran:
    """Run the program until it enters its `step`th function; with 0 to its end."""
    command = [sys.executable, "-m", "tests.jobs.killed_at", str(step), *arguments]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}  # it need not be installed
    ran = subprocess.run(command, capture_output=True, timeout=60, check=False, env=env)
    assert ran.returncode in (0, -signal.SIGKILL), ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


def steps_to_die_at() -> Iterator[int]:
    """Steps all over the run of before, each somewhere in its own share of them."""
    steps, dice, rounds = int(Path("steps").read_text()), random.Random(), ROUNDS // 3
    for number in range(rounds):
        yield 1 + int((number + dice.random()) * steps / rounds)


def retry_until_done(run: Run, *arguments: str) -> None:
    """Retry once more; whoever was killed between intent and create has to say so."""
    ran = run(*arguments)
    if ran.code == 75 and "none was found" in ran.stderr:
        ran = run(*arguments, "--resubmit", "failed")
    assert ran.code == 0, ran.stderr


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
    simulator: Simulator, run: Run
) -> None:
    assert killed_at(0, *failed_job(run, simulator, "whole")).code == 0
    for step in steps_to_die_at():
        command = failed_job(run, simulator, f"step {step}")
        before = sent_ids(simulator)
        killed_at(step, *command)
        retry_until_done(run, *command)
        again = sent_ids(simulator)[len(before) :]
        assert again == [f"{command[2]}-{n}" for n in (2, 4, 6)]
        assert ids_written() == [f"{command[2]}-{n}" for n in range(1, 7)]
        assert Path("out").read_bytes().count(b'"type":"succeeded"') == 6


def test_a_live_retry_that_is_killed_repeats_no_more_than_was_under_way(
    simulator: Simulator, run: Run
) -> None:
    live = ("--live", "--concurrency", "1")
    assert killed_at(0, *failed_job(run, simulator, "whole", *live), *live).code == 0
    for step in steps_to_die_at():
        command = failed_job(run, simulator, f"step {step}", *live)
        before = len(asked(simulator))
        killed_at(step, *command, *live)
        retry_until_done(run, *command, *live)
        again = asked(simulator)[before:]
        assert {*again} == {f"step {step} {n}" for n in range(3)}
        assert len(again) <= 3 + 1
        assert ids_written() == [f"{command[2]}-{n}" for n in range(1, 7)]
