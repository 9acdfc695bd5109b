"""Ctrl-Z: whoever has changed the terminal lets go of it before the program stops.

Then a shell writes there, and the program goes on below (POSIX, job control: SIGTSTP, SIGCONT). A
stop that cannot be caught, SIGSTOP, leaves all as it is.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType

LetGo = Callable[[], AbstractContextManager[object]]

_holders: list[LetGo] = []
"""Who would have to let go, the latest last."""


@contextmanager
def holding_terminal(let_go: LetGo) -> Iterator[None]:
    """In here, what `let_go` returns is entered before each stop, and left after it.

    Both happen in a signal handler: only the main thread can hold the terminal. For other threads,
    and where SIGTSTP is ignored or caught already, stops stay what they are.
    """
    signum = getattr(signal, "SIGTSTP", None)
    if signum is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    first = signal.getsignal(signum) is signal.SIG_DFL
    _holders.append(let_go)
    if first:
        signal.signal(signum, _stop)
    try:
        yield
    finally:
        if first:
            signal.signal(signum, signal.SIG_DFL)
        _holders.remove(let_go)


def _stop(signum: int, frame: FrameType | None) -> None:
    with ExitStack() as left:
        for let_go in reversed(_holders):
            left.enter_context(let_go())
        signal.signal(signum, signal.SIG_DFL)
        try:
            signal.raise_signal(signum)  # nothing, where no shell could let the program go on
        finally:
            signal.signal(signum, _stop)
