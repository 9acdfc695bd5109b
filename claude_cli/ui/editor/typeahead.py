"""Keys that are typed while nothing asks for them: they are not to show up in an answer.

The terminal stays as it is otherwise, so that Ctrl-C works and a question to the user can be
answered. What was typed meanwhile waits for the next prompt.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from claude_cli.ui.job_control import holding_terminal


def echo(on: bool, fd: int = 0) -> AbstractContextManager[None]:
    """Show typed keys, or not, on the terminal at `fd`; afterwards it is as it was before.

    Where they are not shown, Ctrl-C leaves those that wait for the next prompt.
    """
    return nullcontext() if sys.platform == "win32" else _echo_unless_stopped(on, fd)


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
def _echo_unless_stopped(on: bool, fd: int) -> Iterator[None]:
    with _echo(on, fd) as before, holding_terminal(lambda: _echo(before, fd)):
        yield


@contextmanager
def _echo(on: bool, fd: int) -> Iterator[bool]:
    """Yields what it was before."""
    import termios

    try:
        before = termios.tcgetattr(fd)
    except termios.error:  # no terminal
        yield on
        return
    # NOFLSH: Ctrl-C, which stops an answer, does not drop what was typed before it
    on_modes, off_modes = (termios.ECHO, termios.NOFLSH) if on else (termios.NOFLSH, termios.ECHO)
    local_modes = (before[3] | on_modes) & ~off_modes
    termios.tcsetattr(fd, termios.TCSANOW, [*before[:3], local_modes, *before[4:]])
    try:
        yield bool(before[3] & termios.ECHO)
    finally:
        with suppress(termios.error):  # it may have been closed meanwhile
            termios.tcsetattr(fd, termios.TCSANOW, before)
