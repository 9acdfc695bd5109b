"""The body of a request: JSON made once, or a file that is read anew for each try."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from claude_cli.errors import InputError
from claude_cli.types import RequestBody
from claude_cli.values.surrogates import utf8

PIECE = 256 * 1024


class Payload(NamedTuple):
    """A body of `length` bytes; `pieces` starts it from the beginning each time it is called."""

    content_type: str
    length: int
    pieces: Callable[[], Iterable[bytes]]
    whole: bytes | None = None
    """All of it, where it is in memory anyway."""

    def sha256(self) -> str:
        """Return the SHA-256 of the body in hex; a file is read once more for it."""
        from hashlib import sha256

        digest = sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


def json_payload(body: RequestBody) -> Payload:
    """Encode `body` as one line of UTF-8; a lone surrogate becomes U+FFFD.

    Raises InputError for what JSON cannot hold.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the request is not JSON: {error}") from error
    return bytes_payload("application/json", utf8(text))


def bytes_payload(content_type: str, content: bytes) -> Payload:
    """Make a payload of bytes in memory."""
    return Payload(content_type, len(content), lambda: _pieces(content), content)


EMPTY = bytes_payload("", b"")


def _pieces(content: bytes) -> Iterator[bytes]:
    """Cut `content`, so that no layer below copies all of it again."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
