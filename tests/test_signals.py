"""How the program ends when somebody stops it, or stops listening."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Spawn

ANSWER = "a few words that come before the silence"


@pytest.fixture
def stalled(simulator: Simulator) -> Simulator:
    """An answer that begins and then goes silent."""
    simulator.enqueue(text=ANSWER)
    simulator.inject("stall")
    return simulator


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def shown_so_far(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    return os.read(process.stdout.fileno(), 1000)


def saved(tmp_path: Path) -> list[dict[str, Any]]:
    [file] = (tmp_path / "home" / "data" / "sessions").glob("*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_in_the_middle_saves_the_partial_answer_and_kills(
    stalled: Simulator, spawn: Spawn, tmp_path: Path, name: str
) -> None:
    process = spawn("stream", "hi")
    first = shown_so_far(process)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    assert process.returncode == -getattr(signal, name)
    [line] = err.decode().splitlines()
    [session] = (tmp_path / "home" / "data" / "sessions").glob("*.jsonl")
    assert line.startswith(f"the partial answer is in session {session.stem}: ")
    answer = saved(tmp_path)[-1]
    assert (answer["kind"], answer["status"]) == ("assistant", "partial")
    assert answer["message"]["content"][0]["text"] == (first + out).decode()
    wait_for(lambda: stalled.requests[-1].disconnected)


def test_an_interrupt_while_it_loads_ends_it_without_a_traceback(spawn: Spawn) -> None:
    """The sooner, the more of it is to come: a module that interrupts as it is loaded."""
    path = Path("typer.py")
    path.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    process = spawn("--version", env=os.environ | {"PYTHONPATH": os.getcwd()})
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (-signal.SIGINT, b"", b"")


def test_a_signal_before_the_first_token_leaves_the_prompt_unanswered(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    simulator.inject("stall=0")
    process = spawn("ask", "the prompt")
    wait_for(lambda: simulator.requests)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    kinds = [record["kind"] for record in saved(tmp_path)]
    assert kinds[:2] == ["header", "user"]


def test_an_ignored_interrupt_stays_ignored(simulator: Simulator, spawn: Spawn) -> None:
    simulator.inject("slow=0.0005")

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = spawn("stream", "hi", preexec_fn=ignore)
    first = shown_so_far(process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"hi" in first + out


def test_stop_and_continue_go_on(simulator: Simulator, spawn: Spawn) -> None:
    simulator.inject("slow=0.0003")
    process = spawn("stream", "hi")
    first = shown_so_far(process)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert b"hi" in first + out


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_reader_that_leaves_before_the_first_delta_ends_the_request(
    simulator: Simulator, spawn: Spawn, command: str
) -> None:
    simulator.inject("stall=0")
    process = spawn(command, "hi")
    wait_for(lambda: simulator.requests)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    process.wait(timeout=30)
    assert process.returncode == -signal.SIGPIPE
    assert process.stderr is not None
    assert process.stderr.read() == b""
    wait_for(lambda: simulator.requests[-1].disconnected)


def test_a_reader_that_leaves_in_the_middle_ends_the_stream(
    stalled: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    process = spawn("stream", "hi")
    shown_so_far(process)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    process.wait(timeout=30)
    assert process.returncode == -signal.SIGPIPE
    assert saved(tmp_path)[-1]["status"] == "partial"


@pytest.mark.parametrize("arguments", [["ask", "hi"], ["stream", "hi"], ["ask", "--dry-run", "hi"],
                                       ["--version"], ["--help"]])  # fmt: skip
def test_a_full_disk_is_told(simulator: Simulator, spawn: Spawn, arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        process = spawn(*arguments, stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 74
    assert err.startswith(b"error: cannot write to stdout: No space left on device")
    assert err.count(b"\n") == 1


def test_an_answer_that_could_not_be_printed_is_kept(
    simulator: Simulator, spawn: Spawn, tmp_path: Path
) -> None:
    with open("/dev/full", "wb") as full:
        spawn("ask", "hi", stdout=full).communicate(timeout=30)
    assert saved(tmp_path)[-1]["status"] == "complete"


def test_a_closed_stdout_is_told_before_anything_is_sent(
    simulator: Simulator, spawn: Spawn
) -> None:
    process = spawn("ask", "hi", preexec_fn=lambda: os.close(1), stdout=None)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 74
    assert b"stdout" in err
    assert simulator.requests == []


@pytest.mark.parametrize(
    "line", [["--version"], ["ask", "-h"], ["config", "path"], ["completion", "bash"]]
)
def test_whatever_is_printed_needs_a_stdout(spawn: Spawn, line: list[str]) -> None:
    process = spawn(*line, preexec_fn=lambda: os.close(1), stdout=None)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.count(b"error: ")) == (74, 1), err


def test_a_closed_stdin_or_stderr_is_no_trouble(simulator: Simulator, spawn: Spawn) -> None:
    for fd in (0, 2):
        process = spawn("ask", "hi", preexec_fn=lambda fd=fd: os.close(fd), stdin=None, stderr=None)
        out, _ = process.communicate(timeout=30)
        assert (process.returncode, b"hi" in out) == (0, True)


@pytest.mark.parametrize(
    "environment", [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}]
)
def test_output_is_utf8_whatever_the_locale(
    simulator: Simulator, spawn: Spawn, environment: dict[str, str]
) -> None:
    simulator.enqueue(text="雪 é 🏔")
    process = spawn("ask", "gr\u00fc\u00dfe 雪", env=os.environ | environment)
    out, err = process.communicate(timeout=30)
    assert (out.decode(), err) == ("雪 é 🏔\n", b"")
    prompt = simulator.requests[-1].body["messages"][0]["content"][0]["text"]
    assert prompt == "gr\u00fc\u00dfe 雪"


@pytest.mark.parametrize("line", [["ask", "-h"], ["config", "path"]])
def test_what_typer_prints_is_utf8_too(spawn: Spawn, tmp_path: Path, line: list[str]) -> None:
    home = str(tmp_path / "h\udcff雪")
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "CLAUDE_CLI_HOME": home}
    process = spawn(*line, env=environment)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    shown = out.decode("utf-8", "surrogateescape")
    assert "│" in shown or shown == f"{home}/config/config.toml\n"


def test_an_argument_that_is_no_utf8_is_told_with_its_place(
    simulator: Simulator, spawn: Spawn
) -> None:
    process = spawn("ask", b"abc\xff")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 65
    assert b"offset 3" in err


@pytest.mark.parametrize("flags", [(), ("--debug",)])
def test_what_dies_leaves_no_core(
    simulator: Simulator, spawn: Spawn, flags: tuple[str, ...]
) -> None:
    resource = pytest.importorskip("resource")
    simulator.inject("stall=0")

    def allow_core() -> None:
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (4096 if most < 0 else min(4096, most), most))

    process = spawn("ask", "hi", *flags, preexec_fn=allow_core)
    wait_for(lambda: simulator.requests)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4] == "1"
    process.send_signal(signal.SIGQUIT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGQUIT


DESTRUCTOR = """
import os, signal, time
from claude_cli import signals

signals.install()

class Dying:
    def __del__(self):
        os.kill(os.getpid(), getattr(signal, "{name}"))
        time.sleep(0)

Dying()
try:
    time.sleep(60)
except BaseException as error:
    print(repr(error))
"""


@pytest.mark.parametrize(
    ("name", "error"),
    [("SIGINT", "KeyboardInterrupt()"), ("SIGTERM", "Interrupted('SIGTERM')")],
)
def test_a_signal_that_comes_in_a_destructor_is_not_lost(name: str, error: str) -> None:
    command = [sys.executable, "-c", DESTRUCTOR.format(name=name)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert (ran.stdout.strip(), ran.stderr) == (error, "")
