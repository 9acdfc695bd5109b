"""A chat on a terminal, killed at any step of answers, tool calls, /fork and /compact."""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("termios")

import termios

from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.jobs.simulated import asked
from tests.storms.forks import PATIENCE, Fork, Forks
from tests.storms.sessions import answers, pairs

PROMPT = "\x1b[?2004h"
"""What prompt-toolkit sends when it begins to ask."""
LINES = ("one {n}\r", "/fork\r", "two {n}\r", "/compact\r", "three {n}\r", "/quit\r")
FIRST = "The tools answered"
"""How the simulator's answer begins, once a tool has run."""


class Terminal:
    """A pseudo-terminal for one run after the other, and what is typed there."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self.slave = slave
        self.name = os.ttyname(slave)
        self.modes = termios.tcgetattr(slave)
        self.received = ""
        os.set_blocking(self.master, False)

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)

    def begin(self) -> None:
        """As a shell would: the modes of before."""
        termios.tcsetattr(self.slave, termios.TCSANOW, self.modes)
        termios.tcflush(self.slave, termios.TCIOFLUSH)
        self.received = ""

    def look(self) -> str:
        """What was shown. Who asks where the cursor is gets an answer, or would wait a second."""
        with suppress(BlockingIOError):
            new = os.read(self.master, 65536).decode(errors="replace")
            self.received += new
            self.type("\x1b[1;1R" * new.count("\x1b[6n"))
        return self.received

    def wait(self) -> str:
        """What was shown, once there is more of it or a moment has passed."""
        select.select([self.master], [], [], 0.01)
        return self.look()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def is_restored(self) -> bool:
        self.look()
        ends = [("\x1b[?2004h", "\x1b[?2004l"), ("\x1b[?25l", "\x1b[?25h")]
        return termios.tcgetattr(self.slave) == self.modes and all(
            self.received.rfind(begin) <= self.received.rfind(end) for begin, end in ends
        )


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def converse(fork: Fork, terminal: Terminal, number: int) -> list[tuple[str, str, bool]]:
    """Type the lines, each when it is asked for. Return those to the model that were taken, each
    with what was shown from there on, and whether the next line was asked for."""
    lines = [line.format(n=number) for line in LINES]
    rest, prompts, agreed = [*lines], 0, False
    deadline = time.monotonic() + 6 * PATIENCE
    while not fork.has_ended():
        assert time.monotonic() < deadline, terminal.received
        shown = terminal.wait()
        if shown.count(PROMPT) > prompts and rest:
            prompts = shown.count(PROMPT)
            terminal.type(rest.pop(0))
        if not agreed and "sum up?" in shown:
            terminal.type("y\r")
            agreed = True
    parts = terminal.look().split(PROMPT)
    return [
        (line.strip(), part, part is not parts[-1])
        for line in lines
        for part in parts
        if line.strip() in part and not line.startswith("/")
    ]


def check_kept(turns: list[tuple[str, str, bool]], signum: int, sent: list[str]) -> None:
    """What was shown of an answer is kept, and it is kept whole where a prompt followed; only
    Ctrl-C ends a turn before that, and says so, or it clears the line."""
    files = list(Store().files())
    whole = {prompt for path in files for prompt, answer in pairs(path).items() if answer}
    begun = {prompt for path in files for prompt, answer in answers(path) if answer}
    for line, shown, is_over in turns:
        if is_over and "stopped" not in shown:
            assert line in whole or (signum == signal.SIGINT and line not in sent), shown
        elif is_over:
            assert signum == signal.SIGINT
        if FIRST in shown and signum != signal.SIGKILL:
            assert line in begun, shown


def test_a_chat_that_is_killed_keeps_what_was_answered_and_gives_the_terminal_back(
    forks: Forks, run: Run, simulator: Simulator, terminal: Terminal
) -> None:
    Path("t.json").write_text(
        '{"name": "echo", "input_schema": {"type": "object"}, "command": ["cat"]}'
    )
    flags = ("-T", "t.json", "--approve", "always", "--tool-choice", "echo")

    def chat(name: str, number: int, **end: int) -> tuple[int, list[tuple[str, str, bool]]]:
        terminal.begin()
        fork = forks.start("chat", "--name", name, *flags, terminal=terminal.name, **end)
        turns = converse(fork, terminal, number)
        return fork.wait().code, turns

    code, turns = chat("whole", 0)
    assert code == 0 and [line for line, _, _ in turns] == ["one 0", "two 0", "three 0"]
    assert all(FIRST in shown and is_over for _, shown, is_over in turns), terminal.received
    check_kept(turns, 0, [])
    for number, (step, signum) in enumerate(forks.moments(), 1):
        code, turns = chat(f"n{number}", number, step=step, signum=signum)
        assert code == -9 or terminal.is_restored(), (step, signum, terminal.received)
        check_kept(turns, signum, asked(simulator))
        if any(is_over for _, _, is_over in turns):
            again = run("ask", "-r", f"n{number}", "and?")
            assert again.code == 0, again.stderr


@pytest.mark.parametrize("name", [(), ("--name", "s")], ids=["unnamed", "named"])
def test_a_chat_that_is_stopped_when_its_file_is_just_made_goes_on(
    forks: Forks, terminal: Terminal, name: tuple[str, ...]
) -> None:
    terminal.begin()
    fork = forks.start(
        *("chat", *name),
        terminal=terminal.name,
        step="SessionFile._between",
        signum=signal.SIGINT,
    )
    turns = converse(fork, terminal, 0)
    assert fork.wait().code == 0
    assert terminal.received.count("stopped") == 1
    [kept] = [pairs(path) for path in Store().files() if pairs(path)]
    assert [*kept] == ["two 0", "three 0"]
    assert [line for line, _, _ in turns] == ["one 0", *kept]
