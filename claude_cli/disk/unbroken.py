"""Steps that no signal parts: a write to the disk, and what memory holds of it.

Between the two a record is on the disk of which we do not know, and who cleans up would write it
once more. So a signal that comes in such steps is raised at their end.
"""

import signal
import threading
from contextlib import ContextDecorator

from claude_cli.errors import Interrupted

_depth = 0
_waiting: signal.Signals | None = None


def arrived(signum: signal.Signals) -> None:
    """Raise what stands for a signal: KeyboardInterrupt for SIGINT, `Interrupted` for others; now,
    or at the end of the steps under way."""
    global _waiting
    if _depth:
        _waiting = signum
        return
    _waiting = None
    raise KeyboardInterrupt if signum == signal.SIGINT else Interrupted(signum)


def signal_waits() -> bool:
    """Whether a signal waits for the end of the steps under way, so that they should not wait."""
    return _waiting is not None


class _Steps(ContextDecorator):
    """No generator, which would take as long as the steps of a batch's row."""

    def __enter__(self) -> None:
        global _depth
        if threading.current_thread() is threading.main_thread():
            _depth += 1

    def __exit__(self, *details: object) -> None:
        global _depth
        if threading.current_thread() is not threading.main_thread():
            return
        _depth -= 1
        if _waiting is not None and not _depth:
            arrived(_waiting)


def unbroken() -> _Steps:
    """Let a signal wait for the end of the block, which must be short: it may wait for a lock, but
    not for the network. Python raises signals in the main thread alone."""
    return _STEPS


_STEPS = _Steps()
