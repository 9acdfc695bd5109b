"""What each standard stream can show: colours, columns, characters. Decided once."""

import os
import stat
import sys
from typing import NamedTuple, TextIO

FALLBACK_SIZE = os.terminal_size((80, 24))


class Terminal(NamedTuple):
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


def _describe(stream: TextIO | None, *, force_color: bool) -> Terminal:
    fd = _fd(stream)
    is_terminal = fd is not None and os.isatty(fd)
    dumb = not _understands_escapes(fd)
    forced = force_color and os.environ.get("FORCE_COLOR", "0") not in ("", "0")
    return Terminal(
        is_terminal=is_terminal,
        color=not os.environ.get("NO_COLOR") and (forced or (is_terminal and not dumb)),
        dumb=dumb,
        encoding=encoding_of(stream),
        fd=fd,
    )


def _fd(stream: TextIO | None) -> int | None:
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError):  # a stream in memory; a stream that was closed
        return None


def encoding_of(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _understands_escapes(fd: int | None) -> bool:
    """Whether TERM promises escape sequences; a Windows console is asked to obey them."""
    term = os.environ.get("TERM", "")
    if sys.platform != "win32" or term in ("dumb", "unknown"):
        return term not in ("", "dumb", "unknown")
    if fd is None or not os.isatty(fd):
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
