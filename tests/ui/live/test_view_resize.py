"""The terminal becomes another size in mid-answer: nothing is lost, nothing is there twice.

But for this: of a block that is taller than the screen, rows that a shrinking terminal pushes into
its scrollback stay there, above the whole block.
"""

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claude_cli.ui.live.view import MarkdownView
from tests.ui.live.live_screen import Clock, Screen, Size, cut

OLD = (80, 24)
STEP = 20
"""Characters of a delta."""
WORDS = [f"w{n:03}" for n in range(300)]

Change = tuple[int, Size]
"""After so many deltas the terminal has that size."""


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


def _table(words: list[str]) -> str:
    """The words as a paragraph, a table of forty rows and a paragraph."""
    rows = "".join(f"| {words[at]} | {words[at + 1]} |\n" for at in range(20, 100, 2))
    return f"{' '.join(words[:20])}\n\n| a | b |\n|---|---|\n{rows}\n{' '.join(words[100:])}\n"


DOCUMENT = _document(WORDS)
TABLE = _table(WORDS[:120])
PARAGRAPHS = " ".join(WORDS[:20]) + "\n\n" + "\n".join(WORDS[20:])
DELTAS = len(DOCUMENT) // STEP

changes = st.lists(
    st.tuples(st.integers(1, DELTAS - 1), st.tuples(st.integers(50, 120), st.integers(14, 50))),
    min_size=1,
    max_size=4,
).map(sorted)


def _words(screen: Screen) -> list[str]:
    """Return the words on the screen, some of which are folded."""
    return re.findall("w[0-9]{3}", "".join(row.strip() for row in screen.text()))


def _show(
    changes: Sequence[Change], document: str = DOCUMENT, *, old: Size = OLD, reflows: bool = True
) -> Screen:
    """Draw a document on a terminal that has other sizes after some of the deltas."""
    screen, clock = Screen(*old), Clock()
    view = MarkdownView(screen.write, *old, color=True, reflows=reflows, clock=clock)
    for number, delta in enumerate(cut(document, [STEP] * (len(document) // STEP))):
        for size in (size for at, size in changes if at == number):
            screen.resize(*size) if reflows else screen.cut_off(size[0])
            view.resize(*size)
        view.add(delta)
        clock.now += 0.03
    view.finish()
    return screen


@settings(max_examples=40, deadline=None)
@given(at=st.integers(1, DELTAS - 1), width=st.integers(10, 120), height=st.integers(5, 50))
def test_any_other_size_at_any_time_leaves_every_word_there_once(
    at: int, width: int, height: int
) -> None:
    assert _words(_show([(at, (width, height))])) == WORDS


@pytest.mark.parametrize("at", range(1, DELTAS, 4))
def test_ten_columns_and_five_rows_leave_every_word_there_once(at: int) -> None:
    assert _words(_show([(at, (10, 5))])) == WORDS


@settings(max_examples=60, deadline=None)
@given(changes)
@example([(19, (50, 14)), (19, (59, 14))])
@example([(45, (50, 20)), (50, OLD)])
def test_one_size_after_another_leaves_every_word_there_once(changes: list[Change]) -> None:
    assert _words(_show(changes)) == WORDS


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        pytest.param(" ".join(WORDS[:50]), [(30, 6), (40, 6), OLD], id="a row torn in two"),
        pytest.param(
            f"- {' '.join(WORDS[:30])}\n\n{' '.join(WORDS[30:90])}", [(80, 4)], id="two blocks"
        ),
    ],
)
def test_what_left_the_screen_is_neither_lost_nor_written_again(
    text: str, sizes: list[Size]
) -> None:
    screen = Screen(*OLD)
    view = MarkdownView(screen.write, *OLD, color=True)
    view.add(text)
    for size in sizes:
        view.draw()
        screen.resize(*size)
        view.resize(*size)
    view.draw()
    view.finish()
    assert _words(screen) == re.findall("w[0-9]{3}", text)


@pytest.mark.parametrize("at", range(1, DELTAS, 9))
def test_a_terminal_that_cuts_rows_off_gets_every_word_of_the_tail_again(at: int) -> None:
    screen = _show([(at, (60, 24))], reflows=False)
    words = _words(screen)
    assert len(words) == len(set(words))
    shown = "".join(screen.writes)
    assert all(word in shown for word in WORDS)


def test_what_comes_after_the_open_block_has_the_new_width() -> None:
    screen = _show([(3, (30, 24))])
    later = screen.text()[-12:]
    assert max(map(len, later)) <= 30
    assert max(len(row.split()) for row in later) >= 5


@pytest.mark.parametrize("new", [(80, 40), (120, 12), (100, 30)], ids=str)
@pytest.mark.parametrize("document", [TABLE, PARAGRAPHS], ids=["a table", "a paragraph"])
def test_of_what_is_taller_than_the_screen_nothing_is_left_twice_when_it_grows(
    document: str, new: Size
) -> None:
    words = re.findall("w[0-9]{3}", document)
    for at in range(1, len(document) // STEP, 7):
        assert _words(_show([(at, new)], document, old=(80, 12))) == words


@pytest.mark.parametrize("height", [23, 21, 16, 8])
def test_a_table_taller_than_a_screen_that_shrinks_is_there_as_a_whole(height: int) -> None:
    words = re.findall("w[0-9]{3}", TABLE)
    for at in range(10, len(TABLE) // STEP, 3):
        screen = _show([(at, (80, height))], TABLE)
        rows = screen.text()
        last_head = max(n for n, row in enumerate(rows) if row.split() == ["a", "b"])
        assert re.findall("w[0-9]{3}", " ".join(rows[last_head:])) == words[20:]
        assert len(_words(screen)) - len(words) <= 2 * (24 - height)
