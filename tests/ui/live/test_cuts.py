"""How far a source is final, and how reading goes on after it."""

import pytest

from claude_cli.ui.live.cuts import START, Place, find_cut, read


def _cut(source: str) -> tuple[int, Place]:
    lines = source.split("\n")
    cut = find_cut(read(lines, START), lines, START)
    return (cut.lines, cut.place) if cut else (0, START)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ("a paragraph", 0),
        ("a\n\nb", 2),
        ("a\n# b", 1),
        ("a\nb\n\n\nc\nd", 4),
        ("a\n---", 0),
        ("| a |\n|---|\n| b |", 0),
        ("- a", 0),
        ("```c\na", 0),
        ("    a\n\n    b", 0),
    ],
)
def test_everything_before_the_last_block_is_final(source: str, lines: int) -> None:
    assert _cut(source) == (lines, Place())


@pytest.mark.parametrize("block", ["a\nb", "# a", "| a |\n|---|\n| b |", "- a\n\nb"])
def test_a_blank_line_ends_what_it_cannot_be_part_of(block: str) -> None:
    assert _cut(f"{block}\n") == (block.count("\n") + 2, Place())


@pytest.mark.parametrize("block", ["- a", "    a", "```c\na", "> - a\n> ", "1. a\n\n   b"])
def test_a_blank_line_may_be_part_of_a_list_or_of_code(block: str) -> None:
    assert _cut(f"{block}\n")[0] <= block.count("\n")


@pytest.mark.parametrize(
    ("source", "lines", "reopen"),
    [
        ("- a\n- b", 1, ("- #",)),
        ("- a\n\n  b", 2, ("- #",)),
        ("- a\n  - b\n  - c", 2, ("- #", "  - #")),
        ("-   a\n\n    b", 2, ("-   #",)),
        ("- - a\n  - b\n\n    c", 3, ("- #", "  - #")),
        ("- - a\n\n    b", 2, ("- - #",)),
        ("-     a\n\n  b", 2, ("- #",)),
        ("-\n  a\n\n  b", 3, ("- #",)),
        ("> a\n>\n> b", 2, ("> #",)),
        ("> - a\n>\n>   b", 2, ("> - #",)),
        ("- a\n  > b\n  >\n  > c", 3, ("- #", "  > #")),
    ],
)
def test_a_list_or_quote_is_final_but_for_its_last_block(
    source: str, lines: int, reopen: tuple[str, ...]
) -> None:
    assert _cut(source) == (lines, Place(inside=True, reopen=reopen))


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("1. a\n2. b", (1,)),
        ("1. a\n1. b\n1. c", (2,)),
        ("98. a\n99. b", (98,)),
        ("0. a\n1. b", (0,)),
        ("7. a\n\n   b", (7,)),
        ("1. a\n2. b\n\n   5. c\n   6. d", (2, 5)),
        ("3. a\n   - b\n   - c", (3,)),
    ],
)
def test_ordered_lists_go_on_with_their_numbers(source: str, numbers: tuple[int, ...]) -> None:
    assert _cut(source)[1].numbers == numbers


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("```\na\n```", Place()),
        ("- ```\n  a\n  ```", Place(inside=True, reopen=("- #",))),
        ("> ```\n> a\n> ```", Place(inside=True, reopen=("> #",))),
    ],
)
def test_a_closed_fence_is_final_to_its_last_line(source: str, place: Place) -> None:
    assert _cut(source) == (3, place)


def test_an_open_fence_goes_on_below_its_first_line() -> None:
    lines, place = _cut("1. a\n\n   ```python\n" + "   x = 1\n" * 30)
    assert 10 < lines < 30
    assert place.reopen == ("1. #", "   ```python")
    assert place.code is not None


def test_reading_on_continues_what_was_reopened() -> None:
    place = Place(inside=True, reopen=("> 1. #",), numbers=(4,))
    tokens = read([">    a", "> 1. b"], place)
    assert [token.type for token in tokens if token.type.endswith("_open")] == [
        *["blockquote_open", "ordered_list_open", "list_item_open", "paragraph_open"],
        *["list_item_open", "paragraph_open"],
    ]
    assert [token.meta.get("continued") for token in tokens[:3]] == [True, None, True]
    assert tokens[1].attrs["start"] == 4
