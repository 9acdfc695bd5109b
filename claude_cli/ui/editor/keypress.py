"""One key, pressed as the answer to a question; nobody has to press Enter behind it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from claude_cli.ui.editor.typeahead import fresh_answer
from claude_cli.ui.job_control import holding_terminal

LONGEST = 64
"""Bytes that come at once: more than a key sends, so that no part of a paste counts as one."""


def read_key(fd: int, ask: Callable[[], None]) -> str:
    """The key that answers what `ask` asks at the terminal `fd`, in lower case; "" for Enter,
    Ctrl-D's "\\x04" also once the terminal is gone. What was typed before is forgotten.

    Several characters at once are not a key, but a paste; they come as they are.
    """
    if sys.platform == "win32":
        import msvcrt

        ask()
        return _name(msvcrt.getwch())
    with fresh_answer(fd), _key_by_key(fd):
        ask()
        try:
            data = os.read(fd, LONGEST)
        except OSError:
            data = b""
    return _name(data.decode("utf-8", "replace")) if data else "\x04"


def _name(typed: str) -> str:
    return typed.rstrip("\r\n").lower()


@contextmanager
def _key_by_key(fd: int) -> Iterator[None]:
    """Have each key at once, without showing it; Ctrl-C and Ctrl-Z are what they always are."""
    import termios

    before = termios.tcgetattr(fd)
    modes = before[3] & ~(termios.ICANON | termios.ECHO)
    waits_for_one = [*before[6]]
    waits_for_one[termios.VMIN], waits_for_one[termios.VTIME] = 1, 0
    now = [*before[:3], modes, *before[4:6], waits_for_one]

    @contextmanager
    def as_before() -> Iterator[None]:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(fd, termios.TCSANOW, before)
        try:
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(fd, termios.TCSANOW, now)

    termios.tcsetattr(fd, termios.TCSANOW, now)
    try:
        with holding_terminal(as_before):
            yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(fd, termios.TCSANOW, before)
