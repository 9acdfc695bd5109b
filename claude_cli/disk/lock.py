"""The lock of a file: one process at a time, freed by the system when its holder dies."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from claude_cli.disk.private_files import open_to_append
from claude_cli.disk.unbroken import signal_waits
from claude_cli.errors import CannotWrite, TemporaryFailure

LOCK_WAIT = 5.0
"""Seconds that an append waits for another process."""
HURRIED_WAIT = 0.5
"""Seconds that it goes on waiting once a signal waits for its end."""


@contextmanager
def locked(path: Path, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold the lock of a file that exists for this purpose alone; it is created and stays."""
    fd, _ = open_to_append(path, "either")
    try:
        with lock(fd, path, time.monotonic() + wait):
            yield
    finally:
        os.close(fd)


@contextmanager
def lock(fd: int, path: Path, deadline: float) -> Iterator[None]:
    """Hold the lock of an open file; raises TemporaryFailure at `deadline`, of the monotonic clock,
    or soon where a signal waits, and CannotWrite where the file system has no locks."""
    pause = 0.001
    while not _try_lock(fd, path):
        if signal_waits():
            deadline = min(deadline, time.monotonic() + HURRIED_WAIT)
        if time.monotonic() >= deadline:
            raise TemporaryFailure(
                f"{path} is locked by another process", hint="try again when it has finished"
            )
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            _platform_lock(fd, False)


@contextmanager
def hold(fd: int) -> Iterator[None]:
    """Hold the lock of a new file, also once the file is closed, where the system can. Nobody else
    holds it for longer than `remove_unless_held` does."""
    if sys.platform == "win32":  # a file that is open can be neither replaced nor removed there
        yield
        return
    import fcntl

    kept = os.dup(fd)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(kept, fcntl.LOCK_EX)
        yield
    finally:
        os.close(kept)


def remove_unless_held(path: str) -> None:
    """Remove a file whose lock nobody holds, as far as that can be told. Raises OSError."""
    if sys.platform == "win32":
        return
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        _platform_lock(fd, True)
        os.unlink(path)
    finally:
        os.close(fd)


def _try_lock(fd: int, path: Path) -> bool:
    """Take the lock; False while somebody else has it. The system frees it when a process dies."""
    try:
        _platform_lock(fd, True)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise CannotWrite(
            f"cannot lock {path}: {error.strerror}",
            hint="set CLAUDE_CLI_HOME to a folder on a file system that has locks",
        ) from error
    return True


def _platform_lock(fd: int, take: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Windows locks bytes, also against reading: one that no log ever reaches.
        os.lseek(fd, 0x7FFF0000, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK if take else msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB if take else fcntl.LOCK_UN)
