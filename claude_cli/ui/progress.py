"""How far a long job is: a bar on a terminal, a line a minute elsewhere. On stderr."""

import time
from collections.abc import Callable, Sequence

from claude_cli.ui.notices import Notices

EVERY = 60.0
"""Seconds between the lines where nothing can be drawn over."""

SMOOTH = 0.1
"""Seconds between two drawings of the bar."""

WIDTH, SHORTEST = 30, 5
"""Columns of the bar."""


class Progress:
    """Draws from the thread that calls it. Close it: the bar is gone then.

    `total` is None where nobody knows it yet; `elapsed` are seconds that had passed before.
    """

    def __init__(self, notices: Notices, total: int | None, elapsed: float = 0.0) -> None:
        self._notices = notices
        self._line = notices.status_line
        self._total = total
        self._marks = "█░" if self._line.can_show("█░") else "#-"
        self._line_written = time.monotonic()
        self._started = self._line_written - elapsed
        self._drawn_at = 0.0

    def show(self, done: int, what: str, facts: Callable[[], Sequence[str]] = tuple) -> None:
        """Tell that `done` things are `what`, and beside it `facts`, which is asked for them where
        they are drawn: most calls draw nothing."""
        now = time.monotonic()
        if self._line.can_draw:
            if now - self._drawn_at >= SMOOTH or done == self._total:
                self._drawn_at = now
                self._line.draw(self._fitting(now, done, what, facts()))
        elif now - self._line_written >= EVERY:
            self._line_written = now
            self._notices.notice(self._words(now, done, what, facts()).lstrip())

    @property
    def elapsed(self) -> float:
        """Seconds, more than none."""
        return max(time.monotonic() - self._started, 0.001)

    def show_for(self, seconds: float, done: int, what: str, *facts: str) -> None:
        """The same for some seconds, while its clock goes on."""
        end = time.monotonic() + seconds
        while True:
            self.show(done, what, lambda: facts)
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 1.0))

    def close(self) -> None:
        self._line.erase()

    def _fitting(self, now: float, done: int, what: str, facts: Sequence[str]) -> str:
        """What fits the window: first the bar becomes shorter, then the last facts go."""
        while True:
            words = self._words(now, done, what, facts)
            room = self._line.room - len(words) - 1
            if room >= 0 or not facts:
                return self._bar(done, min(room, WIDTH)) + words
            facts = facts[:-1]

    def _bar(self, done: int, width: int) -> str:
        if self._total is None or width < SHORTEST:
            return ""
        full = min(width * done // max(self._total, 1), width)
        return self._marks[0] * full + self._marks[1] * (width - full) + " "

    def _words(self, now: float, done: int, what: str, facts: Sequence[str]) -> str:
        count = str(done)
        if self._total is not None:
            count = f"{done:>{len(str(self._total))}}/{self._total}"  # what follows stays in place
        return ", ".join((f"{count} {what}", length(now - self._started), *facts))


def length(seconds: float) -> str:
    """A length of time in its two largest units: 7 s, 3 min 20 s, 23 h 59 min."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
