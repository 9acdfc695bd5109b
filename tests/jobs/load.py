"""Jobs of many rows against the simulator: `python -m tests.jobs.load [SHARE]`, such as 0.1.

Live rows of which one request in twenty fails, hosted rows, and 64 streams at once. Each row is
answered whole once and written once, in order; memory is what a tenth of the rows takes, and
GROWTH_MB more at most. Needs Linux: the peak of memory stands in /proc.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.exchange import Received
from tests.jobs.simulated import prompt_of, sent_ids

LIVE, HOSTED, STREAMED = 20_000, 100_000, 1_280
STREAMS, LATENCY = 64, 0.25
MOST_MB, GROWTH_MB = 150, 30
EVERY = 20
FAULTS = ("429x1:retry-after-ms=50", "529x1:retry-after-ms=50", "500x1", "cut=3x1")
MOST_RUNS = 6
"""Of one job: rows whose answer was cut are asked again by the next run, and may be cut again."""


PEAK = """
import sys
from claude_cli import app
code = app.run(sys.argv[1:])
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024, file=sys.stderr)
sys.exit(code)
"""
"""Not getrusage: its maximum counts what the parent held, the server with all its requests."""


class Ran(NamedTuple):
    """One command: its exit code, and its peak of memory in MB at a tenth and at the end."""

    code: int
    tenth: int
    megabytes: int


class Server:
    """A simulator that counts what it answers whole; with `is_faulty` one request in twenty fails.
    It looks at the memory of the program that asks when `look_at` requests were answered."""

    def __init__(self, *, latency: float = 0.0, is_faulty: bool = False, look_at: int = 0) -> None:
        self.simulator = Simulator(latency=latency, on_reply=self._replied)
        self.whole: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self._faults = cycle(FAULTS if is_faulty else ())
        self._look_at = look_at
        self._replies = self._pid = self._tenth = 0
        self._lock = threading.Lock()

    def run(self, folder: str, *arguments: str) -> Ran:
        """`claude-cli batch ARGUMENTS` in a process of its own."""
        environment = os.environ | {
            "CLAUDE_CLI_HOME": folder,
            "ANTHROPIC_BASE_URL": self.simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-load",
        }
        command = [sys.executable, "-c", PEAK, "batch", *arguments]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self._pid = process.pid
        _, told = process.communicate()
        return Ran(process.returncode, self._tenth, int(told.splitlines()[-1]))

    def _replied(self, received: Received) -> None:
        if received.path != "/v1/messages":
            return
        with self._lock:
            self._replies += 1
            self.whole[prompt_of(received.body)] += b"message_stop" in received.sent
            fault = next(self._faults, None) if self._replies % EVERY == 0 else None
            if self._replies == self._look_at:
                self._tenth = _peak(self._pid)
        if fault:
            self.met[fault] += 1
            self.simulator.inject(fault)


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def live(rows: int) -> None:
    server = Server(is_faulty=True, look_at=rows // 10)
    begun = time.monotonic()
    ran, runs = _live_job(server, rows)
    faults = sum(server.met.values())
    print(
        f"{rows} live rows, {faults} faults, {runs} runs: {time.monotonic() - begun:.0f} s, "
        f"{ran.tenth} MB at a tenth, {ran.megabytes} MB at the end"
    )
    assert faults >= rows // EVERY
    assert 0 < ran.tenth <= ran.megabytes <= min(MOST_MB, ran.tenth + GROWTH_MB)


def streams(rows: int) -> None:
    server = Server(latency=LATENCY)
    begun = time.monotonic()
    ran, _ = _live_job(server, rows, "--concurrency", str(STREAMS))
    seconds = time.monotonic() - begun
    at_once = rows * LATENCY / seconds
    print(
        f"{STREAMS} streams, {rows} rows: {seconds:.0f} s, {at_once:.0f} at once on average, "
        f"{ran.megabytes} MB"
    )
    assert at_once > STREAMS / 8
    assert ran.megabytes <= MOST_MB


def _live_job(server: Server, rows: int, *flags: str) -> tuple[Ran, int]:
    """Run a job until all is answered; return its first run, and how many there were."""
    prompts = [f"row {number} of many" for number in range(rows)]
    with tempfile.TemporaryDirectory() as folder, server.simulator:
        source, out = Path(folder, "in.txt"), Path(folder, "out")
        source.write_text("\n".join(prompts))
        command = ["run", str(source), "--live", "-O", str(out), *flags]
        ran, runs = server.run(folder, *command), 1
        code = ran.code
        while code == 5 and runs < MOST_RUNS:
            code, runs = server.run(folder, *command, "--resubmit", "failed").code, runs + 1
        assert code == 0, code
        _check_written(out, prompts)
    assert server.whole == Counter(dict.fromkeys(prompts, 1))
    return ran, runs


def hosted(rows: int) -> None:
    begun = time.monotonic()
    tenth, megabytes = _hosted_job(rows // 10), _hosted_job(rows)
    print(
        f"{rows} hosted rows, and a tenth: {time.monotonic() - begun:.0f} s, "
        f"{tenth} MB for the tenth, {megabytes} MB for all"
    )
    assert megabytes <= min(MOST_MB, tenth + GROWTH_MB)


def _hosted_job(rows: int) -> int:
    """Run a job of so many rows, and return its peak of memory in MB."""
    prompts = [f"row {number} of many" for number in range(rows)]
    server = Server()
    with tempfile.TemporaryDirectory() as folder, server.simulator as simulator:
        source, out = Path(folder, "in.txt"), Path(folder, "out")
        source.write_text("\n".join(prompts))
        ran = server.run(folder, "run", str(source), "-O", str(out), "--poll", "0.1")
        assert ran.code == 0
        assert len(set(sent_ids(simulator))) == len(sent_ids(simulator)) == rows
        _check_written(out, prompts)
    return ran.megabytes


def _check_written(out: Path, prompts: list[str]) -> None:
    """Each row once, in order, with the answer to its own prompt."""
    with out.open() as lines:
        for prompt, line in zip(prompts, lines, strict=True):
            row = json.loads(line)
            text = row["result"]["message"]["content"][-1]["text"]
            assert row["row"] == {"line": prompt}
            assert f'You said: "{prompt}"' in text


if __name__ == "__main__":
    share = float([*sys.argv[1:], "1"][0])
    live(int(LIVE * share))
    hosted(int(HOSTED * share))
    streams(STREAMED)
