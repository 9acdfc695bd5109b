"""The writers of the standard streams.

stdout gets UTF-8, byte for byte, and fails loudly; stderr does its best and never fails. Both write
past Python's own buffers, so that nothing is left to fail when the interpreter ends.
"""

import errno
import os
import signal
import sys
from io import TextIOBase
from typing import Any, BinaryIO, TextIO

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone
from claude_cli.ui.terminal import encoding_of
from claude_cli.values.surrogates import utf8


class Output:
    """stdout as a stream of bytes: every `write` is UTF-8 and is with the system when it returns.

    Lone surrogates become U+FFFD. Raises CannotWrite, ReaderGone when nobody reads any more, or
    Interrupted when the terminal was closed: its SIGHUP may come a moment later than the error.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._on_terminal = raw.isatty()

    def write(self, text: str) -> None:
        self.write_bytes(utf8(text))

    def write_bytes(self, data: bytes | memoryview) -> None:
        try:
            _write_all(self._raw, data)
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


class ClosedStdout(TextIOBase):
    """Takes the place of a stdout that is closed: to write to it is an error, not nothing."""

    @property
    def buffer(self) -> BinaryIO:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


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
    return ErrorOutput(raw, encoding_of(sys.stderr))


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
