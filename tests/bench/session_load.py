"""What a long history costs: a session of 10 000 turns beside one of 10, a thousand sessions, and
whole commands with 100 000 sessions beside the same with ten.

A figure over what is allowed means that something became slower, on a machine that has nothing
else to do.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from claude_cli.disk import appendlog
from claude_cli.errors import InputUnreadable
from claude_cli.session.format import Record, new_answer, new_header, new_name, new_user, sealed
from claude_cli.session.search import search
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from claude_cli.types import Message
from tests.bench.figures import Figure, measure

MODEL = "claude-sonnet-4-6"
ROOT = Path(__file__).parents[2]
CLI = [sys.executable, "-m", "claude_cli"]
TAB = {
    "_CLAUDE_CLI_COMPLETE": "complete_bash",
    "COMP_WORDS": "claude-cli ask -r ",
    "COMP_CWORD": "3",
}

RESUME = """
import json, sys
from pathlib import Path
from claude_cli.session.store import Store
session = Store(Path(sys.argv[1]), Path(sys.argv[1])).open(sys.argv[2])
messages = session.context()
session.append_user("and then?")
session.append_answer({"type": "message", "content": [{"type": "text", "text": "Nothing."}]})
assert session.notices() == []
"""
"""What a resumed turn asks of the session, in a process of its own."""


def conversation(turns: int) -> list[Record]:
    """Records of ordinary length: 210 bytes of prompt and answer, and what the API adds."""
    header = new_header({"model": MODEL})
    made, parent = [header], None
    for n in range(turns):
        prompt = f"What is the answer to question {n}? " + "Please be brief. " * 4
        user = new_user(parent, [{"type": "text", "text": prompt}], header["id"])
        answer = new_answer(user["id"], _message("It depends. " * 9), model=MODEL)
        made += [user, answer]
        parent = answer["id"]
    return made


def _message(text: str) -> Message:
    return {
        "id": "msg_01DEMO",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 19,
            "output_tokens": 7,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        },
    }


def _median(measured: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        measured()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _resume(data: Path, session_id: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RESUME, str(data), session_id]
    subprocess.run(command, env=environment, check=True)


def _miss(store: Store) -> None:
    """No session has the name: every file is looked through."""
    with suppress(InputUnreadable):
        store.find("nobody")


def figures() -> Iterator[Figure]:
    yield from _long_histories()
    yield from _many_sessions()


def _long_histories() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = Store(data, data)
        for turns in (10, 10_000):
            records = map(sealed, conversation(turns))
            appendlog.append(store.folder / f"long{turns}.jsonl", records)
        short = _median(lambda: _resume(data, "long10"))
        long = _median(lambda: _resume(data, "long10000"))
        for n in range(1000):
            path = store.folder / f"s{n}.jsonl"
            records = map(sealed, conversation(20))
            path.write_bytes(b"".join(map(appendlog.encode_line, records)))
        yield Figure(
            "a resumed turn after 10 000 turns, beyond one after 10", long - short, "s", 0.3
        )
        listed = _median(lambda: list(store.summaries()))
        yield Figure("list 1 000 sessions of 20 turns", listed, "s", 1.0)
        searched = _median(lambda: list(search(store.files(), "question 19?")))
        yield Figure("search them", searched, "s", 1.0)
        yield Figure("look for a name that none has", _median(lambda: _miss(store)), "s", 0.3)


def _many_sessions(runs: int = 7) -> Iterator[Figure]:
    """Tab and `-c`: with the index of the last run, and after one more session was written; `-c`
    with what it knows of the last session, and without."""
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ANTHROPIC_")},
            "ANTHROPIC_BASE_URL": simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-bench",
        }
        few, many, more = (
            environment | {"CLAUDE_CLI_HOME": f"{folder}/{count}"}
            for count in (10, 100_000, 50_000)
        )
        for count, home in ((10, few), (100_000, many), (50_000, more)):
            write_sessions(Path(home["CLAUDE_CLI_HOME"]), count)
            for _ in range(2):  # reads all of them, and begins the notes
                _listing(home)
        what = "100 000 sessions / 10"
        for name, line, completing in (
            ("TAB of -r", CLI, TAB),
            ("ask -c", [*CLI, "ask", "-c", "hi"], {}),
        ):
            for when, before in (
                ("", None),
                (" after a new one", _one_more),
                (" without its state", _lose),
            ):
                if before is not _lose or not completing:
                    value = _beside(line, many | completing, few | completing, runs, before)
                    yield Figure(f"{name}{when}, {what}", value, "×", 1.3)
        yield Figure("sessions list of 100 000, wall", _listing(many), "s", 2)
        took, half = (
            measure([*CLI, "sessions", "search", "question 4999"], home).cpu
            for home in (many, more)
        )
        yield Figure("sessions search, 100 000 / 50 000, cpu", took / half, "×", 2.2)


def write_sessions(home: Path, count: int) -> None:
    """Sessions of one turn, of which every tenth has a name, half a minute apart."""
    folder = home / "data" / "sessions"
    folder.mkdir(parents=True)
    for n in range(count):
        header = new_header({"model": MODEL})
        named = [] if n % 10 else [new_name(f"project-{n}")]
        prompt = new_user(None, f"What is the answer to question {n}?", header["id"])
        answer = new_answer(prompt["id"], _message("It depends. " * 9), model=MODEL)
        path = folder / f"20260101-{n:06}-bench2.jsonl"
        records = [header, *named, prompt, answer]
        path.write_bytes(b"".join(appendlog.encode_line(sealed(record)) for record in records))
        os.utime(path, (1_767_225_600 + 30 * n,) * 2)


def _listing(environment: dict[str, str]) -> float:
    return measure([*CLI, "sessions", "list"], environment).wall


def _one_more(environment: dict[str, str]) -> None:
    measure([*CLI, "ask", "hi"], {k: v for k, v in environment.items() if k not in TAB})


def _lose(environment: dict[str, str]) -> None:
    (Path(environment["CLAUDE_CLI_HOME"]) / "state" / "last-answered").unlink()


def _beside(
    line: Sequence[str],
    ours: dict[str, str],
    reference: dict[str, str],
    runs: int,
    before: Callable[[dict[str, str]], None] | None,
) -> float:
    """The median over pairs of runs, in turn, of one environment over the other, on the wall."""
    ratios = []
    for _ in range(runs):
        took = []
        for environment in (ours, reference):
            if before:
                before(environment)
            took.append(measure(line, environment).wall)
        ratios.append(took[0] / took[1])
    return float(statistics.median(ratios))
