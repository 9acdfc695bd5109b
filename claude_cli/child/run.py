"""Run a program to its end: so many seconds, so much output, and nothing that it started stays."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from claude_cli.child import group, pipes

MOST_STDOUT: Final = 64 * 1024
MOST_STDERR: Final = 16 * 1024

_REST_GRACE: Final = 0.25
"""Seconds that the rest of a group may still write after its first process ended."""


class Ended(NamedTuple):
    """How a program ended, and what it printed.

    `status` is that of `Popen`: negative for a signal. None if it was ended from here; then
    `trouble` says why, as in "did not end within 3 s".
    """

    status: int | None
    output: bytes
    stderr: str
    trouble: str = ""
    flooded: bool = False

    @property
    def stdout(self) -> str:
        return self.output.decode("utf-8", "replace")


def run(
    argv: Sequence[str],
    *,
    seconds: float,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    most: int = MOST_STDOUT,
    most_stderr: int = MOST_STDERR,
    on_terminal: bool = False,
    stop: threading.Event | None = None,
) -> Ended:
    """Run `argv` without a shell, and return once it ended, wrote more than `most` bytes to
    stdout, took longer than `seconds`, or `stop` was set.

    The first `most` bytes of stdout are kept, and the last `most_stderr` of stderr. Its process
    group ends with it. With `on_terminal` it stays in our group, because only there can it ask
    on the terminal; then what it left behind is neither ended nor waited for.
    Raises OSError where it cannot be started, ValueError for an argument that holds a NUL.
    """
    child = group.start(argv, env, own_group=not on_terminal)
    try:
        stdout = pipes.HeadReader(child.stdout, most)
        stderr = pipes.TailReader(child.stderr, most_stderr)
        pipes.feed(child.stdin, stdin)
        in_time = _wait(child, stdout, seconds, stop or threading.Event())
        if in_time:
            stdout.wait(_REST_GRACE)
    finally:
        group.end_alone(child) if on_terminal else group.end(child)
    # Nothing more comes, but from what was left behind and not ended.
    patience = _REST_GRACE if on_terminal else pipes.GIVE_UP
    printed = stdout.data(patience), stderr.text(patience)
    if stdout.overflowed:
        return Ended(None, *printed, f"printed more than {_size(most)}", flooded=True)
    if not in_time:
        return Ended(None, *printed, f"did not end within {seconds:g} s")
    return Ended(child.returncode, *printed)


def _size(most: int) -> str:
    return f"{most // 1024} KB" if most < 1024 * 1024 else f"{most // 1024 // 1024} MB"


def _wait(
    child: group.Process, stdout: pipes.HeadReader, seconds: float, stop: threading.Event
) -> bool:
    """Whether the child ended by itself in time."""
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        look = min(left, group.LOOK_AROUND)
        # The end of stdout comes at once, and mostly with the end of the process.
        has_closed = stdout.wait(look)
        if stdout.overflowed:
            return False
        if group.has_ended(child, look if has_closed else 0):
            return True
    return False
