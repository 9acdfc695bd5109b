"""The body of a request: JSON made once, or a file that is read anew for each try."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from claude_cli.api.redactor import Redactor
from claude_cli.errors import InputError
from claude_cli.types import RequestBody
from claude_cli.values.secrecy import is_long
from claude_cli.values.surrogates import utf8

PIECE = 256 * 1024


class Payload(NamedTuple):
    """A body of `length` bytes; `pieces` starts it from the beginning each time it is called."""

    content_type: str
    length: int
    pieces: Callable[[], Iterable[bytes]]
    whole: bytes | None = None
    """All of it, where it is in memory anyway."""
    secrets: tuple[str, ...] = ()
    """What in it is not to be shown; see `secrets_in`."""

    @property
    def shown(self) -> bytes | None:
        """All of it but for its secrets."""
        if self.whole is None or not self.secrets:
            return self.whole
        redactor = Redactor(self.secrets)
        return redactor.feed(self.whole) + redactor.end()

    def __repr__(self) -> str:
        return f"Payload({self.content_type}, {self.length} bytes)"

    def sha256(self) -> str:
        """Return the SHA-256 of the body in hex; a file is read once more for it."""
        from hashlib import sha256

        digest = sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
"""Made once: `json.dumps` makes one for each body. What holds itself is refused as too deep."""


def json_payload(body: RequestBody) -> Payload:
    """Encode `body` as one line of UTF-8; a lone surrogate becomes U+FFFD.

    Raises InputError for what JSON cannot hold.
    """
    try:
        text = _encode(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the request is not JSON: {error}") from error
    return bytes_payload("application/json", utf8(text))._replace(secrets=secrets_in(body))


def secrets_in(body: RequestBody) -> tuple[str, ...]:
    """What a Messages request has for MCP servers alone: their tokens, and the queries of their
    URLs; as they are and as its JSON has them."""
    servers = body.get("mcp_servers")
    if not isinstance(servers, list):
        return ()
    from claude_cli.values.shown_url import query_of  # few requests have one

    found: list[str] = []
    for entry in filter(lambda entry: isinstance(entry, dict), servers):
        given = entry.get("authorization_token"), query_of(str(entry.get("url")))
        found += [text for text in given if isinstance(text, str) and is_long(text)]
    return tuple({form for token in found for form in (token, json.dumps(token)[1:-1])})


def bytes_payload(content_type: str, content: bytes) -> Payload:
    """Make a payload of bytes in memory."""
    return Payload(content_type, len(content), lambda: _pieces(content), content)


EMPTY = bytes_payload("", b"")


def _pieces(content: bytes) -> Iterator[bytes]:
    """Cut `content`, so that no layer below copies all of it again."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
