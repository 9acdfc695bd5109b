"""How many requests may be under way: fewer when the server says that it is too much, then more."""

import random
import threading
import time
from collections.abc import Sequence

from claude_cli.api.observer import Observer
from claude_cli.api.retry import FIRST_BACKOFF, LONGEST_WAIT, Failure, seconds_to_wait

TOO_MUCH = (429, 529)

TELL_EVERY = 60.0
"""Seconds between two lines about retries: a busy server can cause thousands."""


class Throttle:
    """A gate for threads that share one client; it is also that client's observer.

    On 429 and 529 the number of requests under way is halved, once for those that were under way
    together, and none begins before the time that the server asked for; each round of successes
    lets one more through.
    """

    def __init__(self, most: int, observer: Observer) -> None:
        self.limit = most
        self._most = most
        self._observer = observer
        self._gate = threading.Condition()
        self._under_way = 0
        self._successes = 0
        self._not_before = 0.0
        self._halved = 0.0
        self._retries = 0
        self._tell_at = 0.0

    def enter(self) -> None:
        """Wait until one more request may begin."""
        with self._gate:
            while True:
                pause = self._not_before - time.monotonic()
                if pause <= 0 and self._under_way < self.limit:
                    break
                self._gate.wait(pause if pause > 0 else None)
            self._under_way += 1

    def leave(self, *, succeeded: bool) -> None:
        """A request is over."""
        with self._gate:
            self._under_way -= 1
            if succeeded:
                self._successes += 1
                if self._successes >= self.limit and self.limit < self._most:
                    self.limit, self._successes = self.limit + 1, 0
            self._gate.notify_all()

    def request_sent(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes | None
    ) -> None:
        self._observer.request_sent(method, url, headers, body)

    def response_received(
        self, status: int, reason: str, headers: Sequence[tuple[str, str]]
    ) -> None:
        if status in TOO_MUCH:
            self._slow_down(Failure(status, {name.lower(): value for name, value in headers}))
        self._observer.response_received(status, reason, headers)

    def response_chunk(self, chunk: bytes) -> None:
        self._observer.response_chunk(chunk)

    def waiting(self, seconds: float, reason: str, attempt: int, attempts: int) -> None:
        with self._gate:
            self._retries += 1
            now = time.monotonic()
            if now < self._tell_at:
                return
            self._tell_at, count, self._retries = now + TELL_EVERY, self._retries, 0
        if count > 1:
            reason = f"{reason}, {count} retries since the last line"
        self._observer.waiting(seconds, reason, attempt, attempts)

    def _slow_down(self, failure: Failure) -> None:
        now = time.monotonic()
        asked = seconds_to_wait(failure, 0, random.random)
        wait = asked if asked <= LONGEST_WAIT else FIRST_BACKOFF  # told to wait longer, runs end
        with self._gate:
            if now >= self._halved:  # the answers of one burst count once
                self.limit, self._successes = max(self.limit // 2, 1), 0
                self._halved = now + wait
            self._not_before = max(self._not_before, now + wait)
