"""What the bytes of an attachment say: media type, pixels, pages. Renders nothing."""

import base64
import binascii
import re
import struct

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
PDF_TYPE = "application/pdf"

# Enough base64 for the header of any image: a JPEG may hold several segments of 64 KB before it.
_HEADER_CHARACTERS = 1_000_000


def decode_base64(data: str) -> bytes | None:
    """The bytes, or None where `data` is not padded standard base64 on one line."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def decoded_size(data: str) -> int:
    """How many bytes `data` holds, without decoding it."""
    return len(data) * 3 // 4 - data[-2:].count("=")


def media_type(data: bytes) -> str | None:
    """By the magic number: one of IMAGE_TYPES, PDF_TYPE or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return PDF_TYPE if b"%PDF-" in data[:1024] else None


def pixels(data: str) -> tuple[int, int] | None:
    """Width and height of the base64 image `data`, or None where its header does not tell."""
    head = decode_base64(data[:_HEADER_CHARACTERS])
    read = _PIXEL_READERS.get(media_type(head) or "") if head else None
    try:
        return read(head) if read and head else None
    except (struct.error, IndexError):
        return None


def pages(data: str) -> int:
    """Pages of the base64 PDF `data`, as far as they are listed uncompressed; at least 1."""
    return max(1, len(re.findall(rb"/Type\s*/Page\b(?!s)", decode_base64(data) or b"")))


def _png_pixels(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif_pixels(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _webp_pixels(data: bytes) -> tuple[int, int] | None:
    """RFC 9649: lossy, lossless and extended files each keep the size elsewhere."""
    kind = data[12:16] if len(data) >= 30 else b""
    if kind == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if kind == b"VP8L":
        packed = _little(data[21:25])
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _jpeg_pixels(data: bytes) -> tuple[int, int] | None:
    """Walks the segments up to the start of a frame, SOF0 to SOF15 without DHT, JPG and DAC."""
    position = 2
    while position + 9 <= len(data):
        marker, length = struct.unpack(">xBH", data[position : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None


_PIXEL_READERS = {
    "image/png": _png_pixels,
    "image/gif": _gif_pixels,
    "image/webp": _webp_pixels,
    "image/jpeg": _jpeg_pixels,
}
