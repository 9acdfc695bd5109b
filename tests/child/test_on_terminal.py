"""A command of the user's on a terminal: what is shown, what is kept, what it can do there."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("termios")

from tests.controlling_terminal import ControllingTerminal

PROGRAM = """
import sys
from claude_cli import signals
from claude_cli.child.on_terminal import run_on_terminal
from claude_cli.errors import Interrupted
signals.install()
print("ready", flush=True)
try:
    written = run_on_terminal(sys.argv[1])
except Interrupted as stop:
    print("interrupted by", stop.signum.name, flush=True)
    sys.exit(9)
print(f"status {written.status} kept {written.output!r}", flush=True)
"""


class Running(ControllingTerminal):
    """A command that is run there."""

    program = ("-c", PROGRAM)


def test_output_is_shown_and_kept_with_the_exit_code() -> None:
    with Running(
        "printf 'a\\033[1mb'; test -t 0 && test -t 1 && echo ' on a terminal'; exit 3"
    ) as it:
        assert it.wait() == 0
        assert "a\x1b[1mb on a terminal\r\n" in it.received
        assert r"status 3 kept b'a\x1b[1mb on a terminal\r\n'" in it.received


@pytest.mark.parametrize(
    ("command", "shown"), [("printf a", "a\r\n"), ("echo a", "a\r\n"), ("true", "")]
)
def test_what_follows_begins_a_line_of_its_own(command: str, shown: str) -> None:
    with Running(command) as it:
        assert it.wait() == 0
        assert f"ready\r\n{shown}status 0" in it.received


def test_a_command_can_ask() -> None:
    with Running('read -r answer; echo "got $answer"') as it:
        it.wait_for("ready")
        it.type("yes\r")
        it.wait()
        assert "yes\r\ngot yes\r\n" in it.received


def test_ctrl_c_ends_the_command_and_not_us() -> None:
    with Running("echo begun; sleep 60") as it:
        it.wait_for("begun")
        it.type("\x03")
        assert it.wait() == 0
        assert "status -2" in it.received or "status 130" in it.received


def test_the_command_sees_the_window_and_its_changes() -> None:
    command = 'stty size; until [ "$(stty size)" = "30 100" ]; do sleep 0.05; done; echo resized'
    with Running(command) as it:
        it.wait_for("24 80")
        it.resize(30, 100)
        assert it.wait() == 0
        assert "resized" in it.received


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked for in /proc")
def test_a_terminal_that_is_gone_ends_the_command(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with Running(f"echo $$ > {mark}; echo begun; sleep 60") as it:
        it.wait_for("begun")
        pid = int(mark.read_text())
        os.kill(it.process.pid, signal.SIGHUP)
        assert it.wait() == 9
        assert "interrupted by SIGHUP" in it.received
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, "it still runs"
        time.sleep(0.02)


def test_what_stays_in_the_background_is_not_waited_for() -> None:
    began = time.monotonic()
    with Running("sleep 60 & echo done") as it:
        assert it.wait() == 0
        assert "kept b'done" in it.received
    assert time.monotonic() - began < 20


def test_a_flood_is_shown_and_its_start_and_end_are_kept() -> None:
    with Running("echo first; seq 1 100000; echo last") as it:
        assert it.wait() == 0
        _, _, kept = it.received.rpartition("status 0 kept ")
    assert kept.startswith("b'first")
    assert kept.rstrip().endswith("last\\r\\n'")
    assert len(kept) < 1_000_000


def test_the_terminal_is_as_it_was_before() -> None:
    with Running("stty -echo; echo hidden") as it:
        before = it.modes()
        it.wait()
        assert it.modes() == before


def test_no_key_reaches_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-canary")
    monkeypatch.setenv("SHELL", "")
    with Running('echo "key=$ANTHROPIC_API_KEY."') as it:
        assert it.wait() == 0
        assert "key=." in it.received


@pytest.mark.skipif(sys.platform == "darwin", reason="the message is that of Linux's sh")
def test_a_shell_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/nowhere/zsh")
    with Running("true") as it:
        it.wait()
        assert "/nowhere/zsh: not found" in it.received
        assert "status 127" in it.received
