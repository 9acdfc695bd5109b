"""How much memory a chat of many turns takes: `python -m tests.flow.chat.long_life [TURNS]`."""

import os
import subprocess
import sys
import tempfile

from claude_cli.simulator.server.server import Simulator

PER_TURN = 30_000
"""Bytes of memory that a turn of 1.7 KB may take: four times what it does."""
FEW = 20


def peak(simulator: Simulator, turns: int) -> int:
    """The most memory, in bytes, that a piped chat takes for so many turns."""
    environment = os.environ | {
        "ANTHROPIC_BASE_URL": simulator.base_url,
        "ANTHROPIC_API_KEY": "sk-long-life",
    }
    command = [sys.executable, "-m", "claude_cli", "chat", "-q", "-n", "--history", "1"]
    with tempfile.TemporaryFile() as lines:
        lines.write(b"a question of some words\n" * turns)
        lines.seek(0)
        process = subprocess.Popen(command, stdin=lines, stdout=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def per_turn(turns: int) -> int:
    """Bytes that each turn beyond the first ones takes."""
    with Simulator() as simulator:
        return (peak(simulator, FEW + turns) - peak(simulator, FEW)) // turns


if __name__ == "__main__":
    found = per_turn(int([*sys.argv[1:], "5000"][0]))
    print(f"{found:,} bytes a turn")
    assert found < PER_TURN
