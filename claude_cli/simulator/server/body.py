"""The body of a request, read a bounded piece at a time, by its length or in chunks."""

import re
from collections.abc import Iterator
from io import BufferedIOBase

from claude_cli.simulator.wire.exchange import Received
from claude_cli.simulator.wire.rejections import Rejection, invalid

READ_SIZE = 1_000_000
"""Bytes that are read at a time."""


def is_announced(received: Received) -> bool:
    """Whether the header says that a body follows."""
    headers = received.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def pieces(source: BufferedIOBase, received: Received, limit: int) -> Iterator[bytes]:
    """The body as it comes, its size noted in `received`.

    Raises Rejection (413) as soon as more than `limit` bytes are announced, and for framing that
    RFC 9112 does not know; ConnectionAbortedError when the client leaves.
    """
    for size in _sizes(source, received.headers):
        received.size += size
        if received.size > limit:
            raise Rejection(413, f"Request exceeds the maximum size of {limit:,} bytes")
        yield from _read(source, size)


def _read(source: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        piece = source.read(min(size, READ_SIZE))
        if not piece:
            raise ConnectionAbortedError
        size -= len(piece)
        yield piece


def _sizes(source: BufferedIOBase, headers: dict[str, str]) -> Iterator[int]:
    """The sizes of the body's pieces, each to be read before the next is asked for."""
    if coding := headers.get("transfer-encoding"):
        if coding.lower() != "chunked":
            raise invalid("transfer-encoding", "only chunked is understood")
        while size := _chunk_size(source):
            yield size
            source.readline()
        while source.readline().strip():
            pass
        return
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise invalid("content-length", "not a number")
    yield int(length)


def _chunk_size(source: BufferedIOBase) -> int:
    line = source.readline(256).partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
        raise invalid("transfer-encoding", "malformed chunk")
    return int(line, 16)
