"""Stand-ins for stdout and stderr: in memory, or a terminal that records what it is sent."""

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import claude_cli

pytest.importorskip("termios")

import fcntl
import struct
import termios
import tty


class Memory:
    """stdout and stderr as byte strings."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._out, self._err = io.BytesIO(), io.BytesIO()
        self.stdout = io.TextIOWrapper(self._out, encoding=encoding)
        self.stderr = io.TextIOWrapper(self._err, encoding=encoding)

    @property
    def out(self) -> bytes:
        return self._out.getvalue()

    @property
    def err(self) -> str:
        return self._err.getvalue().decode(self.stderr.encoding)


class RecordingTerminal:
    """A pseudo-terminal; `received` is what was written to it so far."""

    def __init__(self, columns: int = 80, lines: int = 24, encoding: str = "utf-8") -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.resize(columns, lines)
        self.stream = open(slave, "w", encoding=encoding)  # noqa: SIM115  # see close()
        os.set_blocking(self._master, False)
        self._received = b""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def received(self) -> str:
        try:
            while chunk := os.read(self._master, 65536):
                self._received += chunk
        except OSError:  # nothing more for now, or nobody at the other end
            pass
        return self._received.decode("utf-8")

    def wait_for(self, text: str | re.Pattern[str]) -> None:
        """Wait until `text` was received, at most half a minute."""
        pattern = re.compile(re.escape(text)) if isinstance(text, str) else text
        deadline = time.monotonic() + 30
        while not pattern.search(self.received):
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.received!r}"
            time.sleep(0.01)

    def hang_up(self) -> None:
        """Close the window: whatever is written from now on fails."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        self.stream.close()
        if self._master >= 0:
            os.close(self._master)


@contextmanager
def memory_streams(encoding: str = "utf-8") -> Iterator[Memory]:
    """Put both streams in memory, as pipes are: no terminal."""
    memory = Memory(encoding)
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = memory.stdout, memory.stderr
    try:
        yield memory
    finally:
        sys.stdout, sys.stderr = kept


@contextmanager
def terminal_streams(columns: int = 80, lines: int = 24) -> Iterator[RecordingTerminal]:
    """Make both streams one terminal."""
    terminal = RecordingTerminal(columns, lines)
    kept = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = terminal.stream
    try:
        yield terminal
    finally:
        sys.stdout, sys.stderr = kept
        terminal.close()


def run_python(code: str, redirection: str = "") -> tuple[int, bytes, str]:
    """Run `code` below a shell that redirects; return exit code, stdout and stderr."""
    package = Path(claude_cli.__file__).parents[1]
    ran = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, code],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(package)},
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr.decode()
