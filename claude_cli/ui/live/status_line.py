"""The one line on stderr that is drawn over and over; whatever else is written goes above it."""

import threading

from claude_cli.ui.streams import ErrorOutput
from claude_cli.ui.terminal import Terminal

ERASE = "\r\x1b[K"
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"  # a text may be wider than its characters tell


class StatusLine:
    """Draws on a terminal that can be drawn over, else nothing. Threads may share it."""

    def __init__(self, terminal: Terminal, output: ErrorOutput, *, enabled: bool = True) -> None:
        self.lock = threading.RLock()
        """Whoever holds it draws alone."""
        self.can_draw = enabled and terminal.can_redraw
        self._terminal = terminal
        self._output = output
        self._drawn = False

    def can_show(self, text: str) -> bool:
        return self._terminal.can_show(text)

    @property
    def room(self) -> int:
        """The columns that a text can take: the `^C` that a terminal shows behind it must not break
        the line, or the line could not be erased."""
        return self._terminal.width() - len("^C") - 1

    def draw(self, text: str) -> None:
        """Put `text`, cut to the width of the window, in place of what is there."""
        with self.lock:
            if self.can_draw:
                line = text[: self.room]
                self._output.write(f"{ERASE}{NO_WRAP}{line}{WRAP}")
                self._drawn = True

    def erase(self) -> None:
        with self.lock:
            if self._drawn:
                self._output.write(ERASE)
                self._drawn = False

    def write(self, text: str) -> None:
        """Write whole lines to stderr, above the line if it is there."""
        with self.lock:
            self.erase()
            self._output.write(text)
