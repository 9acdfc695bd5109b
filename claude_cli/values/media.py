"""What bytes are, by their first bytes: images and PDF, what cannot be sent, pixels. Pure.

File names and suffixes play no part here, and nothing is decoded: pixel counts come from the
headers (PNG 3rd edition 11.2.1, GIF89a, ITU-T T.81 annex B, RFC 9649).
"""

PDF = "application/pdf"
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")

# Pictures that become PNG, JPEG or WebP before they are sent.
_TO_CONVERT = {
    "a TIFF image": "image/tiff",
    "a BMP image": "image/bmp",
    "an ICO image": "image/x-icon",
    "a HEIC image": "image/heic",
    "an AVIF image": "image/avif",
}
# Start of the file, what it is. Only formats that people do try to attach.
_CANNOT_SEND = (
    (b"PK\x03\x04", "a ZIP archive or Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"{\\rtf1", "an RTF document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"II+\x00", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"\x00\x00\x01\x00", "an ICO image"),
    (b"8BPS", "a Photoshop image"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_RIFF = {b"WAVE": "a WAV recording", b"AVI ": "an AVI video"}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"heif", b"hevc", b"mif1", b"msf1")
# Start-of-frame markers: C0 to CF without DHT, JPG and DAC (T.81, table B.1).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
# Real files have tens of segments; megabytes of fill bytes must not cost a step each.
_JPEG_STEPS = 10_000


def detect(data: bytes) -> str | None:
    """The media type that the API takes as an image or a PDF, or None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:1024].lstrip(b"\xef\xbb\xbf\x00\t\r\n ").startswith(b"%PDF-"):
        return PDF
    return None


def cannot_send(data: bytes) -> str | None:
    """What these bytes are, such as "a gzip file", if the API has no block for it, else None."""
    if data[:2] == b"\0\0" and data[4:8] == b"ftyp":
        return _iso_media(data)
    if data.startswith(b"RIFF") and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    if data[257:262] == b"ustar":
        return "a tar archive"
    for magic, kind in _CANNOT_SEND:
        if data.startswith(magic) and not _may_be_words(magic, data):
            return kind
    before = data[:1024].find(b"%PDF-")
    if before > 0 and b"%%EOF" in data[-1024:]:
        return f"a PDF behind {before} bytes that do not belong to it"
    return None


def to_convert(data: bytes) -> str | None:
    """The media type of a picture that the API does not take and that can be converted."""
    return _TO_CONVERT.get(cannot_send(data) or "")


def is_plain(data: bytes) -> bool:
    """Whether a PNG, JPEG or WebP is one still picture in the colours of a screen."""
    match detect(data):
        case "image/png":
            return data.find(b"acTL", 0, max(data.find(b"IDAT"), 0)) < 0
        case "image/jpeg":
            at = _jpeg_frame(data)
            return at is None or data[at + 9 : at + 10] != b"\x04"  # components: CMYK
        case "image/webp":
            return data[12:16] != b"VP8X" or not data[20:21] or not data[20] & 2
    return False


def pixel_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that an image's header tells, or None where it tells none."""
    measure = {
        "image/png": _png_size,
        "image/jpeg": _jpeg_size,
        "image/gif": _gif_size,
        "image/webp": _webp_size,
    }.get(detect(data) or "")
    return measure(data) if measure else None


def _iso_media(data: bytes) -> str:
    """ISO/IEC 14496-12: a box `ftyp` names the brand, and behind it those that it agrees with."""
    brand, brands = data[8:12], data[8 : min(_big(data[:4]), 128)]
    if brand in _HEIC_BRANDS and b"avif" not in brands:
        return "a HEIC image"
    return "an AVIF image" if b"avi" in brands else "an MP4 or QuickTime recording"


def _may_be_words(magic: bytes, data: bytes) -> bool:
    """Whether a magic number of plain letters may be how a text begins, as in "BM is short"."""
    return magic.isalnum() and magic.isascii() and b"\0" not in data[:512]


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[12:16] != b"IHDR":
        return None
    return _big(data[16:20]), _big(data[20:24])


def _gif_size(data: bytes) -> tuple[int, int] | None:
    return (_little(data[6:8]), _little(data[8:10])) if len(data) >= 10 else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = _jpeg_frame(data)
    return None if at is None else (_big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7]))


def _jpeg_frame(data: bytes) -> int | None:
    """Where the header of the frame is."""
    at = 2
    for _ in range(_JPEG_STEPS):
        if at + 9 > len(data) or data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_FRAMES:
            return at
        else:
            at += 2 + max(_big(data[at + 2 : at + 4]), 2)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
