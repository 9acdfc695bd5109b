"""A sign of life on stderr while a request shows nothing else: elapsed seconds or a countdown."""

import math
import threading
import time

from claude_cli.ui.terminal import ErrorOutput, Terminal

DELAY = 0.5
INTERVAL = 0.1
BRAILLE = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
ASCII = "|/-\\"
ERASE = "\r\x1b[K"
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"  # a reason may be wider than its characters tell


class Spinner:
    """Draws one line from a thread of its own, on a terminal that can be drawn over, else nothing.

    Whoever else writes to the terminal calls `stop` first, or writes through `write`. Nothing is
    drawn after `stop` has returned.
    """

    def __init__(self, terminal: Terminal, output: ErrorOutput, *, enabled: bool = True) -> None:
        self._terminal = terminal
        self._output = output
        self._enabled = enabled and terminal.can_redraw
        self._frames = BRAILLE if terminal.can_show(BRAILLE) else ASCII
        self._lock = threading.Lock()
        self._stopped: threading.Event | None = None  # of the running thread
        self._drawn = False
        self._started = 0.0
        self._deadline = 0.0
        self._reason = ""

    def start(self) -> None:
        """Start for a new request; its elapsed time begins now."""
        self.stop()
        if not self._enabled:
            return
        self._started, self._deadline = time.monotonic(), 0.0
        self._stopped = threading.Event()
        threading.Thread(target=self._run, args=(self._stopped,), daemon=True).start()

    def stop(self) -> None:
        """Erase the line and draw no more. Cheap when it is stopped already."""
        stopped = self._stopped
        if stopped is None:
            return
        self._stopped = None
        stopped.set()  # before the lock: a frame that waits for it is not drawn any more
        with self._lock:
            self._erase()

    def count_down(self, seconds: float, reason: str) -> bool:
        """Count `seconds` down beside `reason`, one harmless line; False when nothing is drawn."""
        if self._stopped is None:
            return False
        self._reason, self._deadline = reason, time.monotonic() + seconds
        return True

    def write(self, text: str) -> None:
        """Write whole lines to stderr, above the spinner if it is there."""
        with self._lock:
            self._erase()
            self._output.write(text)

    def _run(self, stopped: threading.Event) -> None:
        pause = DELAY
        while not stopped.wait(pause):
            with self._lock:
                if not stopped.is_set():
                    self._draw()
            pause = INTERVAL

    def _draw(self) -> None:
        now = time.monotonic()
        frame = self._frames[int((now - self._started) / INTERVAL) % len(self._frames)]
        left = math.ceil(self._deadline - now)
        elapsed = int(now - self._started)
        told = f"retrying in {left} s {self._reason}" if left > 0 else f"{elapsed} s"
        line = f"{frame} {told}"[: self._terminal.width() - 1]
        self._output.write(f"{ERASE}{NO_WRAP}{line}{WRAP}")
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._output.write(ERASE)
            self._drawn = False
