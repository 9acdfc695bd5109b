"""What a long history costs: a session of 10 000 turns beside one of 10, and a thousand sessions.

A figure over what is allowed means that something became slower, on a machine that has nothing
else to do.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from claude_cli.disk import appendlog
from claude_cli.errors import InputUnreadable
from claude_cli.session.format import Record, new_answer, new_header, new_user
from claude_cli.session.search import search
from claude_cli.session.store import Store
from claude_cli.types import Message
from tests.bench.figures import Figure

MODEL = "claude-sonnet-4-6"
ROOT = Path(__file__).parents[2]

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
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = Store(data, data)
        for turns in (10, 10_000):
            appendlog.append(store.folder / f"long{turns}.jsonl", conversation(turns))
        short = _median(lambda: _resume(data, "long10"))
        long = _median(lambda: _resume(data, "long10000"))
        for n in range(1000):
            path = store.folder / f"s{n}.jsonl"
            path.write_bytes(b"".join(map(appendlog.encode_line, conversation(20))))
        yield Figure(
            "a resumed turn after 10 000 turns, beyond one after 10", long - short, "s", 0.3
        )
        listed = _median(lambda: list(store.summaries()))
        yield Figure("list 1 000 sessions of 20 turns", listed, "s", 1.0)
        searched = _median(lambda: list(search(store.files(), "question 19?")))
        yield Figure("search them", searched, "s", 1.0)
        yield Figure("look for a name that none has", _median(lambda: _miss(store)), "s", 0.3)
