"""Requests to a child process, a line each on its stdin, and its replies, matched by number."""

import contextlib
import queue
import threading
import time
from typing import IO, Any, TypeAlias

from claude_cli.child import group, pipes

Reply: TypeAlias = dict[str, Any]
Inbox: TypeAlias = "queue.SimpleQueue[Reply | None]"
"""Where one reply arrives; None means that none will."""


class NoReply(Exception):
    """No reply came in time, or somebody asked to stop. The text is what there is to tell."""


class Inboxes:
    """The replies that are waited for; several threads may wait, one delivers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, Inbox] = {}
        self.is_open = True

    def expect(self, number: int) -> Inbox:
        """Where the reply of that number will arrive; None arrives at once after `close`."""
        inbox: Inbox = queue.SimpleQueue()
        with self._lock:
            if self.is_open:
                self._waiting[number] = inbox
            else:
                inbox.put(None)
        return inbox

    def deliver(self, number: object, reply: Reply) -> None:
        """Hand over a reply; one that nobody waits for is passed over."""
        with self._lock:
            inbox = self._waiting.pop(number, None) if isinstance(number, int) else None
        if inbox:
            inbox.put(reply)

    def close(self) -> None:
        """No reply will come any more."""
        with self._lock:
            self.is_open = False
            waiting = [*self._waiting.values()]
            self._waiting.clear()
        for inbox in waiting:
            inbox.put(None)


class Outbox:
    """Lines for a child's stdin, written in the background: the child may never read them."""

    def __init__(self, stdin: IO[bytes] | None) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        pipes.in_thread(self._write, stdin)

    def send(self, line: bytes) -> None:
        self._lines.put(line)

    def close(self) -> None:
        """Close stdin once all is written."""
        self._lines.put(None)

    def _write(self, stdin: IO[bytes]) -> None:
        while (line := self._lines.get()) is not None:
            stdin.write(line)
            stdin.flush()


def wait_for(inbox: Inbox, seconds: float, stop: threading.Event) -> Reply | None:
    """The reply; None if none will come. Raises NoReply after that time, or once `stop` is set."""
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            return inbox.get(timeout=min(left, group.LOOK_AROUND))
    raise NoReply
