"""What ends a request from our side: silence, `--max-time`, and a stdout that nobody reads.

A timeout of one socket operation cannot hold the last two: a server that trickles bytes never
lets it run out. So each operation asks the watch how long it may take, and none takes longer.
"""

import select
import time

from claude_cli.errors import ProtocolError, ReaderGone, TemporaryFailure

CONNECT = 10.0
"""Seconds to connect, and again for the TLS handshake."""

FIRST_BYTE = 600.0
BETWEEN_BYTES = 300.0
"""Seconds of silence until the response header came, and after it."""

LARGEST_HEADER = 1024 * 1024
"""Bytes before the body of a response: its header, and any number of `100 Continue`."""

LONGEST = 86_400.0
"""Seconds that one operation may take at most: systems refuse endless timeouts."""


class Watch:
    """The patience of one request, with all its tries; it travels with it as its timeout.

    `silence` is what one operation may take now. `header_left` is how many bytes may still come
    before the body, None once that has begun. `peer_closed` tells that the last read found the end
    of what the server sends.
    """

    def __init__(self, max_time: float | None = None, reader_fd: int | None = None) -> None:
        self.silence = FIRST_BYTE
        self.peer_closed = False
        self.header_left: int | None = None
        self.reader_fd = reader_fd if _can_be_watched(reader_fd) else None
        self._max_time = max_time
        self._deadline = None if max_time is None else time.monotonic() + max_time

    @property
    def time_left(self) -> float:
        """Seconds until the deadline; infinite without one."""
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def limit(self, longest: float) -> float:
        """Return how many seconds an operation may take that should take no longer than `longest`.

        Raises TemporaryFailure when the request has had its time.
        """
        left = self.time_left
        if left <= 0:
            raise self.overdue()
        return min(longest, left, LONGEST)

    def has_read(self, count: int) -> None:
        """Note what an operation has read. Raises ProtocolError where a header does not end."""
        self.peer_closed = not count
        if self.header_left is not None:
            self.header_left -= count
            if self.header_left < 0:
                raise ProtocolError("the header of the server's answer does not end")

    def overdue(self) -> TemporaryFailure:
        return TemporaryFailure(f"the request took longer than --max-time {self._max_time:g} s")

    def silent(self, limit: float) -> TemporaryFailure:
        """Return the failure of an operation in which nothing happened for `limit` seconds."""
        if limit < min(self.silence, LONGEST):
            return self.overdue()
        return TemporaryFailure(
            f"the server was silent for {self.silence:g} s", hint="--timeout allows more"
        )

    def wait_until_ready(self, fd: int, *, to_write: bool, limit: float) -> bool:
        """Wait until `fd` can be read or written; False when it could not within `limit` seconds.

        Raises ReaderGone as soon as nobody reads our stdout.
        """
        poller = self._poller()
        poller.register(fd, select.POLLOUT if to_write else select.POLLIN)
        return fd in self._poll(poller, limit)

    def sleep(self, seconds: float) -> None:
        """Sleep, unless our stdout loses its reader meanwhile: then raise ReaderGone."""
        if self.reader_fd is None:
            time.sleep(seconds)
        else:
            self._poll(self._poller(), seconds)

    def _poller(self) -> "select.poll":
        poller = select.poll()
        if self.reader_fd is not None:
            poller.register(self.reader_fd, select.POLLERR | select.POLLHUP)
        return poller

    def _poll(self, poller: "select.poll", seconds: float) -> list[int]:
        """Return the descriptors that are ready, within `seconds`."""
        ready = dict(poller.poll(seconds * 1000))
        gone = ready.pop(self.reader_fd, 0) if self.reader_fd is not None else 0
        if gone & (select.POLLERR | select.POLLHUP):
            raise ReaderGone
        return list(ready)


def _can_be_watched(fd: int | None) -> bool:
    """Whether the system tells when nobody reads `fd` any more: not on Windows, nor if closed."""
    if fd is None or not hasattr(select, "poll"):
        return False
    poller = select.poll()
    poller.register(fd, select.POLLERR)
    return not any(state & select.POLLNVAL for _, state in poller.poll(0))
