"""The standard streams: what each can show, decided once, and the writers that reach them.

stdout gets UTF-8, byte for byte, and fails loudly; stderr does its best and never fails. Both write
past Python's own buffers, so that nothing is left to fail when the interpreter ends.
"""

import errno
import os
import signal
import stat
import sys
from dataclasses import dataclass
from typing import Any, TextIO

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone

FALLBACK_SIZE = os.terminal_size((80, 24))


@dataclass(frozen=True)
class Terminal:
    """What one stream is. `color` also holds where colour was asked for by FORCE_COLOR."""

    is_terminal: bool
    color: bool
    dumb: bool
    encoding: str
    fd: int | None

    @property
    def can_redraw(self) -> bool:
        """Whether what was drawn can be drawn over."""
        return self.is_terminal and not self.dumb

    def width(self) -> int:
        """Columns now: the window may have changed since the last call."""
        return _size(self.fd).columns

    def height(self) -> int:
        return _size(self.fd).lines

    def can_show(self, text: str) -> bool:
        """Whether the stream's encoding has all characters of `text`."""
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


def describe_stdout(*, force_color: bool = False) -> Terminal:
    """Describe stdout. FORCE_COLOR counts only where colour in a pipe was asked for by name."""
    return _describe(sys.stdout, force_color=force_color)


def describe_stderr() -> Terminal:
    return _describe(sys.stderr, force_color=True)


def pipe_reader_fd() -> int | None:
    """stdout's descriptor where it is a pipe or a socket, whose reader can go away; else None."""
    fd = _fd(sys.stdout)
    if fd is None:
        return None
    mode = os.fstat(fd).st_mode
    return fd if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else None


def on_terminal() -> bool:
    """Whether a person reads the answer as it is printed."""
    return describe_stdout().is_terminal


def folds_rows() -> bool:
    """Whether long rows are folded when the window becomes narrower. xterm and the Linux console
    cut them off; tmux does not, wherever it runs itself."""
    cut = "XTERM_VERSION" in os.environ or os.environ.get("TERM") == "linux"
    return "TMUX" in os.environ or not cut


class Output:
    """stdout as a stream of bytes: every `write` is UTF-8 and is with the system when it returns.

    Lone surrogates become U+FFFD. Raises CannotWrite, ReaderGone when nobody reads any more, or
    Interrupted when the terminal was closed: its SIGHUP may come a moment later than the error.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._on_terminal = raw.isatty()

    def write(self, text: str) -> None:
        try:
            _write_all(self._raw, _utf8(text))
        except (OSError, ValueError) as error:
            raise _failure(error, on_terminal=self._on_terminal) from error


class ErrorOutput:
    """stderr: what its encoding lacks is written as an escape; a stream that is gone is ignored."""

    def __init__(self, raw: Any, encoding: str) -> None:
        self._raw = raw
        self._encoding = encoding

    def write(self, text: str) -> None:
        try:
            _write_all(self._raw, text.encode(self._encoding, "backslashreplace"))
        except (OSError, ValueError):
            self._raw = None


def open_stdout() -> Output:
    """Return the writer of stdout. Raises CannotWrite where stdout is closed."""
    try:
        return Output(_raw_stream(sys.stdout))
    except (OSError, ValueError) as error:
        raise _failure(error) from error


def open_stderr() -> ErrorOutput:
    try:
        raw = _raw_stream(sys.stderr)
    except (OSError, ValueError):
        raw = None
    return ErrorOutput(raw, _encoding(sys.stderr))


def _describe(stream: TextIO | None, *, force_color: bool) -> Terminal:
    fd = _fd(stream)
    is_terminal = fd is not None and os.isatty(fd)
    dumb = os.environ.get("TERM") in ("dumb", "unknown") or not _understands_escapes(fd)
    forced = force_color and os.environ.get("FORCE_COLOR", "0") not in ("", "0")
    return Terminal(
        is_terminal=is_terminal,
        color=not os.environ.get("NO_COLOR") and (forced or (is_terminal and not dumb)),
        dumb=dumb,
        encoding=_encoding(stream),
        fd=fd,
    )


def _fd(stream: TextIO | None) -> int | None:
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError):  # a stream in memory; a stream that was closed
        return None


def _encoding(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _understands_escapes(fd: int | None) -> bool:
    """Ask a Windows console to obey escape sequences; other terminals always do."""
    if sys.platform != "win32" or fd is None or not os.isatty(fd):
        return True
    import ctypes
    import msvcrt

    enable_virtual_terminal_processing = 4
    kernel = ctypes.windll.kernel32
    handle = msvcrt.get_osfhandle(fd)
    mode = ctypes.c_ulong()
    return bool(
        kernel.GetConsoleMode(handle, ctypes.byref(mode))
        and kernel.SetConsoleMode(handle, mode.value | enable_virtual_terminal_processing)
    )


def _size(fd: int | None) -> os.terminal_size:
    """Return the window's size, else COLUMNS × LINES, else 80 × 24; a size of 0 is unknown."""
    try:
        asked = os.get_terminal_size(fd) if fd is not None else os.terminal_size((0, 0))
    except (OSError, ValueError):
        asked = os.terminal_size((0, 0))
    return os.terminal_size(
        (
            asked.columns or _from_environment("COLUMNS") or FALLBACK_SIZE.columns,
            asked.lines or _from_environment("LINES") or FALLBACK_SIZE.lines,
        )
    )


def _from_environment(name: str) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0


def _raw_stream(stream: TextIO | None) -> Any:
    """Return the unbuffered stream below `stream`, after what is in its buffers was written."""
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    stream.flush()
    binary = stream.buffer
    return getattr(binary, "raw", binary)


def _write_all(raw: Any, data: bytes | memoryview) -> None:
    while raw is not None and data:
        written = raw.write(data)
        if written is None:  # somebody made the descriptor non-blocking, and its pipe is full
            _wait_until_writable(raw)
        elif written == len(data):
            return
        else:
            data = memoryview(data)[written:]


def _wait_until_writable(raw: Any) -> None:
    import select

    select.select([], [raw], [])


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")


def _failure(
    error: OSError | ValueError, *, on_terminal: bool = False
) -> CannotWrite | ReaderGone | Interrupted:
    if isinstance(error, ConnectionError):  # a pipe breaks, a socket is reset
        return ReaderGone()
    number = getattr(error, "errno", None)
    if sys.platform == "win32":
        if number == errno.EINVAL:  # how Windows tells a broken pipe
            return ReaderGone()
    elif on_terminal and number == errno.EIO:
        return Interrupted(signal.SIGHUP)
    return CannotWrite(f"cannot write to stdout: {getattr(error, 'strerror', None) or error}")
