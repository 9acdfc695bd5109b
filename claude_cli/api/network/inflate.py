"""Content-Encoding undone, a bounded piece at a time. Pure; knows no HTTP.

A body of a few bytes can unfold to gigabytes: no piece is larger than PIECE, and who reads a body
whole sets a limit for all of them.
"""

import zlib
from collections.abc import Iterator

from claude_cli.errors import ProtocolError, TemporaryFailure

PIECE = 64 * 1024
"""Bytes of a decoded piece at most."""

_STEP = 16 * 1024  # zlib copies what is left of its input for every piece it gives

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's "window bits"

PLAIN = frozenset({"", "identity"})
ENCODINGS = PLAIN | {"gzip", "x-gzip", "deflate"}
"""Content-Encodings that change nothing, and all that are understood."""


class Inflater:
    """Decodes a body whose Content-Encoding (RFC 9110, section 8.4) is `encoding`.

    `limit` is how many bytes the whole body may decode to, None for any number. Raises
    ProtocolError for an encoding that is not in ENCODINGS.
    """

    def __init__(self, encoding: str, limit: int | None) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in ENCODINGS:
            raise ProtocolError(f"the server compressed its answer with {encoding[:40]}, unasked")
        self._limit = limit
        self._decoded = 0
        self._start = b""
        self._member: zlib._Decompress | None = None

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Yield what `received` decodes to, in order, no piece empty or larger than PIECE.

        Take all of it before the next call. Raises ProtocolError where the body is not what its
        encoding says, and beyond the limit, before the piece that passes it.
        """
        plain = self._encoding in PLAIN
        for start in range(0, len(received), _STEP):
            step = received[start : start + _STEP]
            for piece in (step,) if plain else self._inflate(step):
                self._decoded += len(piece)
                if self._limit is not None and self._decoded > self._limit:
                    raise ProtocolError(f"the answer is larger than {self._limit} bytes")
                yield piece

    def end(self) -> None:
        """Check that the body ended where its encoding ends; one without any bytes did.

        A compressed body that stops earlier was cut on its way, as when a connection breaks, so
        that another try may bring it whole: raises TemporaryFailure. A caller that has the whole
        answer by then need not call this.
        """
        if self._start or (self._member is not None and not self._member.eof):
            raise TemporaryFailure("the server's compressed answer ended too early")

    def _inflate(self, received: bytes) -> Iterator[bytes]:
        """Decode a step; one compressed member may follow another (RFC 1952, section 2.2)."""
        while received:
            if self._member is None or self._member.eof:
                self._start += received
                if len(self._start) < 2:
                    return
                received, self._start = self._start, b""
                self._member = zlib.decompressobj(self._window_bits(received))
            yield from self._pieces(self._member, received)
            received = self._member.unused_data

    def _pieces(self, member: "zlib._Decompress", received: bytes) -> Iterator[bytes]:
        """Yield what `member` makes of `received`, up to the end of either."""
        piece = b""
        # A full piece may have left more behind, although all input is consumed.
        while not member.eof and (received or len(piece) == PIECE):
            try:
                piece = member.decompress(received, PIECE)
            except zlib.error as error:
                raise ProtocolError(
                    f"the server's answer is not the {self._encoding} it claims to be"
                ) from error
            received = member.unconsumed_tail
            if piece:
                yield piece

    def _window_bits(self, start: bytes) -> int:
        """Tell zlib what comes; "deflate" is the zlib format, or raw from servers that err.

        A zlib header names method 8 in its low bits and is a multiple of 31 (RFC 1950).
        """
        if self._encoding != "deflate":
            return _GZIP
        is_zlib = start[0] & 15 == 8 and int.from_bytes(start[:2], "big") % 31 == 0
        return _ZLIB if is_zlib else _RAW
