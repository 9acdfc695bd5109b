"""What the standard streams can show, and what happens when they cannot be written to."""

import io
import os
import select
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone
from claude_cli.ui.terminal import (
    ErrorOutput,
    Output,
    describe_stderr,
    describe_stdout,
    folds_rows,
    on_terminal,
    open_stderr,
    open_stdout,
    pipe_reader_fd,
)
from tests.ui.standard_streams import memory_streams, run_python, terminal_streams

WRITE = """
import sys
from claude_cli.errors import CannotWrite, ReaderGone
from claude_cli.ui.terminal import open_stdout
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


def test_a_pipe_is_no_terminal_and_has_no_colour() -> None:
    with memory_streams():
        stdout = describe_stdout()
    assert not (stdout.is_terminal or stdout.color or stdout.can_redraw)
    assert stdout.fd is None


def test_a_terminal_has_colour_and_is_measured_afresh() -> None:
    with terminal_streams(100, 30) as terminal:
        stdout = describe_stdout()
        assert stdout.is_terminal and stdout.color and stdout.can_redraw
        assert (stdout.width(), stdout.height()) == (100, 30)
        terminal.resize(10, 5)
        assert (stdout.width(), stdout.height()) == (10, 5)


@pytest.mark.parametrize(
    ("variables", "stdout", "markdown", "stderr"),
    [
        ({}, False, False, False),
        ({"FORCE_COLOR": "1"}, False, True, True),
        ({"FORCE_COLOR": "0"}, False, False, False),
        ({"FORCE_COLOR": ""}, False, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True, True),
    ],
)
def test_colour_in_a_pipe_has_to_be_forced(
    variables: dict[str, str],
    stdout: bool,
    markdown: bool,
    stderr: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with memory_streams():
        assert describe_stdout().color is stdout
        assert describe_stdout(force_color=True).color is markdown
        assert describe_stderr().color is stderr


@pytest.mark.parametrize(
    ("variable", "value", "color", "redraw"),
    [("NO_COLOR", "1", False, True), ("NO_COLOR", "", True, True), ("TERM", "dumb", False, False)],
)
def test_a_terminal_can_be_told_to_be_plain(
    variable: str, value: str, color: bool, redraw: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with terminal_streams():
        assert (describe_stdout().color, describe_stdout().can_redraw) == (color, redraw)


@pytest.mark.parametrize(
    ("variables", "folds"),
    [
        ({}, True),
        ({"XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "linux"}, False),
        ({"XTERM_VERSION": "XTerm(390)", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
    ],
)
def test_most_terminals_fold_rows_that_become_too_long(
    variables: dict[str, str], folds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XTERM_VERSION", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert folds_rows() is folds


@pytest.mark.parametrize(("columns", "width"), [("132", 132), ("x", 80), ("", 80), ("9" * 9, 80)])
def test_a_stream_without_a_window_takes_its_size_from_the_environment(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with memory_streams():
        assert (describe_stdout().width(), describe_stdout().height()) == (width, 24)
    with terminal_streams(0, 0):
        assert describe_stdout().width() == width


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


def test_a_closed_stderr_is_ignored() -> None:
    write = (
        "from claude_cli.ui import terminal as t;"
        "t.open_stderr().write('x'); print(t.describe_stderr())"
    )
    for redirection in ("2>&-", "2>/dev/full"):
        code, stdout, _ = run_python(write, redirection)
        assert code == 0 and b"is_terminal=False" in stdout


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


def test_only_pipes_and_sockets_have_a_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    left, right = socket.socketpair()
    with (
        open(reader, "rb"),
        left,
        right,
        open(writer, "w") as pipe,
        left.makefile("w") as sock,
        open(tmp_path / "file", "w") as file,
    ):
        for stream, has_reader in ((pipe, True), (sock, True), (file, False)):
            monkeypatch.setattr(sys, "stdout", stream)
            assert pipe_reader_fd() == (stream.fileno() if has_reader else None)
    with memory_streams():
        assert pipe_reader_fd() is None


def test_a_person_reads_a_terminal_alone() -> None:
    with terminal_streams():
        assert on_terminal()
    with memory_streams():
        assert not on_terminal()
