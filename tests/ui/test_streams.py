"""The writers of stdout and stderr, and what happens when they cannot write."""

import io
import os
import select
import signal
import threading
import time
from pathlib import Path

import pytest

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone
from claude_cli.ui.streams import ErrorOutput, Output, open_stderr, open_stdout
from claude_cli.ui.terminal import (
    describe_stderr,
)
from tests.ui.standard_streams import memory_streams, run_python, terminal_streams

WRITE = """
import sys
from claude_cli.errors import CannotWrite, ReaderGone
from claude_cli.ui.streams import open_stdout
try:
    output = open_stdout()
    print("opened", file=sys.stderr)
    output.write("answer")
except CannotWrite as error:
    print(error, file=sys.stderr)
    sys.exit(error.code)
except ReaderGone:
    sys.exit("nobody reads")
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_stdout_is_utf8_whatever_the_locale_says(encoding: str) -> None:
    with memory_streams(encoding) as memory:
        open_stdout().write("žluť 😀\r\n\x1b")
    assert memory.out == "žluť 😀\r\n\x1b".encode()


def test_what_python_printed_before_comes_first() -> None:
    with memory_streams() as memory:
        print("first")
        open_stdout().write("second")
    assert memory.out == b"first\nsecond"


@pytest.mark.parametrize(
    ("text", "written"),
    [("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("\ud83d", "\ufffd"), ("\ud83d\ude00", "😀")],
)
def test_a_lone_surrogate_becomes_a_replacement_character(text: str, written: str) -> None:
    with memory_streams() as memory:
        open_stdout().write(text)
    assert memory.out.decode() == written


def test_stderr_escapes_what_its_encoding_lacks() -> None:
    with memory_streams("ascii") as memory:
        assert not describe_stderr().can_show("⠋")
        open_stderr().write("č ⟦")
    assert memory.err == r"\u010d \u27e6"


def test_closed_stdout_fails_before_anything_is_sent() -> None:
    code, _, stderr = run_python(WRITE, ">&-")
    assert (code, stderr) == (74, "cannot write to stdout: Bad file descriptor\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_with_its_reason_and_its_exit_code_survives() -> None:
    code, _, stderr = run_python(WRITE, ">/dev/full")
    assert (code, stderr) == (74, "opened\ncannot write to stdout: No space left on device\n")


def test_a_reader_that_is_gone_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb", buffering=0) as stream, pytest.raises(ReaderGone):
        Output(stream).write("answer")


def test_a_broken_stderr_is_ignored() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb", buffering=0) as stream:
        output = ErrorOutput(stream, "utf-8")
        output.write("nobody")
        output.write("reads")


def test_a_terminal_that_was_closed_ends_the_program_as_its_signal_does() -> None:
    with terminal_streams() as terminal:
        output = open_stdout()
        terminal.hang_up()
        with pytest.raises(Interrupted) as stop:
            output.write("answer")
        assert stop.value.signum == signal.SIGHUP
        open_stderr().write("nobody reads")


def test_a_stream_that_was_closed_cannot_be_written() -> None:
    stream = io.BytesIO()
    output = Output(stream)
    stream.close()
    with pytest.raises(CannotWrite, match="closed file"):
        output.write("answer")


def test_a_full_non_blocking_pipe_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    received = bytearray()

    def read_once_it_is_full() -> None:
        while select.select([], [writer], [], 0)[1]:
            time.sleep(0.001)
        while chunk := os.read(reader, 65536):
            received.extend(chunk)

    drain = threading.Thread(target=read_once_it_is_full)
    with open(writer, "wb", buffering=0) as stream:
        drain.start()
        Output(stream).write("x" * 1_000_000)
    drain.join()
    os.close(reader)
    assert len(received) == 1_000_000


def test_a_closed_stderr_is_ignored() -> None:
    write = (
        "from claude_cli.ui import streams, terminal;"
        "streams.open_stderr().write('x'); print(terminal.describe_stderr())"
    )
    for redirection in ("2>&-", "2>/dev/full"):
        code, stdout, _ = run_python(write, redirection)
        assert code == 0 and b"is_terminal=False" in stdout
