"""Which columns are shown in which window, how wide they are, and what of a text is left."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_cli.ui.columns import LEAST_TEXT, Column, Filled, aligned, as_column, cut, fit

ID = Column("ID")
TEXT = Column("TEXT", cut="end")


def widths(room: int, *columns: tuple[Column, int]) -> tuple[list[tuple[str, int]], int]:
    """Headings and widths of what is shown, and the gap; each column holds one cell."""
    filled = [Filled(column, ["x" * width]) for column, width in columns]
    shown, gap = fit(filled, room)
    return [(one.column.heading, one.width) for one in shown], gap


def test_what_fits_is_as_wide_as_its_cells() -> None:
    assert widths(80, (ID, 30), (TEXT, 48)) == ([("ID", 30), ("TEXT", 48)], 2)


def test_a_heading_is_never_cut() -> None:
    assert widths(9, (Column("DOWNLOAD", cut="end"), 1)) == ([("DOWNLOAD", 8)], 2)
    assert widths(9, (Column("CACHE\nWRITE"), 1)) == ([("CACHE\nWRITE", 5)], 2)


def test_a_text_takes_what_is_left() -> None:
    assert widths(80, (ID, 30), (TEXT, 200)) == ([("ID", 30), ("TEXT", 48)], 2)


def test_texts_share_what_is_left_and_a_short_one_does_not_take_more_than_it_needs() -> None:
    shown, _ = widths(62, (TEXT, 200), (TEXT, 12), (TEXT, 200))
    assert shown == [("TEXT", 23), ("TEXT", 12), ("TEXT", 23)]


def test_the_gap_is_narrowed_before_a_column_is_left_out() -> None:
    spare = Column("SPARE", spare=1)
    assert widths(42, (ID, 30), (spare, 10)) == ([("ID", 30), ("SPARE", 10)], 2)
    assert widths(41, (ID, 30), (spare, 10)) == ([("ID", 30), ("SPARE", 10)], 1)
    assert widths(40, (ID, 30), (spare, 10)) == ([("ID", 30)], 2)


def test_what_matters_least_is_left_out_first() -> None:
    least, more = Column("LEAST", spare=2), Column("MORE", spare=1)
    assert widths(45, (more, 10), (ID, 30), (least, 10)) == ([("MORE", 10), ("ID", 30)], 2)
    assert widths(35, (more, 10), (ID, 30), (least, 10)) == ([("ID", 30)], 2)


def test_a_text_is_cut_before_a_column_is_left_out_but_not_to_a_stump() -> None:
    spare = Column("SPARE", spare=1)
    shown, _ = widths(30 + 10 + LEAST_TEXT + 2, (ID, 30), (spare, 10), (TEXT, 90))
    assert [heading for heading, _ in shown] == ["ID", "SPARE", "TEXT"]
    shown, _ = widths(30 + 10 + LEAST_TEXT + 1, (ID, 30), (spare, 10), (TEXT, 90))
    assert shown == [("ID", 30), ("TEXT", LEAST_TEXT + 9)]


def test_what_nothing_can_be_taken_from_goes_over_the_edge() -> None:
    assert widths(20, (ID, 30), (TEXT, 90)) == ([("ID", 30), ("TEXT", LEAST_TEXT)], 1)
    assert widths(20) == ([], 2)


@pytest.mark.parametrize(
    ("text", "end", "shown"),
    [
        ("letters", "end", "letters"),
        ("letters!", "end", "letter…"),
        ("/a/notes.md", "start", "…tes.md"),
        ("雪雪雪雪", "end", "雪雪雪…"),
        ("雪雪雪雪", "start", "…雪雪雪"),
        ("a雪雪雪雪", "end", "a雪雪…"),
    ],
)
def test_a_text_is_cut_at_one_end(text: str, end: Literal["start", "end"], shown: str) -> None:
    assert cut(text, 7, end) == shown


@given(st.text("ab雪é\u0301👩", max_size=30), st.integers(1, 20), st.sampled_from(["start", "end"]))
def test_a_cut_text_has_at_most_its_width(
    text: str, width: int, end: Literal["start", "end"]
) -> None:
    assert cell_len(cut(text, width, end)) <= width


def test_a_heading_alone_tells_on_which_side_it_stands() -> None:
    assert as_column(">ROWS") == Column("ROWS", right=True)
    assert as_column("ROWS") == Column("ROWS")
    assert as_column(TEXT) is TEXT


def test_lines_are_aligned_and_no_wider_than_the_room() -> None:
    columns = [
        Filled(Column("", cut="end"), ["a long text that is cut", "雪山"]),
        Filled(Column("", right=True, spare=1), ["9", "10"]),
    ]
    assert aligned(columns, 17) == ["a long text …   9", "雪山           10"]
    columns = [Filled(Column(""), ["id"]), Filled(Column("", spare=1), ["note"])]
    assert aligned(columns, 5) == ["id"]
    assert aligned([], 5) == []
