"""What a base64 attachment holds: its bytes, their number, pixels, pages. Renders nothing."""

import base64
import binascii
import re

from claude_cli.values import media

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


def pixels(data: str) -> tuple[int, int] | None:
    """Width and height of the base64 image `data`, or None where its header does not tell."""
    return media.pixel_size(decode_base64(data[:_HEADER_CHARACTERS]) or b"")


def pages(data: str) -> int:
    """Pages of the base64 PDF `data`, as far as they are listed uncompressed; at least 1."""
    return max(1, len(re.findall(rb"/Type\s*/Page\b(?!s)", decode_base64(data) or b"")))
