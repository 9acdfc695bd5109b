"""kill -9 at random moments, and the same command again: every row is sent once, none is lost.

Twelve rounds; CLAUDE_CLI_THOROUGH=1 runs fifty.
"""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Ran, Spawn
from tests.jobs.batch_server import BatchServer, serving

server = pytest.fixture(serving)

ROUNDS = 50 if os.environ.get("CLAUDE_CLI_THOROUGH") else 12
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


def test_a_hosted_job_survives_kills_and_is_sent_once(server: BatchServer, spawn: Spawn) -> None:
    dice = random.Random()
    server.latency = 0.05
    Path("in.txt").write_text("".join(f"warm {n}\n" for n in range(ROWS)))
    usual = measured(spawn)
    kills = 0
    for number in range(ROUNDS // 2):
        server.sent.clear()
        Path("in.txt").write_text("".join(f"{number} {n}\n" for n in range(ROWS)))
        kills += run_until_done(spawn, dice, [], usual)
        assert sorted(server.sent_ids()) == sorted(set(server.sent_ids()))
        assert len(server.sent) == ROWS
        assert ids_written() == server.sent_ids()
    assert kills


def test_a_live_job_survives_kills_and_repeats_no_more_than_was_under_way(
    server: BatchServer, spawn: Spawn
) -> None:
    dice = random.Random()
    server.latency = 0.02
    Path("in.txt").write_text("".join(f"warm {n}\n" for n in range(LIVE_ROWS)))
    usual = measured(spawn, "--live", "--concurrency", "4")
    kills = 0
    for number in range(ROUNDS // 2):
        server.asked.clear()
        Path("in.txt").write_text("".join(f"{number} {n}\n" for n in range(LIVE_ROWS)))
        killed = run_until_done(spawn, dice, ["--live", "--concurrency", "4"], usual)
        assert len(set(server.asked)) == LIVE_ROWS
        assert len(server.asked) <= LIVE_ROWS + 4 * killed
        assert len(set(ids_written())) == LIVE_ROWS == len(ids_written())
        kills += killed
    assert kills
