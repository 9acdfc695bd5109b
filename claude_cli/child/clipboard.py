"""The clipboard of the desktop, through the programs that read and fill it: macOS, Wayland, X11."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from claude_cli.child.environment import without_credentials
from claude_cli.child.run import run
from claude_cli.errors import InputError, InputUnreadable

MOST: Final = 64 * 1024 * 1024
"""Bytes that are read: a picture of a large screen, uncompressed, fits."""

_SECONDS: Final = 10.0
_TYPE: Final = "{type}"
_TEXT: Final = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING")
_PICTURES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/tiff", "image/bmp")
_UTF8: Final = {"LC_CTYPE": "UTF-8"}
"""Without it pbcopy and pbpaste take text for Mac Roman."""


class _Programs(NamedTuple):
    """The commands of one system. `needs` is the variable that a session of it has."""

    needs: str
    types: Sequence[str]  # prints what the clipboard can be read as, a line each
    read: Sequence[Sequence[str]]  # with {type}, or one after the other until something comes
    fill: Sequence[str]


_X = ("xclip", "-selection", "clipboard")
_SYSTEMS: Final = (
    _Programs("", (), (("pbpaste",), ("pngpaste", "-")), ("pbcopy",)),
    _Programs(
        "WAYLAND_DISPLAY",
        ("wl-paste", "--list-types"),
        [("wl-paste", "--no-newline", "--type", _TYPE)],
        ("wl-copy",),
    ),
    _Programs("DISPLAY", (*_X, "-o", "-t", "TARGETS"), [(*_X, "-o", "-t", _TYPE)], (*_X, "-i")),
    _Programs(
        "DISPLAY", (), [("xsel", "--clipboard", "--output")], ("xsel", "--clipboard", "--input")
    ),
)


def read_clipboard() -> bytes:
    """What the clipboard holds: text in UTF-8, or where it has no text a picture.

    Raises InputUnreadable where no program can read it, InputError where it is empty or larger
    than 64 MB.
    """
    found = False
    for system in _usable():
        for command in _readings(system):
            if shutil.which(command[0]):
                found = True
                if data := _printed(command):
                    return data
    if not found:
        raise InputUnreadable("no program here reads the clipboard", hint=_missing())
    hint = None if shutil.which("pngpaste") else "pngpaste reads pictures: brew install pngpaste"
    raise InputError(
        "the clipboard is empty, or holds neither text nor a picture",
        hint=hint if shutil.which("pbpaste") else None,
    )


def missing_to_fill() -> str | None:
    """What would have to be there for `fill_clipboard`; None if something is."""
    return None if any(shutil.which(system.fill[0]) for system in _usable()) else _missing()


def fill_clipboard(text: str) -> str | None:
    """Put text on the clipboard. None if that was done, else why not."""
    trouble = _missing()
    for system in _usable():
        if shutil.which(system.fill[0]):
            why = _filled(system.fill, text.encode("utf-8", "replace"))
            if why is None:
                return None
            trouble = f"{system.fill[0]} failed{why and f': {why}'}"
    return trouble


def _usable() -> Iterator[_Programs]:
    return (system for system in _SYSTEMS if not system.needs or os.environ.get(system.needs))


def _readings(system: _Programs) -> Iterator[Sequence[str]]:
    """The commands that may print what is there, the best first."""
    if not system.types:
        yield from system.read
        return
    if not shutil.which(system.types[0]):
        return
    offered = set(_printed(system.types).decode("utf-8", "replace").split("\n"))
    for media_type in (*_TEXT, *_PICTURES):
        if media_type in offered:
            for command in system.read:
                yield [part.replace(_TYPE, media_type) for part in command]


def _printed(command: Sequence[str]) -> bytes:
    """What a program prints; nothing if it fails, as these do where there is nothing to print."""
    try:
        ended = run(command, seconds=_SECONDS, env=without_credentials(_UTF8), most=MOST)
    except OSError:
        return b""
    if ended.flooded:
        raise InputError(f"the clipboard holds more than {MOST >> 20} MB")
    return b"" if ended.status else ended.output


def _filled(command: Sequence[str], data: bytes) -> str | None:
    """Why it failed; None if not.

    xclip and wl-copy leave a process behind that holds the text, with our streams open: so it is
    not waited for, gets a file for its errors, and is in no group that we end.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(
                command,
                input=data,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=without_credentials(_UTF8),
                timeout=_SECONDS,
                start_new_session=True,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return getattr(error, "strerror", None) or f"no end within {_SECONDS:g} s"
        errors.seek(0)
        why = errors.read(1000).decode("utf-8", "replace").strip().partition("\n")[0]
        return why if done.returncode else None


def _missing() -> str:
    """What would have to be there, or what works instead."""
    if os.name == "nt":
        return "on Windows pipe it in: powershell Get-Clipboard | claude-cli ask"
    if os.environ.get("WAYLAND_DISPLAY"):
        return "install wl-clipboard (wl-copy, wl-paste)"
    if os.environ.get("DISPLAY"):
        return "install xclip"
    return "there is no desktop session: neither WAYLAND_DISPLAY nor DISPLAY is set"
