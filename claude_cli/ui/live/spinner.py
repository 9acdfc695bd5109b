"""A sign of life on stderr while a request shows nothing else: elapsed seconds or a countdown."""

import math
import threading
import time

from claude_cli.ui.live.status_line import StatusLine

DELAY = 0.5
INTERVAL = 0.1
BRAILLE = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
ASCII = "|/-\\"


class Spinner:
    """Draws the status line from a thread of its own.

    Whoever else writes to the terminal calls `stop` first, or writes through the status line.
    Nothing is drawn after `stop` has returned.
    """

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._frames = BRAILLE if line.can_show(BRAILLE) else ASCII
        self._stopped: threading.Event | None = None  # of the running thread
        self._started = 0.0
        self._deadline = 0.0
        self._reason = ""
        self._words = ""

    def start(self) -> None:
        """Start for a new request; its elapsed time begins now."""
        self.stop()
        if not self._line.can_draw:
            return
        self._started, self._deadline, self._words = time.monotonic(), 0.0, ""
        self._stopped = threading.Event()
        threading.Thread(target=self._run, args=(self._stopped,), daemon=True).start()

    def stop(self) -> None:
        """Erase the line and draw no more. Cheap when it is stopped already."""
        stopped = self._stopped
        if stopped is None:
            return
        self._stopped = None
        stopped.set()  # before the line is free: a frame that waits for it is not drawn any more
        self._line.erase()

    def tell(self, words: str) -> None:
        """Show beside the elapsed time what goes on, one harmless line. Any thread may call it."""
        self._words = words

    def count_down(self, seconds: float, reason: str) -> bool:
        """Count `seconds` down beside `reason`, one harmless line; False when nothing is drawn."""
        if self._stopped is None:
            return False
        self._reason, self._deadline = reason, time.monotonic() + seconds
        return True

    def _run(self, stopped: threading.Event) -> None:
        pause = DELAY
        while not stopped.wait(pause):
            with self._line.lock:
                if not stopped.is_set():
                    self._line.draw(self._frame())
            pause = INTERVAL

    def _frame(self) -> str:
        now = time.monotonic()
        mark = self._frames[int((now - self._started) / INTERVAL) % len(self._frames)]
        left = math.ceil(self._deadline - now)
        elapsed = int(now - self._started)
        if left > 0:
            return f"{mark} retrying in {left} s {self._reason}"
        return f"{mark} {elapsed} s {self._words}".rstrip()
