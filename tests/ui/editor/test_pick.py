"""A list to choose from, by the bytes that a terminal sends, and what it shows."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from claude_cli.ui.columns import Column
from claude_cli.ui.editor.pick import PickRow, pick
from tests.ui.editor.keys import CTRL_C, CTRL_D, DOWN, ENTER, UP

COLUMNS = (Column("", spare=2), Column("", cut="end"), Column("", right=True, spare=1))
PAGE_DOWN, ESC, CTRL_U = "\x1b[6~", "\x1b", "\x15"


def row(value: str, name: str, words: str) -> PickRow:
    return PickRow(value, (name, words), f"{value} {name} {words}")


ROWS = [
    row("1", "trip", "How do I get to Yushan?"),
    row("2", "", "雪山 in winter"),
    row("3", "code", "How does asyncio cancel?"),
]


@contextmanager
def typed(keys: str) -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        yield pipe


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (ENTER, "1"),
        (DOWN + DOWN + ENTER, "3"),
        (DOWN * 9 + UP + ENTER, "2"),
        (UP + ENTER, "1"),
        ("HOW" + DOWN + ENTER, "3"),
        ("cancel how" + ENTER, "3"),
        ("雪" + ENTER, "2"),
        ("nothing" + ENTER + CTRL_U + ENTER, "1"),
        (DOWN + "code" + ENTER, "3"),
        (PAGE_DOWN + ENTER, "3"),
        (ESC, None),
        ("trip" + CTRL_C, None),
        (CTRL_D, None),
    ],
)
def test_words_narrow_the_list_and_enter_chooses(keys: str, chosen: str | None) -> None:
    with typed(keys) as pipe:
        assert pick(ROWS, COLUMNS, str, input=pipe, output=DummyOutput()) == chosen


def screen(columns: int, rows: int = 24) -> str:
    """What is drawn until all costs are there."""
    shown = io.StringIO()
    output = Vt100_Output(shown, lambda: Size(rows, columns), term="xterm", enable_cpr=False)
    many = [*ROWS, *(row(f"n{n}", "", f"session {n}") for n in range(40))]
    fetched = threading.Event()

    def late(value: str) -> str:
        if value == many[max(1, min(15, rows - 3)) - 1].value:
            fetched.set()
        return "$1" if value == "1" else ""

    with create_pipe_input() as pipe:

        def leave() -> None:
            fetched.wait(10)
            time.sleep(0.1)
            pipe.send_text(ESC)

        threading.Thread(target=leave).start()
        assert pick(many, COLUMNS, late, input=pipe, output=output) is None
    assert fetched.is_set()
    return shown.getvalue()


def test_each_row_has_what_the_window_has_room_for() -> None:
    wide, narrow = screen(80), screen(17)
    assert "trip" in wide
    assert "$1" in wide
    assert "43 of 43" in wide
    assert "How do I g" in narrow
    assert "trip" not in narrow


def test_a_low_window_shows_few_rows_and_asks_for_their_costs_alone() -> None:
    assert "session 1" not in screen(80, rows=6)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_the_lowest_window_shows_the_row_that_is_chosen_first_of_all(rows: int) -> None:
    shown = screen(80, rows=rows)
    parts = ("How do I get", "search: ", "43 of 43")
    assert [part in shown for part in parts] == [n < rows for n in range(3)]


def test_what_a_session_holds_is_made_harmless() -> None:
    shown = io.StringIO()
    output = Vt100_Output(shown, lambda: Size(24, 80), term="xterm", enable_cpr=False)
    with typed(ENTER) as pipe:
        rows = [row("1", "", "a\x1b]0;title\x07b")]
        assert pick(rows, COLUMNS, str, input=pipe, output=output) == "1"
    assert "\x1b]0;title" not in shown.getvalue()
