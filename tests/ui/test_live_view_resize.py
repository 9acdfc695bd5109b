"""The terminal becomes another size in mid-answer: nothing is lost, nothing is there twice."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_cli.ui.live_view import MarkdownView
from tests.ui.live_screen import Clock, Screen, Size, cut

WORDS = [f"w{n:03}" for n in range(300)]


def _document(words: list[str]) -> str:
    """A document of these words, in order, each once."""
    text = iter(" ".join(words[at : at + 25]) for at in range(0, len(words), 25))
    return (
        f"{next(text)}\n\n"
        f"- {next(text)}\n  1. {next(text)}\n\n     {next(text)}\n- {next(text)}\n\n"
        "```\n{}\n```\n".format(next(text).replace(" ", "\n"))
        + f"# {next(text)}\n\n"
        f"{next(text)} {next(text)} {next(text)}\n\n"
        f"1. {next(text)}\n2. {next(text)}\n"
    )


DOCUMENT = _document(WORDS)


def _words(screen: Screen) -> list[str]:
    """Return the words on the screen, some of which are folded."""
    return re.findall("w[0-9]{3}", "".join(row.strip() for row in screen.text()))


def _show(at: int, new: Size, *, folding: bool = True, back: int | None = None) -> Screen:
    """Draw DOCUMENT, resized after `at` deltas, and back again after `back` more."""
    old = (80, 24)
    screen, clock = Screen(*old), Clock()
    view = MarkdownView(screen.write, *old, color=True, reflows=folding, clock=clock)
    for number, delta in enumerate(cut(DOCUMENT, [20] * 75)):
        size = new if number == at else old if back and number == at + back else None
        if size:
            screen.resize(*size) if folding else screen.cut_off(size[0])
            view.resize(*size)
        view.add(delta)
        clock.now += 0.1
    view.finish()
    return screen


@settings(max_examples=40, deadline=None)
@given(at=st.integers(1, 74), width=st.integers(10, 120), height=st.integers(5, 50))
def test_any_other_size_at_any_time_leaves_every_word_there_once(
    at: int, width: int, height: int
) -> None:
    assert _words(_show(at, (width, height))) == WORDS


@pytest.mark.parametrize("at", range(1, 75, 4))
def test_ten_columns_and_five_rows_leave_every_word_there_once(at: int) -> None:
    assert _words(_show(at, (10, 5))) == WORDS


@pytest.mark.parametrize("at", range(1, 75, 9))
def test_back_again_leaves_every_word_there_once(at: int) -> None:
    assert _words(_show(at, (50, 20), back=5)) == WORDS


@pytest.mark.parametrize("at", range(1, 75, 9))
def test_a_terminal_that_cuts_rows_off_gets_every_word_of_the_tail_again(at: int) -> None:
    screen = _show(at, (60, 24), folding=False)
    words = _words(screen)
    assert len(words) == len(set(words))
    shown = "".join(screen.writes)
    assert all(word in shown for word in WORDS)


def test_what_comes_after_the_open_block_has_the_new_width() -> None:
    screen = _show(3, (30, 24))
    later = screen.text()[-12:]
    assert max(map(len, later)) <= 30
    assert max(len(row.split()) for row in later) >= 5
