"""Bearer tokens that expire: kept in memory while they are valid, then fetched anew."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

EARLY = 120.0
"""Seconds before its end from which on a token is not used any more."""


class Token(NamedTuple):
    """A token, and when it expires, in seconds since the epoch; None if that is not known."""

    value: str
    expires: float | None = None

    def __repr__(self) -> str:
        return f"Token(expires={self.expires})"

    def is_valid(self, now: float) -> bool:
        return self.expires is None or now < self.expires - EARLY


class TokenSource:
    """Gives the token that is valid now; several threads may ask. `fetch` gets a new one."""

    def __init__(
        self,
        fetch: Callable[[], Token],
        hide: Callable[[list[str]], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`hide` is told each secret before it is used."""
        self._fetch = fetch
        self._hide = hide
        self._clock = clock
        self._token: Token | None = None
        self._lock = threading.Lock()

    def __call__(self, anew: bool) -> str:
        with self._lock:
            if anew or self._token is None or not self._token.is_valid(self._clock()):
                self._token = self._fetch()
                self._hide([self._token.value])
            return self._token.value
