"""A name that a server chose → the name of a file here."""

import os
import re

LONGEST = 200
"""Bytes: below what file systems take, so that a temporary file may add to it."""

_UNFIT = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe_name(chosen: object, fallback: str) -> str:
    """The last part of a path, in characters that every system takes; `fallback` where it is empty
    or no text.

    A name never begins with a dot, which would hide the file or be read by some program, nor with
    a dash, which would be an option where a shell unfolds `*`: both get `_` in front.
    """
    name = re.split(r"[/\\]", chosen)[-1] if isinstance(chosen, str) else ""
    name = "".join(c if c.isprintable() else "_" for c in _UNFIT.sub("_", name))
    name = _shortened(name.strip()).rstrip(". ")
    if not name:
        return safe_name(fallback, "file")
    return f"_{name}" if name[0] in ".-" or _DEVICE.match(name) else name


def _shortened(name: str) -> str:
    """At most so many bytes; a suffix stays."""
    suffix = os.path.splitext(name)[1].encode()
    if len(name.encode()) <= LONGEST or len(suffix) > LONGEST // 2:
        suffix = b""
    start = name.encode()[: LONGEST - len(suffix)].decode("utf-8", "ignore")
    return start + suffix.decode()
