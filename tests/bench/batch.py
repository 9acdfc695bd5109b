"""`batch run` on 100 000 rows against a local server: time, and memory that stays flat.

Not a test: `python -m tests.bench.batch` prints the rows. Time is for the eye; memory has a limit.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.jobs.batch_server import BatchServer

ROOT = Path(__file__).parents[2]
ROWS = 100_000
MEGABYTES = 150

PEAK = """
import sys
from claude_cli import app
code = app.run(sys.argv[1:])
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024, file=sys.stderr)
sys.exit(code)
"""
"""Not getrusage: its maximum counts what the parent held, the server with all its requests."""


def peak(home: Path, server: BatchServer, *arguments: str) -> tuple[float, int]:
    """Seconds and megabytes of one command line in a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "CLAUDE_CLI_HOME": str(home),
        "ANTHROPIC_BASE_URL": server.base_url,
        "ANTHROPIC_API_KEY": "sk-ant-bench",
    }
    started = time.perf_counter()
    command = [sys.executable, "-c", PEAK, *arguments]
    ran = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - started, int(ran.stderr.splitlines()[-1])


def rows(count: int = ROWS) -> list[tuple[str, float, int, int]]:
    """Each row: what was measured, seconds, megabytes at most, and the megabytes allowed."""
    found = []
    with tempfile.TemporaryDirectory() as folder, BatchServer() as server:
        home, source, out = Path(folder, "home"), Path(folder, "in.csv"), Path(folder, "out")
        with source.open("w") as file:
            file.write("name,text\n")
            file.writelines(f"row {n},{'some words of text ' * 10}\n" for n in range(count))
        prompt = ("batch", "run", str(source), "Sum up {name}: {text}")
        steps = {
            "prepare, send, wait, fetch, join": ("-O", str(out), "--poll", "1"),
            "join once more, as CSV": ("-O", str(out), "--format", "csv"),
        }
        for what, options in steps.items():
            seconds, megabytes = peak(home, server, *prompt, *options)
            found.append((f"{count} rows: {what}", seconds, megabytes, MEGABYTES))
        assert len(server.sent) == len(set(server.sent_ids())) == count
    return found


if __name__ == "__main__":
    for what, seconds, megabytes, allowed in rows(int(sys.argv[1]) if sys.argv[1:] else ROWS):
        print(f"{seconds:6.1f} s  {megabytes} MB of {allowed} MB  {what}")
