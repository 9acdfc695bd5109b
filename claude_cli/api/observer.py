"""Who may watch a client at work: `--verbose` and `--debug` print what an observer is told."""

from collections.abc import Sequence
from typing import Protocol

Lines = Sequence[tuple[str, str]]


class Observer(Protocol):
    """Told of each request and response, from whichever thread makes them.

    Secret header values are redacted before they get here, and so is our own key wherever a
    response repeats it. The rest is untrusted: whoever prints it sanitises it.
    """

    def request_sent(self, method: str, url: str, headers: Lines, body: bytes | None) -> None:
        """A request is about to be sent; `body` is None where it is read from a file meanwhile."""

    def response_received(self, status: int, reason: str, headers: Lines) -> None:
        """The header of a response arrived."""

    def response_chunk(self, chunk: bytes) -> None:
        """A piece of its body arrived, decompressed."""

    def waiting(self, seconds: float, reason: str, attempt: int, attempts: int) -> None:
        """The client waits `seconds` before attempt number `attempt` of `attempts`."""


class _Silent:
    def request_sent(self, method: str, url: str, headers: Lines, body: bytes | None) -> None:
        pass

    def response_received(self, status: int, reason: str, headers: Lines) -> None:
        pass

    def response_chunk(self, chunk: bytes) -> None:
        pass

    def waiting(self, seconds: float, reason: str, attempt: int, attempts: int) -> None:
        pass


SILENT: Observer = _Silent()
