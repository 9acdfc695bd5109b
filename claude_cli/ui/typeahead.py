"""Keys that are typed while nothing asks for them: they are not to show up in an answer.

The terminal stays as it is otherwise, so that Ctrl-C works and a question to the user can be
answered. What was typed meanwhile waits for the next prompt.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress


def echo(on: bool, fd: int = 0) -> AbstractContextManager[None]:
    """Show typed keys, or not, on the terminal at `fd`; afterwards it is as it was before."""
    return nullcontext() if sys.platform == "win32" else _echo(on, fd)


@contextmanager
def fresh_answer(fd: int) -> Iterator[None]:
    """Show what is typed at the terminal `fd`, and forget what was typed before: a question that
    nobody had seen yet was not what it answered."""
    if sys.platform != "win32":
        import termios

        with suppress(termios.error):
            termios.tcflush(fd, termios.TCIFLUSH)
    with echo(True, fd):
        yield


@contextmanager
def _echo(on: bool, fd: int) -> Iterator[None]:
    import termios

    try:
        before = termios.tcgetattr(fd)
    except termios.error:  # no terminal
        yield
        return
    local_modes = before[3] | termios.ECHO if on else before[3] & ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, [*before[:3], local_modes, *before[4:]])
    try:
        yield
    finally:
        with suppress(termios.error):  # it may have been closed meanwhile
            termios.tcsetattr(fd, termios.TCSANOW, before)
