"""Whole commands against a reference in the same run: start-up, one question, a long stream,
a resumed session, memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from claude_cli import appendlog
from claude_cli.session import records
from claude_cli.simulator.server import Simulator

PYTHON = sys.executable
CLI = [PYTHON, "-m", "claude_cli"]

BARE_CLIENT = """
import httpx, json, os, sys
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
body = {"model": "claude-sonnet-4-6", "max_tokens": 8192, "stream": True,
        "messages": [{"role": "user", "content": "hi"}]}
with httpx.stream("POST", url, headers=headers, json=body, timeout=60) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            if event["type"] == "content_block_delta":
                sys.stdout.write(event["delta"].get("text", ""))
                sys.stdout.flush()
"""


class Cost(NamedTuple):
    """Seconds on the wall and of the processor, and the peak of memory in MB."""

    wall: float
    cpu: float
    megabytes: float


class Row(NamedTuple):
    """What was measured: `value` over its reference where there is one, and what is allowed."""

    name: str
    value: float
    unit: str
    allowed: float


def measure(command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> Cost:
    """Run a command once, its output into a pipe that is read and thrown away."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin and process.stdout
    process.stdin.write(stdin)
    process.stdin.close()
    while process.stdout.read(1 << 16):
        pass
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    cost = Cost(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    return cost


def ratio(
    ours: Sequence[str],
    reference: Sequence[str],
    environment: dict[str, str],
    runs: int,
    field: str,
) -> float:
    """The median over pairs of runs, in turn, of ours over the reference."""
    measure(ours, environment)
    measure(reference, environment)
    pairs = [
        getattr(measure(ours, environment), field) / getattr(measure(reference, environment), field)
        for _ in range(runs)
    ]
    return float(statistics.median(pairs))


def rows(runs: int = 11) -> list[Row]:
    """Every figure; `runs` pairs of runs each."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANTHROPIC_")},
            "CLAUDE_CLI_HOME": folder,
            "ANTHROPIC_BASE_URL": simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-bench",
        }
        bare = [PYTHON, "-c", BARE_CLIENT]
        typer = [PYTHON, "-c", "import typer"]
        tab = environment | {
            "_CLAUDE_CLI_COMPLETE": "complete_bash",
            "COMP_WORDS": "claude-cli ask --mod",
            "COMP_CWORD": "2",
        }
        found = [
            Row("--version / import typer, wall",
                ratio([*CLI, "--version"], typer, environment, runs, "wall"), "×", 1.3),
            Row("one TAB / import typer, wall", ratio(CLI, typer, tab, runs, "wall"), "×", 1.3),
            Row("ask hi / bare httpx, wall",
                ratio([*CLI, "ask", "hi"], bare, environment, runs, "wall"), "×", 1.6),
            Row("ask hi, peak memory",
                measure([*CLI, "ask", "hi"], environment).megabytes, "MB", 45),
        ]  # fmt: skip
        found += _long_stream(simulator, environment, bare)
        found += _long_session(Path(folder), environment, runs)
        found += _large_pdf(Path(folder), environment)
        return found


def _long_stream(simulator: Simulator, environment: dict[str, str], bare: list[str]) -> list[Row]:
    simulator.enqueue(text="word " * 100_000, delta_characters=5, repeat=8)
    stream = [*CLI, "stream", "-n", "hi"]
    value = ratio(stream, bare, environment, 3, "cpu")
    return [Row("stream, 100 000 deltas / bare httpx, cpu", value, "×", 1.5)]


def _long_session(folder: Path, environment: dict[str, str], runs: int) -> list[Row]:
    sessions = folder / "data" / "sessions"
    for turns in (10, 10_000):
        header = records.header({"model": "claude-sonnet-4-6"})
        lines: list[records.Record] = [header]
        for turn in range(turns):
            parent = lines[-1]["id"] if turn else None
            user = records.user(parent, f"question {turn}: " + "words " * 10, header["id"])
            content = [{"type": "text", "text": f"answer {turn}: " + "more words " * 15}]
            answer = {"type": "message", "content": content, "stop_reason": "end_turn"}
            said = records.assistant(user["id"], answer, model="claude-sonnet-4-6")  # type: ignore[arg-type]
            lines += [user, said]
        appendlog.append(sessions / f"20261121-000000-turn{turns % 97:02}.jsonl", lines)
        appendlog.append(
            sessions / f"20261121-000000-turn{turns % 97:02}.jsonl", [records.name(f"t{turns}")]
        )
    long, short = ([*CLI, "ask", "-r", name, "hi"] for name in ("t10000", "t10"))
    # The processor time of the client: a server takes its own time over 20 000 messages.
    value = ratio(long, short, environment, max(3, runs // 3), "cpu")
    return [Row("ask -r, 10 000 turns / 10 turns, cpu", value, "×", 3)]


def _large_pdf(folder: Path, environment: dict[str, str]) -> list[Row]:
    pdf = folder / "large.pdf"
    pdf.write_bytes(b"%PDF-1.4\n" + os.urandom(22_000_000))
    cost = measure([*CLI, "ask", "-n", "-a", str(pdf), "hi"], environment)
    return [Row("ask with a 22 MB PDF, peak memory", cost.megabytes, "MB", 200)]
