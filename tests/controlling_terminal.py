"""The program on a terminal of its own: what it asks there, and what a person types back."""

import os
import subprocess
import sys
import time
from typing import Any, ClassVar, Self

import pytest

pytest.importorskip("termios")

import fcntl
import struct
import termios

LAUNCH = """
import fcntl, os, sys, termios
fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class ControllingTerminal:
    """A pseudo-terminal and the one process whose /dev/tty it is. Use it by `with`.

    The standard streams are the terminal, or what `streams` says, as for Popen.
    """

    program: ClassVar[tuple[str, ...]] = ("-m", "claude_cli")
    """What Python runs there."""

    def __init__(self, *arguments: str, **streams: Any) -> None:
        self._master, slave = os.openpty()
        self.resize(24, 80)
        self.received = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(slave), *self.program, *arguments],
            start_new_session=True,
            pass_fds=[slave],
            **{"stdin": slave, "stdout": slave, "stderr": slave, **streams},
        )
        os.close(slave)
        os.set_blocking(self._master, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        os.close(self._master)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> list[Any]:
        """The modes of the terminal, as `tcgetattr` tells them."""
        return termios.tcgetattr(self._master)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until the terminal has shown `text` so many times, at most ten seconds."""
        deadline = time.monotonic() + 30
        while self._read().count(text) < times:
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.received!r}"
            time.sleep(0.01)

    def wait(self) -> int:
        """Read what it still shows until it ends; return its exit code."""
        deadline = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end: {self.received!r}"
            self._read()
            time.sleep(0.01)
        self._read()
        return self.process.returncode

    def _read(self) -> str:
        try:
            while chunk := os.read(self._master, 65536):
                self.received += chunk.decode("utf-8", "replace")
        except OSError:  # nothing more for now, or nobody at the other end
            pass
        return self.received
