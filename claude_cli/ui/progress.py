"""How far a long job is: a bar on a terminal, a line a minute elsewhere. On stderr."""

import time

from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import ErrorOutput, Terminal, describe_stderr, open_stderr

EVERY = 60.0
"""Seconds between the lines where nothing can be drawn over."""

SMOOTH = 0.1
"""Seconds between two drawings of the bar."""

WIDTH = 30
_ERASE = "\r\x1b[K"


class Progress:
    """Draws from the thread that calls it. Erase it before anything else is written to stderr."""

    def __init__(
        self,
        notices: Notices,
        total: int,
        terminal: Terminal | None = None,
        output: ErrorOutput | None = None,
    ) -> None:
        self._notices = notices
        self._total = total
        self._terminal = terminal or describe_stderr()
        self._output = output or open_stderr()
        self._draws = notices.on_terminal and self._terminal.can_redraw
        self._started = self._told = time.monotonic()
        self._drawn_at = 0.0
        self._drawn = False

    def show(self, done: int, what: str) -> None:
        """Tell that `done` of the rows are `what`."""
        now = time.monotonic()
        if self._draws:
            if now - self._drawn_at >= SMOOTH or done == self._total:
                self._drawn_at = now
                self._draw(done, what, int(now - self._started))
        elif now - self._told >= EVERY:
            self._told = now
            minutes = int(now - self._started) // 60
            self._notices.notice(f"{done} of {self._total} rows {what} after {minutes} min")

    def close(self) -> None:
        self.erase()

    def erase(self) -> None:
        if self._drawn:
            self._output.write(_ERASE)
            self._drawn = False

    def _draw(self, done: int, what: str, seconds: int) -> None:
        full = WIDTH * done // max(self._total, 1)
        marks = "█░" if self._terminal.can_show("█░") else "#-"
        bar = marks[0] * full + marks[1] * (WIDTH - full)
        line = f"{bar} {done}/{self._total} {what}, {seconds} s"
        self._output.write(f"{_ERASE}{line[: self._terminal.width() - 1]}")
        self._drawn = True
