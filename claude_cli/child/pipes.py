"""The pipes of a child process, each read or written by a daemon thread of its own.

The thread owns its pipe and closes it, so nobody else can block on it. Where a process that left
its group keeps a pipe open, the thread is given up; it closes the pipe when that process ends.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import IO, Any, Final

GIVE_UP: Final = 1.0
"""Seconds to wait for the end of a pipe whose writers were killed."""

_CHUNK: Final = 64 * 1024


class HeadReader:
    """Keeps the first `limit` bytes of a pipe. When more come it closes the pipe, which ends all
    but the most stubborn writers, and says so."""

    def __init__(self, pipe: IO[bytes] | None, limit: int) -> None:
        self._kept = bytearray()
        self._limit = limit
        self.overflowed = False
        self._thread = in_thread(self._read, pipe)

    def data(self, patience: float = GIVE_UP) -> bytes:
        """What came until the pipe ended, or until now if it does not in so many seconds."""
        self.wait(patience)
        return bytes(self._kept)

    def wait(self, seconds: float) -> bool:
        """Waits for the end of the pipe, no longer than that; whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self, pipe: Any) -> None:
        while chunk := pipe.read1(_CHUNK):
            room = self._limit - len(self._kept)
            self._kept += chunk[:room]
            if len(chunk) > room:
                self.overflowed = True
                return


class TailReader:
    """Reads a pipe to its end and keeps the last `limit` bytes."""

    def __init__(self, pipe: IO[bytes] | None, limit: int) -> None:
        self._kept = b""
        self._limit = limit
        self._cut = False
        self._thread = in_thread(self._read, pipe)

    def text(self, patience: float = GIVE_UP) -> str:
        """What came last until then, without blanks around it."""
        self._thread.join(patience)
        text = self._kept.decode("utf-8", "replace").strip()
        return f"[cut] {text}" if self._cut else text

    def _read(self, pipe: Any) -> None:
        while chunk := pipe.read1(_CHUNK):
            self._cut = self._cut or len(self._kept) + len(chunk) > self._limit
            self._kept = (self._kept + chunk)[-self._limit :]


def feed(pipe: IO[bytes] | None, data: bytes) -> None:
    """Writes `data` and closes the pipe, in the background: the process may never read it."""

    def write(pipe: IO[bytes]) -> None:
        pipe.write(data)

    in_thread(write, pipe)


def in_thread(work: Callable[[Any], None], pipe: IO[bytes] | None) -> threading.Thread:
    """Starts the thread that works on a pipe and closes it; a broken pipe ends the work."""
    assert pipe is not None, "Popen was asked for every pipe"

    def run() -> None:
        # A broken pipe shows again when the close flushes what is still buffered.
        with contextlib.suppress(OSError), pipe:
            work(pipe)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
