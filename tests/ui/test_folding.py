"""Lines on a terminal end between words."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_cli.ui.folding import WordFolder, fold_words
from tests.thorough import MANY

WORDS = ["a", "word", "x" * 20 + " ", " ", "  ", "\n", "漢字", ", "]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]


def test_a_line_is_broken_between_words() -> None:
    assert fold_words("one two three", 8) == "one two\nthree"
    assert fold_words("one two three", 8, column=5) == "one\ntwo\nthree"
    assert fold_words("one  " + "x" * 20 + " two", 8) == "one\n" + "x" * 20 + "\ntwo"
    assert fold_words("漢字漢字漢字", 7) == "漢字漢\n字漢字"


@given(TEXTS, st.integers(1, 40))
def test_no_word_is_lost_and_none_crosses_the_edge(text: str, width: int) -> None:
    folded = fold_words(text, width)
    assert "".join(folded.split()) == "".join(text.split())
    for line in folded.split("\n"):
        assert cell_len(line.rstrip()) <= width or len(line.split()) == 1


@MANY
@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 40))
def test_pieces_are_broken_where_the_whole_is(text: str, cuts: list[int], width: int) -> None:
    edges = sorted({0, *(cut % (len(text) + 1) for cut in cuts), len(text)})
    folder = WordFolder(width)
    pieces = [folder.feed(text[a:b]) for a, b in pairwise(edges)]
    assert _lines("".join([*pieces, folder.end()])) == _lines(fold_words(text, width))
