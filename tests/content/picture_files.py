"""Pictures as cameras, scanners and programs write them, made with Pillow: red, green, blue and
white quarters, read as a page is, so that every turn and every wrong colour shows."""

import io
from collections.abc import Callable
from struct import pack
from typing import Any
from zlib import compress, crc32

from PIL import Image, ImageCms, ImageDraw

RED, GREEN, BLUE, WHITE = (230, 20, 20), (20, 170, 40), (30, 40, 200), (250, 250, 250)


def quarters(width: int = 1800, height: int = 1200) -> Image.Image:
    image = Image.new("RGB", (width, height), WHITE)
    if min(width, height) < 2:
        return image
    draw = ImageDraw.Draw(image)
    half = (width // 2, height // 2)
    draw.rectangle((0, 0, half[0] - 1, half[1] - 1), RED)
    draw.rectangle((half[0], 0, width, half[1] - 1), GREEN)
    draw.rectangle((0, half[1], half[0] - 1, height), BLUE)
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def turned(orientation: int) -> bytes:
    """A JPEG whose pixels lie as EXIF says: shown upright it is `quarters`."""
    turn = Image.Transpose
    back = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    image = quarters()
    stored = image.transpose(back[orientation]) if orientation in back else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(stored, "JPEG", quality=90, exif=exif)


def deep_grey() -> bytes:
    """16 bits a pixel: 0 at the left, 65535 at the right."""
    grey = Image.linear_gradient("L").rotate(90).resize((1800, 1200))
    deep = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    return saved(deep, "PNG")


def measured(mode: str) -> bytes:
    """Numbers that are no colours, as of a height map: -500 at the left, 1540 at the right."""
    grey = Image.linear_gradient("L").rotate(90).convert(mode)
    return saved(grey.point(lambda value: value * 8 - 500), "TIFF")


def with_alpha(kind: str, **options: Any) -> bytes:
    """A hole in the lower right quarter."""
    image = quarters().convert("RGBA")
    image.paste((0, 0, 0, 0), (900, 600, 1800, 1200))
    return saved(image, kind, **options)


def palette_with_alpha() -> Image.Image:
    """The same in a palette."""
    picture = quarters().convert("P").convert("PA")
    hole = Image.new("L", (1800, 1200), 255)
    hole.paste(0, (900, 600, 1800, 1200))
    picture.putalpha(hole)
    return picture


def swapped_profile() -> bytes:
    """Red and green changed over, in the pixels and in the profile: without it they look wrong."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at, to = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[at : at + 4], profile[to : to + 4] = b"gXYZ", b"rXYZ"
    profile = bytearray(bytes(profile).replace(b"s\x00R\x00G\x00B", b"x\x00R\x00G\x00B"))
    red, green, blue = quarters().split()
    stored = Image.merge("RGB", (green, red, blue))
    return saved(stored, "JPEG", quality=95, icc_profile=bytes(profile))


def animated(kind: str, **options: Any) -> bytes:
    frames = [Image.new("RGB", (400, 300), colour) for colour in (GREEN, BLUE)]
    first = quarters(400, 300)
    return saved(first, kind, save_all=True, append_images=frames, duration=100, **options)


def pages(count: int) -> bytes:
    further = [quarters(900, 600).rotate(180) for _ in range(count - 1)]
    first = quarters(900, 600)
    return saved(first, "TIFF", save_all=True, append_images=further, compression="tiff_lzw")


def screenshot(width: int = 3840, height: int = 2160) -> bytes:
    image = Image.new("RGB", (width, height), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    for row in range(0, height, 40):
        draw.text(
            (20, row), "def fit(data: bytes) -> bytes:  # the quick brown fox " * 6, (30, 30, 30)
        )
    return saved(image, "PNG")


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it has so many pixels, grey ones."""
    chunks = (b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", compress(b""))
    written = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        written += pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))
    return written


def heic() -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return saved(quarters(), "HEIF", quality=80)


FILES: dict[str, Callable[[], bytes]] = {
    "photo.jpg": lambda: saved(quarters(), "JPEG", quality=90),
    "progressive.jpg": lambda: saved(quarters(), "JPEG", quality=90, progressive=True),
    "cmyk.jpg": lambda: saved(quarters().convert("CMYK"), "JPEG", quality=95),
    "small-cmyk.jpg": lambda: saved(quarters(300, 200).convert("CMYK"), "JPEG", quality=95),
    "profile.jpg": swapped_profile,
    "palette.png": lambda: saved(quarters().convert("P"), "PNG"),
    "alpha.png": lambda: with_alpha("PNG"),
    "alpha.webp": lambda: with_alpha("WEBP", quality=90),
    "alpha.tif": lambda: saved(palette_with_alpha(), "TIFF"),
    "lossless.webp": lambda: saved(quarters(), "WEBP", lossless=True),
    "deep.png": deep_grey,
    "animated.gif": lambda: animated("GIF"),
    "animated.webp": lambda: animated("WEBP"),
    "animated.png": lambda: animated("PNG"),
    "picture.avif": lambda: saved(quarters(), "AVIF", quality=80),
    "picture.bmp": lambda: saved(quarters(), "BMP"),
    "picture.ico": lambda: saved(quarters(256, 256), "ICO"),
    "picture.tif": lambda: pages(1),
    "pages.tif": lambda: pages(3),
    "phone.heic": heic,
    **{f"exif-{number}.jpg": lambda n=number: turned(n) for number in range(1, 9)},  # type: ignore[misc]
}
