"""What a standard stream can show."""

import os
import socket
import sys
from pathlib import Path

import pytest

from claude_cli.ui.terminal import (
    describe_stderr,
    describe_stdout,
    folds_rows,
    on_terminal,
    pipe_reader_fd,
)
from tests.ui.standard_streams import memory_streams, terminal_streams


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
    [
        ("NO_COLOR", "1", False, True),
        ("NO_COLOR", "", True, True),
        ("TERM", "dumb", False, False),
        ("TERM", "", False, False),
        ("TERM", None, False, False),
    ],
)
def test_a_terminal_can_be_told_to_be_plain(
    variable: str, value: str | None, color: bool, redraw: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(variable)
    else:
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
