"""A disk that fills up at any byte: told in one line, nothing half written, and all goes on later.

The operating system itself refuses the write: no file may grow beyond RLIMIT_FSIZE.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.jobs.simulated import asked, succeeded

resource = pytest.importorskip("resource")

LIMITS = [0, 1, 300, 700, 1500, 3000, 8000]
"""Bytes; what a short session, a job and its index hold lies between them."""
Fill = Callable[..., Ran]


@pytest.fixture
def filled(spawn: Spawn) -> Fill:
    """Run the program where no file may have more than `limit` bytes."""

    def start(limit: int, *arguments: str, stdin: bytes = b"") -> Ran:
        process = spawn(
            *arguments,
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)),
        )
        out, err = process.communicate(stdin, timeout=60)
        return Ran(process.returncode, out, err.decode())

    return start


def told(ran: Ran, *codes: int) -> None:
    """One line says what could not be written, and no bug is reported."""
    assert ran.code in codes, ran.stderr
    assert "Traceback" not in ran.stderr and "bug" not in ran.stderr
    if ran.code:
        assert re.search(r"^error: .*(cannot|too large|full)", ran.stderr, re.M), ran.stderr


@pytest.mark.parametrize("limit", LIMITS)
def test_the_answer_is_printed_and_the_session_stays_sound(
    limit: int, filled: Fill, run: Run, simulator: Simulator
) -> None:
    assert run("ask", "one", "--name", "x").code == 0
    ran = filled(limit, "ask", "-r", "x", "two " * 300)
    told(ran, 0, 73, 74)
    if simulator.requests[-1].body and len(simulator.requests) > 1:
        assert b"- messages: 3" in ran.stdout, "what was paid for is shown"
    assert run("sessions", "check").code == 0
    assert run("ask", "-r", "x", "three").code == 0


def test_a_summary_that_is_not_kept_is_told(filled: Fill, simulator: Simulator) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(text="in short: " + "x" * 4000)
    chat = b"word " * 2000 + b"\n/compact\n"
    ran = filled(12_000, "chat", "--name", "x", stdin=chat)
    told(ran, 74)
    assert ran.stdout == b"one\n\n" and "in short:" in ran.stderr


def test_a_proposed_command_is_printed_and_told_that_it_is_not_kept(
    filled: Fill, simulator: Simulator
) -> None:
    simulator.enqueue(text=json.dumps({"command": "ls", "explanation": "x" * 8000}))
    ran = filled(8000, "shell", "list", "--name", "x")
    told(ran, 74)
    assert ran.stdout == b"ls\n", "what was paid for is shown"


@pytest.mark.parametrize(
    ("key", "code", "line"), [("r", 7, "warning: this turn is not kept: "), ("q", 74, "error: ")]
)
def test_a_terminal_shows_a_proposed_command_before_it_tells_that_it_is_not_kept(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, key: str, code: int, line: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # one that is cut would stay
    simulator.enqueue(text=json.dumps({"command": "exit 7", "explanation": "x" * 8000}))
    full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8000, 8000))
    with ControllingTerminal("shell", "list", "--name", "x", preexec_fn=full) as terminal:
        terminal.wait_for("[q]uit? ")
        assert "exit 7" in terminal.received
        terminal.type(key)
        assert terminal.wait() == code
        rest = terminal.received.split("[q]uit? ")[1]
        assert f"{line}cannot write" in " ".join(rest.split())


def test_an_answer_without_a_command_is_told_beside_that_it_is_not_kept(
    filled: Fill, simulator: Simulator
) -> None:
    simulator.enqueue(text=" " * 8000 + "I cannot.")
    ran = filled(8000, "shell", "list", "--name", "x")
    assert (ran.code, ran.stdout) == (65, b"")
    assert "warning: this turn is not kept: cannot write" in ran.stderr


@pytest.mark.parametrize("engine", [[], ["--live"]], ids=["hosted", "live"])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_batch_goes_on_where_the_disk_was_full(
    limit: int, engine: list[str], filled: Fill, run: Run, simulator: Simulator
) -> None:
    rows = [{"text": f"row {number}", "more": "x" * 50} for number in range(12)]
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["batch", "run", "rows.jsonl", "{text}", "-O", "out.jsonl", "--poll", "0.01", *engine]
    told(filled(limit, *command), 0, 73, 74)
    ran = run(*command)
    assert ran.code == 0, ran.stderr
    lines = Path("out.jsonl").read_text().splitlines()
    assert [json.loads(line)["row"] for line in lines] == rows
    assert not [*Path().glob(".*out*"), *Path().glob("*.tmp")]


@pytest.mark.parametrize("engine", [[], ["--live"]], ids=["hosted", "live"])
def test_results_that_do_not_fit_are_told_and_come_once_there_is_room(
    engine: list[str], filled: Fill, run: Run, simulator: Simulator
) -> None:
    Path("rows.txt").write_text("a\nb\nc\n")
    long = "x" * 60_000
    if engine:
        simulator.enqueue(text=long, repeat=9)
    simulator.batches.order({f"*-{row}": succeeded(long) for row in (1, 2, 3)})
    command = ["batch", "run", "rows.txt", "-O", "out.jsonl", "--poll", "0.01", *engine]
    ran = filled(100_000, *command)
    told(ran, 74)
    assert "results.jsonl: File too large" in ran.stderr
    ran = run(*command)
    assert ran.code == 0, ran.stderr
    results = [json.loads(line)["result"] for line in Path("out.jsonl").read_text().splitlines()]
    assert [result["message"]["content"][0]["text"] for result in results] == [long] * 3
    assert len(asked(simulator)) == (5 if engine else 0), "what was kept is not paid for twice"


@pytest.mark.parametrize(
    "arguments",
    [
        ["config", "set", "model", "opus"],
        ["sessions", "rename", "x", "y"],
        ["sessions", "fork", "x"],
        ["sessions", "export", "x", "x.html"],
        ["ask", "--save", "t", "Sum up {input}"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("limit", [0, 3])
def test_what_cannot_be_written_is_told_and_leaves_what_was_there(
    limit: int, arguments: list[str], filled: Fill, run: Run, simulator: Simulator
) -> None:
    assert run("ask", "one", "--name", "x").code == 0
    home = Path(os.environ["CLAUDE_CLI_HOME"])
    before = {p: p.read_bytes() for p in home.rglob("*") if p.suffix in (".toml", ".jsonl")}
    ran = filled(limit, *arguments)
    told(ran, 0 if arguments[0] == "completion" else 73, 74)
    after = {p: p.read_bytes() for p in home.rglob("*") if p.suffix in (".toml", ".jsonl")}
    assert {p: after[p] for p in before} == before
    assert all(text for text in after.values()), "an empty file is left"
    assert not Path("x.html").exists()
