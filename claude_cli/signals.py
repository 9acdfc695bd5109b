"""How claude-cli ends on a signal: it cleans up, then dies of that very signal.

A shell can then tell an interrupted command from a failed one (and stops its loop).
"""

import os
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from claude_cli.disk.unbroken import arrived
from claude_cli.errors import Interrupted


def install() -> None:
    """Turn SIGINT into KeyboardInterrupt, SIGTERM, SIGHUP and SIGQUIT into `Interrupted`.

    A signal that was ignored when we started (`nohup`) stays ignored.
    """
    for name in ("SIGINT", *Interrupted.CAUSES):
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _interrupt)
    sys.unraisablehook = _send_again


def forbid_core() -> None:
    """Leave no image of our memory behind, whatever we die of: the key is in it.

    Linux hands an image to a program in spite of a limit of 0, and not with one of 1 (the kernel's
    `fs/coredump.c`); no file is as short as that.
    """
    if os.name == "posix":
        import resource

        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (min(1, most) if most >= 0 else 1, most))


def _interrupt(signum: int, frame: FrameType | None) -> None:
    arrived(signal.Signals(signum))


def _send_again(lost: Any) -> None:
    """Python drops what is raised in a destructor: a signal that came there is sent once more, and
    all else is a bug."""
    error = lost.exc_value
    if isinstance(error, KeyboardInterrupt | Interrupted):
        import threading

        signum = error.signum if isinstance(error, Interrupted) else signal.SIGINT
        sender = (threading.get_ident(), signum)
        threading.Thread(target=_send_once_left, args=sender, daemon=True).start()
    else:
        sys.excepthook(lost.exc_type, error, lost.exc_traceback)


def _send_once_left(thread: int, signum: signal.Signals) -> None:
    """Send it when the thread has left `_send_again`, where it would be dropped as well."""
    while _is_in_hook(sys._current_frames().get(thread)):
        time.sleep(0.001)
    if sys.platform == "win32":
        signal.raise_signal(signum)
    else:
        signal.pthread_kill(thread, signum)


def _is_in_hook(frame: FrameType | None) -> bool:
    while frame and frame.f_code is not _send_again.__code__:
        frame = frame.f_back
    return frame is not None


def die_of(name: str) -> NoReturn:
    """Die of the signal `name`, as if it had never been caught; no child is left behind."""
    from claude_cli.child.group import kill_all

    kill_all()
    signum = getattr(signal, name, signal.SIGTERM)
    if os.name == "posix":
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)
    os._exit(128 + signum)
