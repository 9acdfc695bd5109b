"""Deltas in, tokens out: what is final once, what is open as often as it is asked for."""

from itertools import pairwise

from markdown_it.token import Token

from claude_cli.ui.live.source import LiveSource


def _text(tokens: list[Token]) -> list[str]:
    return [token.content for token in tokens if token.type in ("inline", "fence")]


def _source(*deltas: str) -> LiveSource:
    source = LiveSource()
    for delta in deltas:
        source.add(delta)
    return source


def test_what_is_final_is_returned_once() -> None:
    source = _source("a\n", "- b\n", "- c\n  d")
    assert _text(source.cut()) == ["a", "b"]
    assert _text(source.open(9)) == ["c\nd"]
    source.add("\n- e")
    assert _text(source.cut()) == []
    source.add("\n")
    assert _text(source.cut()) == ["c\nd"]
    assert _text(source.rest()) == ["e"]


def test_a_blank_line_is_enough_to_know_that_a_block_is_final() -> None:
    for block in "a\nb", "# a", "| a |\n|---|\n| b |":
        source = _source(f"{block}\n")
        assert source.cut() == []
        source.add("\nc")
        assert _text(source.cut())[0][0] == "a"
        assert _text(source.rest()) == ["c"]


def test_a_newline_may_be_cut_in_two() -> None:
    source = _source("a\r")
    source.cut()
    assert _text(source.open(9)) == ["a"]
    source.add("\nb\r")
    source.cut()
    source.add("\rc")
    assert _text(source.cut()) == ["a\nb"]
    assert _text(source.rest()) == ["c"]


def test_a_last_line_of_marks_is_held_back_until_it_is_clear_what_it_is() -> None:
    for marks in "-", "- ", "|", "##", "1.", "12", "```", "> *", "|--", "===":
        source = _source(f"a\n{marks}")
        source.cut()
        alone = [token.type for token in source.open(9)]
        assert alone == ["paragraph_open", "inline", "paragraph_close"]
        assert _text(source.open(9)) == ["a"]
        source.add(" b\n")
        source.cut()
        assert "b" in "".join(token.content + token.info for token in source.open(9))


def test_a_tab_counts_from_its_column() -> None:
    source = _source("```c\na\tb", "\tc\n")
    source.cut()
    assert _text(source.rest()) == ["a   b   c\n"]


def test_of_an_open_table_the_head_and_the_last_rows_are_open() -> None:
    source = _source("| a |\n|---|\n", *(f"| {n} |\n" for n in range(50)))
    for n in range(50, 60):
        assert source.cut() == []
        source.add(f"| {n} |\n")
    source.cut()
    assert source.table_rows == 60
    assert _text(source.open(3)) == ["a", "57", "58", "59"]
    source.add("\n")
    final = _text(source.cut())
    assert final == ["a", *map(str, range(60))]
    assert all(int(one) + 1 == int(other) for one, other in pairwise(final[1:]))
