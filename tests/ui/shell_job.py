"""A live view as the job of a small shell, on a pseudo-terminal: it can be stopped and go on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import pytest

import claude_cli
from claude_cli.ui.live.frames import RESTORE
from tests.ui.live.live_screen import Screen, Size

pytest.importorskip("termios")

import fcntl
import struct
import termios

SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())
    if not os.WIFSTOPPED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    print("\\n[1]+  Stopped\\n$ ", end="", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
"""
NO_SHELL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
LIVE_VIEW = """
import json, sys
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from claude_cli.ui.editor.typeahead import echo
from tests.ui.events import answer, words
with echo(sys.argv[2] == "True"), open(int(sys.argv[1])) as deltas:
    renderer = make_renderer(None, arriving=False, notices=Notices())
    for line in deltas:
        renderer.event(words(json.loads(line)))
    renderer.finish(answer("..."))
"""
PROMPT = "Stopped\r\n$ "
PATIENCE = 30
"""Seconds until what must come has come, on a machine that is busy."""


class ShellJob:
    """Use it by `with`. `say` is what the answer goes on with, `type` what the user does.

    Without `echo`, as in a chat, the terminal does not show the keys.
    """

    def __init__(self, size: Size, *, shell: bool = True, echo: bool = True) -> None:
        self.screen = Screen(*size)
        self._received = ""
        self._shown = 0
        """How much of what was received is on `screen`."""
        self._master, slave = os.openpty()
        self._set_size(size)
        deltas, self._deltas = os.pipe()
        root = Path(claude_cli.__file__).parents[1]
        program = ["-c", LIVE_VIEW, str(deltas), str(echo)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", SHELL if shell else NO_SHELL, *program],
            env=os.environ | {"PYTHONPATH": str(root)},
            start_new_session=True,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=[deltas],
        )
        os.close(slave)
        os.close(deltas)
        os.set_blocking(self._master, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._deltas >= 0:
            os.close(self._deltas)
        os.close(self._master)  # whoever is still there hangs up
        self._process.send_signal(signal.SIGCONT)
        self._process.wait(PATIENCE)

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def say(self, delta: str) -> None:
        os.write(self._deltas, f"{json.dumps(delta)}\n".encode())

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until `text` has come so many times since the program was last stopped, and the
        frame with it is complete."""
        deadline = time.monotonic() + PATIENCE
        while not (
            self._receive().count(text, self._shown) >= times
            and self._received.endswith((RESTORE, PROMPT))
        ):
            assert time.monotonic() < deadline, f"{text!r} did not come: {self._received!r}"
            time.sleep(0.01)

    def stop(self) -> None:
        self.type("\x1a")
        self.wait_for(PROMPT)
        self._show()

    def resize(self, size: Size) -> None:
        """Change the terminal's size; nothing new may be about to come."""
        self._show()
        self._set_size(size)
        self.screen.resize(*size)

    def end(self) -> int:
        """Let the answer end; return the exit code."""
        os.close(self._deltas)
        self._deltas = -1
        deadline = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end: {self._received!r}"
            self._receive()
            time.sleep(0.01)
        self._receive()
        self._show()
        return self._process.returncode

    def _set_size(self, size: Size) -> None:
        columns, lines = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _show(self) -> None:
        self.screen.write(self._received[self._shown :])
        self._shown = len(self._received)

    def _receive(self) -> str:
        try:
            while chunk := os.read(self._master, 65536):
                self._received += chunk.decode()
        except OSError:  # nothing more for now, or nobody at the other end
            pass
        return self._received
