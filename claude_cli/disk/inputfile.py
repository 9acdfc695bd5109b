"""Read one input file whole: a regular file, at most so many bytes, never waiting for a writer.

Whatever the user names as a file comes through here: attachments, bodies, schemas, manifests. The
one pipe that is a file too is `<(command)` of a shell: it is open already, and it ends. Nothing is
written, and nothing is known of what the bytes mean beyond UTF-8.
"""

import os
import stat
from collections.abc import Callable
from functools import cache
from typing import BinaryIO, NamedTuple

from claude_cli.disk.file_kinds import kind_of
from claude_cli.errors import InputError, InputUnreadable

# O_NONBLOCK: a FIFO that takes the place of the file between stat and open must not stop us.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
TEXT_LIMIT = 32 * 1024 * 1024
"""Bytes of a text that goes into a request: no request can be larger."""
_PIECE = 1 << 20
_DESCRIPTORS = ("/dev/fd", "/proc/self/fd")
_HINTS = {
    "a folder": "name the files in it, for example FOLDER/*",
    "a named pipe": "save it to a file first; a flag that can read stdin calls it -",
    "a device": "a flag that can read stdin calls it -",
}
_NO_STDIN = "stdin cannot be named here: save it to a file first"


class Lossy(NamedTuple):
    """What is done about bytes that are not UTF-8, as `--lossy` says: whether U+FFFD takes their
    place, and who is told how many there were."""

    wanted: bool
    tell: Callable[[str], object]

    def tell_of(self, name: str, count: int) -> None:
        self.tell(f"{name} is not all UTF-8: {count} × U+FFFD took the place of what is not")


STRICT = Lossy(False, print)
"""Nothing is replaced, and the hint names `--lossy`."""


def read_bytes(
    path: str | os.PathLike[str], *, limit: int, hint_if_larger: str | None = None
) -> bytes:
    """The bytes of a regular file, or of a passed pipe; reads at most `limit` + 1 of them.

    Raises InputUnreadable for anything else and for what cannot be read, at once, and InputError
    for more than `limit` bytes. An empty file is no error here.
    """
    name = escaped(os.fspath(path))
    try:
        pipe = _passed_pipe(path)
        data = _read_file(path, name, limit) if pipe is None else _drain(*pipe, limit)
    except OSError as err:
        raise InputUnreadable(f"cannot read {name}: {err.strerror}") from err
    if len(data) > limit:
        raise InputError(f"{name} is larger than {limit:,} bytes", hint=hint_if_larger)
    return data


def is_passed_pipe(path: str | os.PathLike[str]) -> bool:
    """Whether the path is a pipe that whoever started us has opened, as `<(command)` does.

    Stdin is none: `-` stands for it, so that nobody else reads it meanwhile.
    """
    return _passed_pipe(path) is not None


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """A regular file, open for reading. Raises InputUnreadable for anything else, at once."""
    return os.fdopen(_open(path, escaped(os.fspath(path)))[0], "rb")


def read_text(path: str | os.PathLike[str], *, limit: int, lossy: Lossy | None = None) -> str:
    """The text of a UTF-8 file, as `decode_text` gives it; otherwise as `read_bytes`."""
    return decode_text(read_bytes(path, limit=limit), escaped(os.fspath(path)), lossy=lossy)


def decode_text(data: bytes, name: str, *, lossy: Lossy | None = None) -> str:
    """UTF-8 bytes as text, a leading BOM dropped, line ends untouched; `name` is what to call them.

    Raises InputError with the offset of the first byte that does not fit, unless `lossy` replaces
    such bytes; the hint has the command that recodes the text.
    """
    try:
        text = data.decode("utf-8")
        at = data.find(b"\0")  # ASCII in UTF-16 is UTF-8 too, with a NUL beside each letter
    except UnicodeDecodeError as error:
        text, at = None, error.start
    if text is None or at >= 0:
        from claude_cli.disk import encodings

        found = encodings.guess(data, at)
        if text is None and lossy and lossy.wanted and not found.is_wide:
            text, count = replace_bad(data)
            lossy.tell_of(name, count)
        elif text is None or found.is_wide:
            raise found.error(name, data[at], at, lossy_helps=lossy is not None)
    return text.removeprefix("\ufeff")


def replace_bad(data: bytes) -> tuple[str, int]:
    """The text with U+FFFD for what is not UTF-8, and how many of them are new."""
    text = data.decode("utf-8", "replace")
    return text, text.count("\ufffd") - data.count("\ufffd".encode())


def argument_text(text: str, name: str) -> str:
    """A word of the command line as the UTF-8 text that it is; `name` is what to call it.

    Python keeps bytes that it cannot decode as lone surrogates (PEP 383), and under LANG=C even
    those that are UTF-8. Raises InputError with the offset of the first byte that is not.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return decode_text(os.fsencode(text), name)
    return text


def escaped(text: str) -> str:
    r"""`text` on one line, what does not print written as `\n`, `\x1b`, `\u202e`, or `\xff`.

    The last is what a byte of a file name that is not UTF-8 looks like (PEP 383).
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _passed_pipe(path: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    """Descriptor, device and inode of a passed pipe; pipes of our own are not inheritable."""
    folder, _, number = os.fspath(path).rpartition("/")
    if folder not in _DESCRIPTORS or not (number.isascii() and number.isdigit()):
        return None
    try:
        status = os.fstat(int(number))
        passed = int(number) > 2 and os.get_inheritable(int(number))
    except (OSError, OverflowError, ValueError):
        return None
    is_pipe = passed and stat.S_ISFIFO(status.st_mode)
    return (int(number), status.st_dev, status.st_ino) if is_pipe else None


@cache
def _drain(fd: int, device: int, inode: int, limit: int) -> bytes:
    """What a pipe brings, up to `limit` + 1 bytes: once, and whoever asks again gets the same."""
    data = bytearray()  # a slow writer sends a byte at a time: a list of those would be huge
    while len(data) <= limit and (piece := os.read(fd, min(limit + 1 - len(data), _PIECE))):
        data += piece
    return bytes(data)


def _read_file(path: str | os.PathLike[str], name: str, limit: int) -> bytes:
    fd, size = _open(path, name)
    try:
        data = _read_fd(fd, size, limit)
        declared_size = os.fstat(fd).st_size
    finally:
        os.close(fd)
    if data and not declared_size:  # /proc and its like: made up while it is read, perhaps endless
        raise InputUnreadable(f"{name} is no file on a disk", hint="copy it to a file first")
    return data


def _open(path: str | os.PathLike[str], name: str) -> tuple[int, int]:
    """A descriptor of a regular file, and its size in bytes."""
    try:
        _require_regular(os.stat(path), name)
        fd = os.open(path, _FLAGS)
        try:
            return fd, _require_regular(os.fstat(fd), name)
        except BaseException:
            os.close(fd)
            raise
    except OSError as err:
        hint = _NO_STDIN if name == "-" else None
        raise InputUnreadable(
            f"cannot read {name or repr(name)}: {err.strerror}", hint=hint
        ) from err
    except ValueError as err:  # a NUL in the path
        raise InputUnreadable(f"cannot read {name}: {err}") from err


def _require_regular(status: os.stat_result, name: str) -> int:
    """The size in bytes; InputUnreadable if it is something else than a regular file."""
    if stat.S_ISREG(status.st_mode):
        return status.st_size
    kind = kind_of(status.st_mode)
    raise InputUnreadable(f"{name} is {kind}, not a file", hint=_HINTS.get(kind))


def _read_fd(fd: int, size: int, limit: int) -> bytes:
    """What the file holds up to `limit` + 1 bytes, however much it grows meanwhile."""
    pieces = []
    want, room = size + 1, limit + 1
    while room > 0 and (piece := os.read(fd, min(want, room))):
        pieces.append(piece)
        room -= len(piece)
        want = _PIECE
    return b"".join(pieces)
