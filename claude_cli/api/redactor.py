"""Secrets taken out of what a server repeats: of bytes in pieces, cut anywhere, of errors. Pure."""

from collections.abc import Iterable

from claude_cli.errors import ClaudeCliError
from claude_cli.values.secrecy import REDACTED, SHORTEST


class Redactor:
    """Replaces each of `secrets`; holds back what may be the start of one until more bytes
    arrive."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret.encode() for secret in secrets), key=len, reverse=True)
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Return what may be shown by now; all that is returned, joined, holds no secret."""
        text = self._held + piece
        for secret in self._secrets:
            text = text.replace(secret, REDACTED.encode())
        shown = len(text) - max((_begun(secret, text) for secret in self._secrets), default=0)
        self._held = text[shown:]
        return text[:shown]

    def end(self) -> bytes:
        """Return what was held back, unless it is a large part of a secret."""
        held, self._held = self._held, b""
        return held if len(held) < SHORTEST else REDACTED.encode()


def hide_in(error: ClaudeCliError, secrets: Iterable[str]) -> None:
    """Take `secrets` out of `error`, also one that the end of an excerpt cuts."""
    error.message = redacted(error.message, secrets)
    if error.request_id is not None:
        error.request_id = redacted(error.request_id, secrets)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without `secrets`, also one that its end cuts."""
    redactor = Redactor(secrets)
    shown = redactor.feed(text.encode("utf-8", "surrogatepass")) + redactor.end()
    return shown.decode("utf-8", "surrogatepass")


def _begun(secret: bytes, text: bytes) -> int:
    """How many bytes at the end of `text` are the start of `secret`, and not all of it."""
    at = text.find(secret[:1], max(0, len(text) - len(secret) + 1))
    while at >= 0 and not secret.startswith(text[at:]):
        at = text.find(secret[:1], at + 1)
    return len(text) - at if at >= 0 else 0
