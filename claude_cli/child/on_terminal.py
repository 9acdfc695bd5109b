"""A line of the user's, run by their shell on the terminal; what it writes there is kept, too.

It runs on a pseudo-terminal of its own between which and ours bytes are copied, as `script` does:
so it has colours, can ask, and Ctrl-C ends it and not us. POSIX.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from claude_cli.child.environment import without_credentials
from claude_cli.child.shell import user_shell
from claude_cli.errors import UsageError

MOST: Final = 256 * 1024
"""Bytes that are kept of the start of what is written, and as many of its end."""
_LOOK_AROUND: Final = 0.2
"""Seconds between two looks at the size of the window, and at whether the shell has ended."""
_ON_TERMINAL: Final = 'exec "$2" -c "$3" <"$1" >"$1" 2>&1'
"""The first process of a session gets the terminal that it opens for its own."""


class Written(NamedTuple):
    """`status` is that of `Popen`, `output` what was written."""

    status: int
    output: bytes


def run_on_terminal(command: str) -> Written:
    """Run `command` on the terminal that is stdin, and return once the shell has ended.

    Raises UsageError where there are no pseudo-terminals, OSError where none is left.
    """
    if sys.platform == "win32":
        raise UsageError("commands cannot be run from here on this system")
    return _run(command)


if sys.platform != "win32":
    import termios
    import tty

    def _run(command: str) -> Written:
        ours, theirs = os.openpty()
        try:
            _prepare(theirs)
            shell = subprocess.Popen(
                ["/bin/sh", "-c", _ON_TERMINAL, "sh", os.ttyname(theirs), user_shell(), command],
                stdin=theirs,  # so that it stays open until it is opened again
                env=without_credentials(),
                start_new_session=True,
            )
            os.close(theirs)
            try:
                with _raw():
                    output = _copy(ours, shell)
            finally:
                _end(shell)
        finally:
            os.close(ours)  # a background job that still has it gets a hangup
        return Written(shell.returncode, output)

    def _prepare(terminal: int) -> None:
        """Give the new terminal the modes and the size of ours, and echo."""
        modes = termios.tcgetattr(0)
        modes[3] |= termios.ECHO
        termios.tcsetattr(terminal, termios.TCSANOW, modes)
        _fit(terminal)

    def _fit(terminal: int) -> None:
        """Give it the size of our window."""
        with suppress(termios.error):
            termios.tcsetwinsize(terminal, termios.tcgetwinsize(0))

    @contextmanager
    def _raw() -> Iterator[None]:
        """Hand every key on as it is."""
        before = termios.tcgetattr(0)
        tty.setraw(0, termios.TCSANOW)
        try:
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSANOW, before)

    def _copy(ours: int, shell: "subprocess.Popen[bytes]") -> bytes:
        """Copy keys there and output back until the shell has ended; return the output."""
        screen = 1 if os.isatty(1) else 2
        head = tail = chunk = b""
        keys = [0]
        while True:
            _fit(ours)
            ended = shell.poll() is not None
            ready, _, _ = select.select([ours, *keys], [], [], 0 if ended else _LOOK_AROUND)
            if ours in ready:
                chunk = _read(ours)
                _write(screen, chunk)
                room = MOST - len(head)
                head, tail = head + chunk[:room], (tail + chunk[room:])[-MOST:]
            if (ended and ours not in ready) or (ours in ready and not chunk):
                break
            if 0 in ready and not ended:
                typed = _read(0)
                keys = keys if typed else []  # nobody can type any more
                _write(ours, typed)
        if (tail or head)[-1:] not in (b"", b"\n"):
            _write(screen, b"\r\n")
        return head + tail

    def _read(fd: int) -> bytes:
        """Nothing where the other side is gone (EIO)."""
        with suppress(OSError):
            return os.read(fd, 65536)
        return b""

    def _write(fd: int, data: bytes) -> None:
        with suppress(OSError):
            while data:
                data = data[os.write(fd, data) :]

    def _end(shell: "subprocess.Popen[bytes]") -> None:
        if shell.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(shell.pid, signal.SIGHUP)
        try:
            shell.wait(1)
        except subprocess.TimeoutExpired:
            shell.kill()
            shell.wait()
