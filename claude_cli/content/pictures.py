"""A picture made ready for a model: as large as it sees it, upright, in sRGB, of a type that is
taken.

A picture is untrusted, and decoding one may take any amount of time and memory, so it is done in a
child process with limits on both (`picture_child.py`). One that is fit as it is costs no child.
"""

import json
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from claude_cli.errors import InputError
from claude_cli.models.vision import Bounds, fits
from claude_cli.values import media

SECONDS = 60.0
MOST = 64 * 1024 * 1024
"""Bytes that a child may print: more than a request can be."""
ADVISED = 5 * 1024 * 1024
"""Bytes of an image, by the guide "Vision"; a heavier one is encoded again."""


class Fitting(NamedTuple):
    """What pictures are to fit; `earlier` counts the images of the turns before."""

    bounds: Bounds
    earlier: Callable[[], int] = lambda: 0


class Picture(NamedTuple):
    """`was`: its pixels, upright, before it was made smaller."""

    media_type: str
    data: bytes
    was: tuple[int, int]


class Fitted(NamedTuple):
    """What is sent instead, and the line that tells it."""

    pictures: list[Picture]
    line: str


def fit(
    data: bytes, media_type: str, bounds: Bounds, name: str, stop: threading.Event | None = None
) -> Fitted | None:
    """The picture as it is to be sent; None: byte for byte. `name` is what to call it.

    Raises InputError for one that cannot be decoded within the limits.
    """
    size = media.pixel_size(data)
    if media_type in media.IMAGES and (size is None or 0 in size):
        return None  # it is refused for that
    if size and media.is_plain(data) and fits(*size, bounds) and len(data) <= ADVISED:
        return None
    report, rest = _run_child(data, media_type, bounds, name, stop)
    pictures = []
    for one in report["pictures"]:
        pictures.append(Picture(one["type"], rest[: one["size"]], tuple(one["was"])))
        rest = rest[one["size"] :]
    weight = sum(len(picture.data) for picture in pictures)
    if _is_same(data, media_type, report, weight):
        return None
    return Fitted(pictures, f"{name}: {_changes(report, media_type)}, {in_bytes(weight)}")


def in_bytes(size: int) -> str:
    """`0.9 MB`, `12 KB`."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{-(-size // 1000)} KB"


def _is_same(data: bytes, media_type: str, report: dict[str, Any], weight: int) -> bool:
    """Whether nothing but the encoding would change, and for nothing."""
    [*rest, first] = report["pictures"]
    if rest or report["frames"] > 1 or first["was"] != first["is"]:
        return False
    return media_type == "image/gif" or (media.is_plain(data) and weight >= len(data))


def _changes(report: dict[str, Any], media_type: str) -> str:
    pictures = report["pictures"]
    if len(pictures) > 1:
        return f"{len(pictures)} of {report['frames']} pages, an image each"
    [one] = pictures
    was, now = (f"{width} × {height}" for width, height in (one["was"], one["is"]))
    words = f"the first of {report['frames']} frames, " if report["frames"] > 1 else ""
    words += was if was == now else f"{was} → {now}"
    kind = one["type"].partition("/")[2].upper()
    return words if one["type"] == media_type else f"{words}, as {kind}"


def _run_child(
    data: bytes, media_type: str, bounds: Bounds, name: str, stop: threading.Event | None
) -> tuple[dict[str, Any], bytes]:
    import sys

    from claude_cli.child.run import run

    # -P: the script's own folder, with modules of common names, stays off the import path.
    script = os.path.join(os.path.dirname(__file__), "picture_child.py")
    command = [sys.executable, "-P", script, media_type, *map(str, bounds)]
    try:
        ended = run(command, stdin=data, seconds=SECONDS, most=MOST, stop=stop)
        line, _, rest = ended.output.partition(b"\n")
        report = json.loads(line) if ended.status == 0 else {}
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be decoded: {error}") from error
    if report.get("pictures"):
        return report, rest
    hint = ";fit=no sends it as it is" if media_type in media.IMAGES else None
    if report.get("error") == "heic":
        raise InputError(f"{name} is a HEIC image", hint="pip install 'claude-cli[heic]' reads it")
    if report.get("error") == "too large" or "MemoryError" in ended.stderr or ended.trouble:
        why = ended.trouble and f" within the limits: it {ended.trouble}"
        raise InputError(f"{name} is too large to be decoded{why}", hint=hint)
    raise InputError(f"{name} is a damaged image: it cannot be decoded", hint=hint)
