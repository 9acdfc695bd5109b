"""`multipart/form-data` (RFC 7578) as a body whose files are read while they are sent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from secrets import token_hex
from typing import BinaryIO, NamedTuple

from claude_cli.api.payload import PIECE, Payload
from claude_cli.errors import InputError

Progress = Callable[[int], None]
"""Is told how many bytes of all files have gone so far."""


class FilePart(NamedTuple):
    """A file of `size` bytes in the field `field`; `open` gives it anew for each try.

    `name` holds no quote and no control character: it stands in a header line.
    """

    field: str
    name: str
    media_type: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def form(
    files: Sequence[FilePart], on_progress: Progress, fields: Sequence[tuple[str, str]] = ()
) -> Payload:
    """The form with these text fields, then these files, in their order.

    Its pieces raise InputError for a file that became shorter meanwhile.
    """
    boundary = token_hex(16)
    texts = "".join(
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ).encode()
    heads = [_head(part, boundary) for part in files]
    tail = f"--{boundary}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        sent = 0
        yield texts
        for head, part in zip(heads, files, strict=True):
            yield head
            for piece in _read(part):
                yield piece
                sent += len(piece)
                on_progress(sent)
            yield b"\r\n"
        yield tail

    sizes = sum(len(head) + part.size + 2 for head, part in zip(heads, files, strict=True))
    kind = f"multipart/form-data; boundary={boundary}"
    return Payload(kind, len(texts) + sizes + len(tail), pieces)


def _head(part: FilePart, boundary: str) -> bytes:
    return (
        f"--{boundary}\r\n"
        f'content-disposition: form-data; name="{part.field}"; filename="{part.name}"\r\n'
        f"content-type: {part.media_type}\r\n\r\n"
    ).encode()


def _read(part: FilePart) -> Iterator[bytes]:
    left = part.size
    with part.open() as file:
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise InputError(f"{part.name} became shorter while it was sent")
            yield piece
            left -= len(piece)
