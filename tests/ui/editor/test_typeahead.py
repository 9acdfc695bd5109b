"""Keys that are typed while nothing asks for them."""

import os
from collections.abc import Iterator

import pytest

from claude_cli.ui.editor.typeahead import echo, fresh_answer

pytest.importorskip("termios")

import termios


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a pseudo-terminal: keyboard and screen, and what a program has."""
    ends = os.openpty()
    yield ends
    for fd in ends:
        os.close(fd)


def echoes(fd: int) -> bool:
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def test_echo_is_off_for_a_while(terminal: tuple[int, int]) -> None:
    _, slave = terminal
    with echo(False, slave):
        assert not echoes(slave)
        with echo(True, slave):
            assert echoes(slave)
        assert not echoes(slave)
    assert echoes(slave)


def test_echo_comes_back_whatever_happens(terminal: tuple[int, int]) -> None:
    _, slave = terminal
    with pytest.raises(KeyboardInterrupt), echo(False, slave):
        raise KeyboardInterrupt
    assert echoes(slave)


def test_interrupts_and_lines_stay_as_they_are(terminal: tuple[int, int]) -> None:
    _, slave = terminal
    with echo(False, slave):
        modes = termios.tcgetattr(slave)
        assert modes[3] & termios.ISIG
        assert modes[3] & termios.ICANON


def test_ctrl_c_leaves_what_waits_for_the_next_prompt(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    with echo(False, slave):
        os.write(master, b"half a \x03line\n")
        assert os.read(slave, 100) == b"half a line\n"
        with echo(True, slave):
            os.write(master, b"y\x03no\n")
            assert os.read(slave, 100) == b"no\n"
    assert not termios.tcgetattr(slave)[3] & termios.NOFLSH


def test_what_is_no_terminal_is_left_alone() -> None:
    reader, writer = os.pipe()
    with echo(False, reader), fresh_answer(reader):
        os.write(writer, b"x")
    assert os.read(reader, 10) == b"x"


def test_a_terminal_that_goes_away_is_no_trouble() -> None:
    master, slave = os.openpty()
    with echo(False, slave):
        os.close(slave)
    os.close(master)


def test_what_was_typed_before_a_question_is_no_answer_to_it(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    os.write(master, b"yes\n")
    with echo(False, slave), fresh_answer(slave):
        assert echoes(slave)
        os.write(master, b"no\n")
        assert os.read(slave, 100) == b"no\n"
