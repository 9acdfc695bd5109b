"""Who we are to the server: the header lines that say so, made anew for each try."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claude_cli.api.headers import Headers, merge

BodyHash = Callable[[], str]
"""Gives the SHA-256 of the body in hex; computed only for who asks."""


class Authorizer(Protocol):
    """Called once for each try, from whichever thread makes it."""

    def lines(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body_hash: BodyHash
    ) -> Headers:
        """Return the lines to add to `headers`, the others that the try sends."""

    def renew(self) -> bool:
        """Get another credential after a 401; False where there is no other."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FixedCredential:
    """One header line: `x-api-key` and a key, or `authorization` and `Bearer TOKEN`.

    Raises ConfigError for a value that no header line can carry, without showing it.
    """

    name: str
    value: str
    betas: tuple[str, ...] = ()
    """Those that its kind needs."""

    def __post_init__(self) -> None:
        merge([(self.name, self.value)], ())

    def lines(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body_hash: BodyHash
    ) -> Headers:
        return [(self.name, self.value)]

    def renew(self) -> bool:
        return False
