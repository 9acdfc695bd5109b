"""`batch` on 100 000 rows against a local server, beside a script that reads and writes the same
bytes as JSON; and live rows beside a bare loop of httpx.

Rows per second are for the eye; memory, and what a row costs the processor, have limits.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from claude_cli.simulator.server.server import Simulator
from tests.bench.commands import CLI
from tests.bench.figures import Cost, Figure, measure
from tests.jobs.simulated import sent_ids

ROOT = Path(__file__).parents[2]
ROWS = 100_000
FEW, MANY = 100, 2100
"""Live rows: what the many take beyond the few is the rows' alone, without the start."""
LIVE_RUNS = 5
MEGABYTES = 150
MODEL = ("-m", "claude-sonnet-4-6", "--max-tokens", "8192")

BARE_JSON = """
import json, sys
source, requests, results, output = sys.argv[1:]
with open(source) as rows, open(requests, "w") as file:
    for number, row in enumerate(rows):
        fields = json.loads(row)
        text = f"Sum up {fields['name']}: {fields['text']}"
        params = {"model": "claude-sonnet-4-6", "max_tokens": 8192,
                  "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}
        request = {"custom_id": f"row-{number}", "params": params}
        file.write(json.dumps(request, ensure_ascii=False, separators=(",", ":")) + "\\n")
with open(source) as rows, open(results) as answers, open(output, "w") as file:
    for row, answer in zip(rows, answers):
        result = json.loads(answer)
        result["row"] = json.loads(row)
        file.write(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\\n")
"""
"""The bytes of a hosted job and nothing else: it reads the rows as JSON and writes the requests as
JSON; then it reads the results as JSON, and the rows once more, and writes both as JSON. It has no
network, no checks, no index, no prices, no ledger, and loses all that it did when it is killed."""

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
"""The requests of our live rows (the same body, as many at once), each answer on a line of its own:
no retries, no checks, no prices, nothing kept on the way."""


def figures() -> Iterator[Figure]:
    yield from _hosted()
    yield _live()


def _hosted() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, Simulator() as server:
        source, out = Path(folder, "in.jsonl"), str(Path(folder, "out"))
        fields = f'"text": "{"some words of text " * 10}"'
        source.write_text("".join(f'{{"name": "row {n}", {fields}}}\n' for n in range(ROWS)))
        environment = _environment(folder, server.base_url)

        def batch(*arguments: str) -> Cost:
            return measure([*CLI, "batch", *arguments], environment)

        submit = batch("submit", str(source), "Sum up {name}: {text}", *MODEL)
        ids = sent_ids(server)
        job = ids[0][:8]
        wait = batch("wait", job, "--poll", "0.1")
        fetch = batch("results", job, "-O", out)
        join = batch("results", job, "-O", out, "--format", "csv")
        assert len(ids) == len(set(ids)) == len(sent_ids(server)) == ROWS
        results = next(Path(folder).rglob("results.jsonl"))
        places = [str(source), str(Path(folder, "requests")), str(results), out]
        bare = measure([sys.executable, "-c", BARE_JSON, *places], environment)
    for name, cost in (
        ("prepare, send (submit)", submit),
        ("fetch, charge, join (results)", fetch),
        ("join (results once more, as CSV)", join),
    ):
        yield Figure(f"100 000 rows: {name}", ROWS / cost.wall, "rows/s", None)
    value = (submit.cpu + wait.cpu + fetch.cpu) / bare.cpu
    yield Figure("100 000 rows / reading and writing the same JSON, cpu", value, "×", 3)
    most = max(cost.megabytes for cost in (submit, fetch, join))
    yield Figure("100 000 rows, peak memory", most, "MB", MEGABYTES)


def _live() -> Figure:
    """What a live row takes, by what it takes a bare loop that has as many under way."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        source, out = Path(folder, "in.txt"), str(Path(folder, "out"))
        ours = [*CLI, "batch", "run", str(source), "--live", "-O", out, *MODEL]
        bare = [sys.executable, "-c", BARE_LOOP, str(source)]

        def seconds(command: list[str], rows: int, run: int) -> float:
            source.write_text("".join(f"row {n} with a few words\n" for n in range(rows)))
            home = str(Path(folder, f"{run}-{rows}"))
            return measure(command, _environment(home, simulator.base_url)).cpu

        value = statistics.median(
            (seconds(ours, MANY, run) - seconds(ours, FEW, run))
            / (seconds(bare, MANY, run) - seconds(bare, FEW, run))
            for run in range(LIVE_RUNS)
        )
    return Figure("a row --live / bare httpx, 8 at a time, cpu", value, "×", 1.1)


def _environment(home: str, base_url: str) -> dict[str, str]:
    ours = {
        "CLAUDE_CLI_HOME": home,
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": "sk-bench",
    }
    return os.environ | {"PYTHONPATH": str(ROOT)} | ours
