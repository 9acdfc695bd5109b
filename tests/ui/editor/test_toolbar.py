"""The line below the prompt in a window of any width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from claude_cli.ui.editor.toolbar import Part, fitted

PARTS = [Part("model", 4), Part("a session", 6), Part("", 3), Part("10% of 1M", 1), Part("$1", 2)]


@pytest.mark.parametrize(
    ("room", "line"),
    [
        (34, "model · a session · 10% of 1M · $1"),
        (33, "model · 10% of 1M · $1"),
        (21, "10% of 1M · $1"),
        (13, "10% of 1M"),
        (5, "10% o"),
        (0, ""),
    ],
)
def test_the_least_important_goes_first(room: int, line: str) -> None:
    assert fitted(PARTS, room) == line


@given(st.lists(st.text(max_size=9), max_size=5), st.integers(0, 30))
def test_it_is_never_wider_than_the_window(texts: list[str], room: int) -> None:
    line = fitted([Part(text, rank) for rank, text in enumerate(texts)], room)
    assert get_cwidth(line) <= room
    assert "\x1b" not in line
