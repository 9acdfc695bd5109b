"""`batch` on 100 000 rows against a local server, and live rows beside a bare loop of httpx.

Rows per second are for the eye; memory, and what a live row costs, have limits.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from claude_cli.simulator.server.server import Simulator
from tests.bench.commands import CLI
from tests.bench.figures import Figure, measure
from tests.jobs.simulated import sent_ids

ROOT = Path(__file__).parents[2]
ROWS = 100_000
FEW, MANY = 100, 2100
"""Live rows: what the many take beyond the few is the rows' alone, without the start."""
LIVE_RUNS = 5
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

BARE_LOOP = """
import concurrent.futures, httpx, json, os, sys
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
def ask(row):
    body = {"model": "claude-sonnet-4-6", "max_tokens": 8192, "stream": True,
            "messages": [{"role": "user", "content": row.strip()}]}
    words = []
    with client.stream("POST", url, headers=headers, json=body, timeout=60) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line[6:])
                if event["type"] == "content_block_delta":
                    words.append(event["delta"].get("text", ""))
    return "".join(words)
with httpx.Client() as client, concurrent.futures.ThreadPoolExecutor(8) as threads:
    with open(sys.argv[1]) as rows:
        for answer in threads.map(ask, rows):
            print(json.dumps(answer))
"""


def figures() -> Iterator[Figure]:
    yield from _hosted()
    yield _live()


def _hosted() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, Simulator() as server:
        source, out = Path(folder, "in.csv"), str(Path(folder, "out"))
        with source.open("w") as file:
            file.write("name,text\n")
            file.writelines(f"row {n},{'some words of text ' * 10}\n" for n in range(ROWS))
        environment = _environment(folder, server.base_url)
        rows = (str(source), "Sum up {name}: {text}")
        prepare = _run(environment, "submit", *rows, "--dry-run")
        submit = _run(environment, "submit", *rows)
        ids = sent_ids(server)
        job = ids[0][:8]
        _run(environment, "wait", job, "--poll", "0.1")
        fetch = _run(environment, "results", job, "-O", out)
        join = _run(environment, "results", job, "-O", out, "--format", "csv")
        assert len(ids) == len(set(ids)) == len(sent_ids(server)) == ROWS
    for name, seconds in (
        ("prepare (submit --dry-run)", prepare[0]),
        ("prepare, send (submit)", submit[0]),
        ("fetch (results, less the join)", fetch[0] - join[0]),
        ("join (results once more, as CSV)", join[0]),
    ):
        yield Figure(f"100 000 rows: {name}", ROWS / seconds, "rows/s", None)
    most = max(megabytes for _, megabytes in (prepare, submit, fetch, join))
    yield Figure("100 000 rows, peak memory", most, "MB", MEGABYTES)


def _live() -> Figure:
    """What a live row takes, by what it takes a bare loop that has as many under way."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        source, out = Path(folder, "in.txt"), str(Path(folder, "out"))
        ours = [*CLI, "batch", "run", str(source), "--live", "-O", out]
        bare = [sys.executable, "-c", BARE_LOOP, str(source)]

        def seconds(command: list[str], rows: int, run: int) -> float:
            source.write_text("".join(f"row {n} with a few words\n" for n in range(rows)))
            home = str(Path(folder, f"{run}-{rows}"))
            return measure(command, _environment(home, simulator.base_url)).wall

        value = statistics.median(
            (seconds(ours, MANY, run) - seconds(ours, FEW, run))
            / (seconds(bare, MANY, run) - seconds(bare, FEW, run))
            for run in range(LIVE_RUNS)
        )
    return Figure("a row --live / bare httpx, 8 at a time, wall", value, "×", 1.25)


def _environment(home: str, base_url: str) -> dict[str, str]:
    ours = {
        "CLAUDE_CLI_HOME": home,
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": "sk-bench",
    }
    return os.environ | {"PYTHONPATH": str(ROOT)} | ours


def _run(environment: Mapping[str, str], *arguments: str) -> tuple[float, int]:
    """Seconds and megabytes of one `batch` command in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-c", PEAK, "batch", *arguments]
    ran = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    return time.perf_counter() - started, int(ran.stderr.splitlines()[-1])
