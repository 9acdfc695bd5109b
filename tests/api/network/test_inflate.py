"""Content-Encoding: decoded in bounded pieces, and nothing that lies about itself gets through."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.api.network.inflate import PIECE, Inflater
from claude_cli.errors import ProtocolError, TemporaryFailure

MEGABYTE = 1024 * 1024


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


COMPRESSIONS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("identity", bytes),
    ("", bytes),
]
COMPRESSED = COMPRESSIONS[:4]
names = ["gzip", "x-gzip", "zlib", "raw deflate", "identity", "none"]
any_encoding = pytest.mark.parametrize(("encoding", "compress"), COMPRESSIONS, ids=names)
any_compression = pytest.mark.parametrize(("encoding", "compress"), COMPRESSED, ids=names[:4])


def inflate(encoding: str, *chunks: bytes, limit: int | None = None) -> bytes:
    inflater = Inflater(encoding, limit)
    body = b"".join(piece for chunk in chunks for piece in inflater.feed(chunk))
    inflater.end()
    return body


@given(st.data(), st.sampled_from(COMPRESSIONS), st.lists(st.binary(max_size=300), max_size=3))
def test_a_body_comes_back_whatever_the_chunks(
    data: st.DataObject, how: tuple[str, Callable[[bytes], bytes]], parts: list[bytes]
) -> None:
    encoding, compress = how
    stream = b"".join(compress(part) for part in parts)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    bounds = [0, *places, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(bounds)]
    assert inflate(encoding, *chunks) == b"".join(parts)


@any_encoding
@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * MEGABYTE])
def test_long_bodies_come_in_pieces_of_bounded_size(
    encoding: str, compress: Callable[[bytes], bytes], size: int
) -> None:
    body = b"a" * size
    pieces = list(Inflater(encoding, None).feed(compress(body)))
    assert b"".join(pieces) == body
    assert all(0 < len(piece) <= PIECE for piece in pieces)


@any_compression
def test_what_a_server_flushed_is_there_at_once(
    encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    wbits = {"zlib": 15, "raw": -15}.get("raw" if compress is raw_deflate else "zlib", 15)
    compressor = zlib.compressobj(wbits=31 if "gzip" in encoding else wbits)
    inflater = Inflater(encoding, None)
    for event in (b"data: 1\n\n", b"data: 2\n\n"):
        sent = compressor.compress(event) + compressor.flush(zlib.Z_SYNC_FLUSH)
        assert b"".join(inflater.feed(sent)) == event


def test_a_bomb_ends_at_the_limit_and_never_fills_memory() -> None:
    bomb = gzip.compress(b"\0" * (200 * MEGABYTE), compresslevel=9)
    assert len(bomb) < 210 * 1024
    limit = 64 * MEGABYTE
    received = 0
    inflater = Inflater("gzip", limit)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match=str(limit)):
            for piece in inflater.feed(bomb):
                received += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert limit - PIECE <= received <= limit
    assert peak < 400 * 1024


@any_encoding
def test_the_limit_counts_decoded_bytes_of_all_chunks(
    encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    stream = compress(b"abc" * 1000)
    chunks = [stream[:5], stream[5:]]
    assert len(inflate(encoding, *chunks, limit=3000)) == 3000
    with pytest.raises(ProtocolError, match="2999"):
        inflate(encoding, *chunks, limit=2999)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"{}"),
        ("gzip", b"\x1f\x8b\x08\x00" + b"garbage" * 5),
        ("gzip", gzip.compress(b"x") + b"garbage"),
        ("gzip", gzip.compress(b"x" * 100)[:-8] + b"\0" * 8),
        ("deflate", b"\xff" * 10),
        ("deflate", zlib.compress(b"x" * 100)[:-4] + b"\0" * 4),
    ],
    ids=["no gzip", "header", "trailing", "gzip checksum", "no deflate", "zlib checksum"],
)
def test_garbage_is_refused(encoding: str, body: bytes) -> None:
    for chunks in ([body], [bytes([byte]) for byte in body]):
        with pytest.raises(ProtocolError, match=f"not the {encoding}"):
            inflate(encoding, *chunks)


@any_compression
def test_a_body_that_was_cut_gives_what_came_and_is_worth_another_try(
    encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    body = bytes(range(256)) * 4
    stream = compress(body)
    for end in range(1, len(stream)):
        inflater = Inflater(encoding, None)
        assert body.startswith(b"".join(inflater.feed(stream[:end])))
        with pytest.raises(TemporaryFailure):
            inflater.end()


@any_encoding
def test_no_body_at_all_is_whole(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    assert inflate(encoding) == b""
    assert inflate(encoding, b"", b"") == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "none", "GZIP\x1b"])
def test_an_encoding_that_was_not_asked_for_is_refused_by_name(encoding: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        Inflater(encoding, None)
    assert encoding in refusal.value.message


def test_the_name_of_an_encoding_may_be_spelled_in_any_case() -> None:
    assert inflate(" GZip ", gzip.compress(b"x")) == b"x"
    assert inflate("Identity", b"x") == b"x"
