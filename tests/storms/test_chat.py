"""A chat on a terminal, killed at any step of answers, tool calls, /fork and /compact."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("termios")

import termios

from claude_cli.session.store import Store
from tests.conftest import Run
from tests.storms.forks import Fork, Forks
from tests.storms.sessions import pairs

PROMPT = "\x1b[?2004h"
"""What prompt-toolkit sends when it begins to ask."""
LINES = ("one {n}\r", "/fork\r", "two {n}\r", "/compact\r", "three {n}\r", "/quit\r")


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
        with suppress(BlockingIOError):
            self.received += os.read(self.master, 65536).decode(errors="replace")
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


def converse(fork: Fork, terminal: Terminal, number: int) -> list[str]:
    """Type the lines, each when it is asked for; return those whose answer had come by the end."""
    lines = [line.format(n=number) for line in LINES]
    typed = agreed = 0
    while not fork.has_ended():
        shown = terminal.wait()
        if shown.count(PROMPT) > typed and typed < len(lines):
            terminal.type(lines[typed])
            typed += 1
        if not agreed and "sum up?" in shown:
            terminal.type("y\r")
            agreed = 1
    answered = terminal.look().count(PROMPT) - 1
    return [line.strip() for line in lines[: max(answered, 0)] if not line.startswith("/")]


def test_a_chat_that_is_killed_keeps_what_was_answered_and_gives_the_terminal_back(
    forks: Forks, run: Run, terminal: Terminal
) -> None:
    Path("t.json").write_text(
        '{"name": "echo", "input_schema": {"type": "object"}, "command": ["cat"]}'
    )
    flags = ("-T", "t.json", "--approve", "always", "--tool-choice", "echo")

    def chat(name: str, number: int, **end: int) -> tuple[int, list[str]]:
        terminal.begin()
        fork = forks.start("chat", "--name", name, *flags, terminal=terminal.name, **end)
        answered = converse(fork, terminal, number)
        return fork.wait().code, answered

    assert chat("whole", 0) == (0, ["one 0", "two 0", "three 0"]), terminal.received
    for number, (step, signum) in enumerate(forks.moments(), 1):
        code, answered = chat(f"n{number}", number, step=step, signum=signum)
        assert code == -9 or terminal.is_restored(), (step, signum, terminal.received)
        kept = {prompt for path in Store().files() for prompt in pairs(path)}
        stopped = int(signum == signal.SIGINT and "stopped" in terminal.received)
        assert len({*answered} - kept) <= stopped  # Ctrl-C ends an answer, and not the chat
        if answered:
            again = run("ask", "-r", f"n{number}", "and?")
            assert again.code == 0, again.stderr
