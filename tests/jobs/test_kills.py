"""kill -9 at random moments, and the same command again: every row is sent once, none is lost.

Twelve rounds; CLAUDE_CLI_THOROUGH=1 runs fifty.
"""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Spawn
from tests.jobs.simulated import asked, reach, sent_ids
from tests.thorough import THOROUGH

ROUNDS = 50 if THOROUGH else 12
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
