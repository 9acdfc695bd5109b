"""A script that `pictures.py` runs in a child process: stdin a picture, its arguments the media
type and the bounds of what a model sees; stdout a line of JSON, then the bytes of what is sent.

The line is `{"frames": N, "pictures": [{"was": [w, h], "is": [w, h], "type": …, "size": bytes}]}`,
or `{"error": "heic" or "too large"}`. Of an animation the first frame is taken, of a TIFF each
page. Any other failure is a traceback on stderr and no line.
"""

import io
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))  # last: it hides nothing

from claude_cli.child.limits import limit_ourselves
from claude_cli.models.vision import Bounds, seen

_READERS = {
    "image/jpeg": "Jpeg",
    "image/png": "Png",
    "image/gif": "Gif",
    "image/webp": "WebP",
    "image/tiff": "Tiff",
    "image/bmp": "Bmp",
    "image/x-icon": "Ico",
    "image/avif": "Avif",
}
"""Which of Pillow's plugins is imported and may read: no other one is tried."""
_LOSSY = ("JPEG", "MPO", "AVIF", "HEIF")
_MOST_PIXELS = 160_000_000
"""Four bytes each are 640 MB; a JPEG counts as it is decoded, which may be smaller."""
_MOST_PAGES = 100
_QUALITY = 88
_LOSSLESS_MAY_BE = 1.5
"""Times the size of the lossy one."""
_ORIENTATION = 0x0112


def _answer(data: bytes, media_type: str, bounds: Bounds) -> tuple[dict[str, Any], list[bytes]]:
    try:
        image = _opened(data, media_type)
    except ModuleNotFoundError:
        return {"error": "heic"}, []
    pictures, written = [], []
    for frame in _frames(image):
        made = _made(frame, bounds)
        if made is None:
            return {"error": "too large"}, []
        was, small = made
        kind, encoded = _encoded(small, keeps_all=_keeps_all(image, data))
        pictures.append({"was": was, "is": small.size, "type": kind, "size": len(encoded)})
        written.append(encoded)
    moves = image.format not in ("MPO", "ICO")  # these hold a picture in several sizes
    return {"frames": getattr(image, "n_frames", 1) if moves else 1, "pictures": pictures}, written


def _opened(data: bytes, media_type: str) -> Any:
    """Raises ModuleNotFoundError where the extra for HEIC is missing."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the check is our own
    if media_type == "image/heic":
        import pillow_heif

        pillow_heif.register_heif_opener()
        name = "HEIF"
    else:
        name = _READERS[media_type]
        import_module(f"PIL.{name}ImagePlugin")
    return Image.open(io.BytesIO(data), formats=[name])


def _frames(image: Any) -> Iterator[Any]:
    if image.format != "TIFF":
        yield image
        return
    for number in range(min(image.n_frames, _MOST_PAGES)):
        image.seek(number)
        yield image


def _keeps_all(image: Any, data: bytes) -> bool:
    """Whether the file holds every pixel as it was drawn."""
    if image.format == "WEBP":
        return b"VP8L" in data[:4096]
    return image.format not in _LOSSY and image.info.get("compression") != "jpeg"


def _made(image: Any, bounds: Bounds) -> tuple[tuple[int, int], Any] | None:
    """The size that it had, upright, and the picture as it is to be sent; None if it is too large
    for our memory."""
    from PIL.Image import Resampling

    was: tuple[int, int] = image.size
    wanted = seen(*was, bounds)
    image.draft(None, wanted)  # a JPEG is decoded at half, a quarter or an eighth of its size
    if image.width * image.height > _MOST_PIXELS:
        return None
    image.load()
    turn = image.getexif().get(_ORIENTATION, 1)  # only now: a TIFF has turned itself
    profile = image.info.get("icc_profile")
    small = _eight_bits(image)
    if small.size != wanted:
        small = small.resize(wanted, Resampling.LANCZOS, reducing_gap=3.0)
    small = _turned(_in_srgb(small, profile), turn)
    small.info = {}
    return (was[::-1] if turn in (5, 6, 7, 8) else was), _without_empty_alpha(small)


def _eight_bits(image: Any) -> Any:
    """The picture in a mode that can be scaled: L, LA, RGB, RGBA or CMYK."""
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
        return _grey(image)
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    if mode == "1":
        return image.convert("L")
    has_alpha = mode in ("PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _grey(image: Any) -> Any:
    """One channel of 16 bits or more as one of 8."""
    sixteen = image.mode.startswith("I;16")
    if image.mode != "F":
        image = image.convert("I")
    low, high = image.getextrema()
    if not sixteen and (image.mode == "F" or low < 0 or high > 0xFFFF):  # whatever it measures
        scale = 255 / max(high - low, 1e-9)
        return image.point(lambda value: value * scale - low * scale).convert("L")
    scale = 1 / 256 if sixteen or high > 255 else 1
    return image.point(lambda value: value * scale + 0).convert("L")


def _in_srgb(image: Any, profile: bytes | None) -> Any:
    if profile:
        from PIL import ImageCms

        kept = "RGBA" if image.mode in ("RGBA", "LA") else "RGB"
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" in ImageCms.getProfileDescription(given):
                return image.convert("RGB") if image.mode == "CMYK" else image
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, given, srgb, outputMode=kept)
        except (ImageCms.PyCMSError, ValueError, TypeError, OSError):
            pass  # a profile of another kind of picture, or a damaged one
    return image.convert("RGB") if image.mode == "CMYK" else image


def _turned(image: Any, orientation: int) -> Any:
    from PIL.Image import Transpose as Turn

    turns = {
        2: Turn.FLIP_LEFT_RIGHT,
        3: Turn.ROTATE_180,
        4: Turn.FLIP_TOP_BOTTOM,
        5: Turn.TRANSPOSE,
        6: Turn.ROTATE_270,
        7: Turn.TRANSVERSE,
        8: Turn.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _without_empty_alpha(image: Any) -> Any:
    if image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema() == (255, 255):
        return image.convert(image.mode[:-1])
    return image


def _encoded(image: Any, *, keeps_all: bool) -> tuple[str, bytes]:
    """The media type and the bytes: lossless where the original is, and where that is at most half
    as large again as the other; so text on a screenshot stays sharp."""
    has_alpha = image.mode in ("RGBA", "LA")
    lossy = (
        ("image/webp", _saved(image, "WEBP", quality=_QUALITY, method=2, icc_profile=b""))
        if has_alpha
        else ("image/jpeg", _saved(image, "JPEG", quality=_QUALITY))
    )
    if not keeps_all:
        return lossy
    most = len(lossy[1]) * _LOSSLESS_MAY_BE
    png = _saved(image, "PNG", icc_profile=None)
    if len(png) <= most:
        return "image/png", png
    webp = _saved(image, "WEBP", lossless=True, quality=20, method=1, icc_profile=b"")
    return ("image/webp", webp) if len(webp) <= most else lossy


def _saved(image: Any, kind: str, **options: Any) -> bytes:
    if kind == "WEBP":
        import_module("PIL.WebPImagePlugin")
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


if __name__ == "__main__":
    limit_ourselves()
    bounds = Bounds(int(sys.argv[2]), int(sys.argv[3]))
    report, pictures = _answer(sys.stdin.buffer.read(), sys.argv[1], bounds)
    sys.stdout.buffer.write(json.dumps(report).encode() + b"\n" + b"".join(pictures))
