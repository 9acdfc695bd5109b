"""Stdin: who reads it, reading it without hanging unnoticed, and what was in it."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from claude_cli.content import sources
from claude_cli.content.kinds import READ_LIMIT
from claude_cli.content.specs import WHAT_IS_SENT, Spec
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.values import media

PATIENCE = 3.0
"""Seconds that a pipe may stay silent before the user is told what we wait for."""

_PIECE = 1 << 20


def stdin_consumer(
    prompt: Sequence[str], attachments: Sequence[Spec], files: Mapping[str, str | None]
) -> str | None:
    """Which argument asks for stdin: "PROMPT", "-a", a key of `files`, or None.

    `files` holds what other flags name, such as `{"--body": "-"}`. Raises UsageError where two
    arguments ask, because stdin can be read once.
    """
    askers = ["PROMPT"] if list(prompt) == ["-"] else []
    askers += ["-a" for spec in attachments if spec.origin == "stdin"]
    askers += [flag for flag, path in files.items() if path == "-"]
    if len(askers) > 1:
        first, second = (f"'{asker} -'" for asker in askers[:2])
        raise UsageError(f"{first} and {second} both read stdin, which can be read once")
    return askers[0] if askers else None


def read_stdin(
    stream: BinaryIO | None,
    *,
    asked_for: bool = False,
    on_silence: Callable[[], None] | None = None,
) -> bytes:
    """All of stdin; empty if it is closed, or a terminal that nobody asked to read.

    `stream` is `sys.stdin.buffer`, or None as Python gives it for a closed descriptor. If nothing
    comes for PATIENCE seconds, `on_silence` is called once and the wait goes on (Windows cannot
    wait on a pipe: it is not called there). Raises InputError beyond READ_LIMIT.
    """
    if stream is None or stream.closed or (stream.isatty() and not asked_for):
        return b""
    try:
        if on_silence and _stays_silent(stream):
            on_silence()
        data = _read_capped(stream, READ_LIMIT)
    except OSError as err:
        if err.errno == errno.EBADF:  # closed, or opened for writing: nothing to read
            return b""
        raise InputUnreadable(f"cannot read stdin: {err.strerror}") from err
    if len(data) > READ_LIMIT:
        raise InputError(f"stdin holds more than {READ_LIMIT:,} bytes")
    return data


def stdin_content(
    data: bytes, *, lossy: Lossy | None = None, converts: bool = False
) -> sources.Source | str:
    """What stdin brought along: an image or a PDF to attach, or text, "" if it is blank. With
    `converts` an image may be one that has to be converted.

    Text keeps every byte but a BOM. Raises InputError for other binary, and for text that is not
    UTF-8.
    """
    if media_type := media.detect(data) or (media.to_convert(data) if converts else None):
        return sources.from_bytes(data, "stdin", "stdin", media_type)
    if kind := media.cannot_send(data):
        raise InputError(f"stdin is {kind}", hint=WHAT_IS_SENT)
    text = inputfile.decode_text(data, "stdin", lossy=lossy)
    return "" if text.isspace() else text


def _stays_silent(stream: BinaryIO) -> bool:
    if os.name == "nt":
        return False
    import select

    try:
        return not select.select([stream], [], [], PATIENCE)[0]
    except (OSError, ValueError):  # no descriptor: reading will tell
        return False


def _read_capped(stream: BinaryIO, limit: int) -> bytes:
    """At most `limit` + 1 bytes, to the end of the stream."""
    try:
        fd = stream.fileno()
    except OSError:
        return stream.read(limit + 1)
    if os.name == "nt" or stream.isatty():  # a console speaks UTF-8 only through the stream
        return stream.read(limit + 1)
    data = bytearray()  # a slow writer sends a byte at a time: a list of those would be huge
    while len(data) <= limit and (piece := _read_some(fd, min(limit + 1 - len(data), _PIECE))):
        data += piece
    return bytes(data)


def _read_some(fd: int, size: int) -> bytes:
    """The next bytes; a pipe that its other user made non-blocking (node does) is waited for."""
    import select

    while True:
        try:
            return os.read(fd, size)
        except BlockingIOError:
            select.select([fd], [], [])
