"""What the bytes of an attachment say."""

import struct

import pytest

from claude_cli.simulator.checks import media
from tests.simulator.bodies import encoded, png

SIZE = (300, 200)
GIF = b"GIF89a" + struct.pack("<HH", *SIZE) + b"\0"
JPEG = (
    b"\xff\xd8"
    + b"\xff\xe0" + struct.pack(">H", 16) + bytes(14)
    + b"\xff\xc4" + struct.pack(">H", 4) + bytes(2)
    + b"\xff\xc2" + struct.pack(">HBHH", 17, 8, SIZE[1], SIZE[0]) + bytes(8)
)  # fmt: skip


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF" + bytes(4) + b"WEBP" + kind + struct.pack("<I", len(data)) + data


WEBP_LOSSY = webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", *SIZE))
WEBP_LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 299 | 199 << 14) + bytes(5))
WEBP_EXTENDED = webp(b"VP8X", bytes(4) + (299).to_bytes(3, "little") + (199).to_bytes(3, "little"))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (png(*SIZE), "image/png"),
        (GIF, "image/gif"),
        (JPEG, "image/jpeg"),
        (WEBP_LOSSY, "image/webp"),
        (WEBP_LOSSLESS, "image/webp"),
        (WEBP_EXTENDED, "image/webp"),
    ],
)
def test_type_and_size_of_an_image(data: bytes, media_type: str) -> None:
    assert media.media_type(data) == media_type
    assert media.pixels(encoded(data)) == SIZE


@pytest.mark.parametrize("data", [png()[:18], GIF[:7], JPEG[:8], WEBP_LOSSY[:20], b"hello", b""])
def test_a_cut_or_foreign_header_tells_no_size(data: bytes) -> None:
    assert media.pixels(encoded(data)) is None


def test_a_webp_of_an_unknown_kind_tells_no_size() -> None:
    assert media.pixels(encoded(webp(b"ALPH", bytes(20)))) is None


@pytest.mark.parametrize("size", range(8))
def test_the_size_is_known_without_decoding(size: int) -> None:
    assert media.decoded_size(encoded(bytes(size))) == size


def test_pages_of_a_pdf() -> None:
    data = b"%PDF-1.4 <</Type /Pages>> <</Type /Page>> <</Type/Page/X 1>>"
    assert media.media_type(data) == "application/pdf"
    assert media.pages(encoded(data)) == 2
    assert media.pages("no base64") == 1
