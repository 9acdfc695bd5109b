"""Child processes as groups: started in one of their own, and ended with all that they started."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from claude_cli.child.environment import without_credentials

_TERM_GRACE: Final = 0.5
"""Seconds between the polite signal and the other one."""

LOOK_AROUND: Final = 0.1
"""Seconds between two looks at whether somebody asked to stop."""

_REAPED: Final = 1.0
"""Seconds that the system may take to end a process that was killed."""

_NEW_GROUP: Final[int] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)

Process: TypeAlias = subprocess.Popen[bytes]


_running: Final[set[Process]] = set()
"""The groups that were started and not yet ended."""

_starting: Final = threading.RLock()
"""Held from the start of a process until `_running` has it, so that `kill_all` misses none."""

_dying = threading.Event()


def start(
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    own_group: bool = True,
    cwd: str | None = None,
) -> Process:
    """Starts a program, without a shell, as the first of a new group; its three streams are pipes.

    A new group has no terminal. Without `env` it gets our environment but for credentials, without
    `cwd` our folder.

    Raises OSError, and ValueError for an argument that holds a NUL.
    """
    with _starting:
        if _dying.is_set():
            raise OSError("this program is ending")
        process = subprocess.Popen(
            argv,
            env=without_credentials() if env is None else env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=own_group,
            creationflags=_NEW_GROUP if own_group else 0,
        )
        if own_group:
            _running.add(process)
    return process


def exit_words(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        return f"ended by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"ended by signal {-returncode}"


def has_ended(process: Process, seconds: float) -> bool:
    """Whether the process ended, or does within so many seconds."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def end(process: Process) -> None:
    """Ends the process and all of its group: asks first, then kills what is still there."""
    if process.poll() is None:
        _terminate(process)
        has_ended(process, _TERM_GRACE)
    _kill(process)
    has_ended(process, _REAPED)
    _running.discard(process)


def kill_all() -> None:
    """Kills every group that is still there, for a program that dies at once: threads that still
    run can start no more."""
    with _starting:
        _dying.set()
        for process in list(_running):
            _kill(process)


def end_alone(process: Process) -> None:
    """Kills a process that has no group of its own."""
    process.kill()
    has_ended(process, _REAPED)


if sys.platform == "win32":

    def _terminate(process: Process) -> None:
        with contextlib.suppress(OSError):
            process.send_signal(signal.CTRL_BREAK_EVENT)

    def _kill(process: Process) -> None:
        """Kills the process and its children; those of a process that is gone cannot be found."""
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)

else:

    def _terminate(process: Process) -> None:
        _signal_group(process, signal.SIGTERM)

    def _kill(process: Process) -> None:
        """Kills what is left of the group."""
        _signal_group(process, signal.SIGKILL)

    def _signal_group(process: Process, signum: signal.Signals) -> None:
        # The group's id is the process's own. On macOS a group of zombies gives PermissionError.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signum)
