"""Small images that real encoders wrote, each 33 × 7 pixels, and PDFs made by hand."""

from base64 import b64decode

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAACEAAAAHCAIAAAAJc7MTAAAAGElEQVR4nGM8wcXFQGPARGsLRu0YkXYAAG6UAOo7"
    "7mFaAAAAAElFTkSuQmCC"
)
GIF = b64decode(
    "R0lGODdhIQAHAIEAAMgKCgAAAAAAAAAAACwAAAAAIQAHAAAIGgABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsWJAADs="
)
# Cut behind the frame header: nothing after it is looked at.
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////"
    "////////////////////////////2wBDAf//////////////////////////////////////////////////////////"
    "////////////////////////////wAARCAAHACEDASIAAhEBAxEB"
)
JPEG_PROGRESSIVE = JPEG.replace(b"\xff\xc0", b"\xff\xc2")
WEBP_LOSSY = b64decode(
    "UklGRj4AAABXRUJQVlA4IDIAAADwAgCdASohAAcAP83e6Gw/tjApKqgD8DmJYwDE2B4MAAD+3FG5PzS92dotMsM0ABoA"
    "AA=="
)
WEBP_LOSSLESS = b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvIIABAAdQhSJXof+BiOh/AAA=")
WEBP_EXTENDED = b64decode(
    "UklGRmIAAABXRUJQVlA4WAoAAAAQAAAAIAAABgAAQUxQSAoAAAABB1DAiAhERP8DVlA4IDIAAADwAgCdASohAAcAP83e"
    "6Gw/tjApKqgD8DmJYwDE2B4MAAD+3FG5PzS92dotMsM0ABoAAA=="
)
IMAGES = {
    "png": ("image/png", PNG),
    "gif": ("image/gif", GIF),
    "jpeg": ("image/jpeg", JPEG),
    "progressive jpeg": ("image/jpeg", JPEG_PROGRESSIVE),
    "lossy webp": ("image/webp", WEBP_LOSSY),
    "lossless webp": ("image/webp", WEBP_LOSSLESS),
    "extended webp": ("image/webp", WEBP_EXTENDED),
}


def png_of(width: int, height: int, padding: int = 0) -> bytes:
    """A PNG whose header tells this size; its pixels are missing."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + header + bytes(padding)


def pdf_of(pages: int, trailer: bytes = b"") -> bytes:
    """A PDF with so many empty pages; `trailer` is put into its trailer dictionary."""
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * pages,
    ]
    data, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, count = len(data), len(bodies) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % count
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer << /Size %d /Root 1 0 R %s >>\n" % (count, trailer)
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % start)


ENCRYPTED = (
    b"/ID [<00> <00>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <"
    + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
)  # fmt: skip
"""What the trailer of a PDF with a password has."""
