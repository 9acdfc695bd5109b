"""What one frame writes, and how a row is folded."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_cli.ui.live.frames import RESTORE, fold, make_frame, plain
from tests.ui.live.live_screen import Screen

BEGIN = "\x1b[?2026h\x1b[?25l"
ERASE_ALL = "\x1b[K\x1b[B\x1b[J\x1b[A"

rows = st.lists(st.sampled_from(["", "a", "b", "cc"]), max_size=6)
styled = st.lists(
    st.sampled_from(
        [
            "abc ",
            "日本",
            "é",
            "\x1b[1mbold\x1b[0m",
            "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
            "x" * 30,
        ]
    )
).map("".join)


def _body(text: str) -> str:
    assert text.startswith(BEGIN) and text.endswith(RESTORE)
    return text.removeprefix(BEGIN).removesuffix(RESTORE)


def test_nothing_is_written_when_nothing_changes() -> None:
    assert make_frame(["a", "b"], [], ["a", "b"]).text == ""
    assert make_frame(["a", "b"], ["a"], ["b"]).text == ""


def test_rows_are_added_below_those_that_stay() -> None:
    frame = make_frame(["a", "b"], ["a"], ["b", "c"])
    assert _body(frame.text) == "\r\x1b[?7l\x1b[Kc\r\n"
    assert frame.replaced == 0


def test_a_row_that_changes_is_erased_and_those_below_it_are_written_again() -> None:
    frame = make_frame(["a", "bbb", "c"], [], ["a", "x", "c"])
    assert _body(frame.text) == "\r\x1b[2A\x1b[?7l\x1b[Kx\r\n\x1b[Kc\r\n"
    assert frame.replaced == len("bbbc")


def test_what_is_below_is_erased_only_when_rows_go_away() -> None:
    assert _body(make_frame(["a", "b"], [], ["a"]).text) == "\r\x1b[1A\x1b[J"
    assert "\x1b[J" not in make_frame(["a"], [], ["b", "c"]).text


def test_keys_that_were_typed_below_the_rows_are_erased() -> None:
    screen = Screen(20, 5)
    screen.write(make_frame([], [], ["a"]).text + "^Z")
    screen.write(make_frame(["a"], [], ["a", "", "b"]).text)
    assert screen.text() == ["a", "", "b"]


def test_a_screen_full_of_rows_goes_away_without_a_trace() -> None:
    rows = ["a", "b", "c"]
    for others in [], ["e\u0301"]:
        screen = Screen(20, 4)
        screen.write(make_frame([], [], rows).text)
        screen.write(make_frame(rows, others, []).text)
        assert screen.text() == [unicodedata.normalize("NFC", row) for row in others]


def test_wrap_is_off_for_the_tail_alone() -> None:
    body = _body(make_frame(["x", "a"], ["x", "b"], ["c"]).text)
    assert body == "\r\x1b[1A\x1b[Kb\r\n\x1b[?7l\x1b[Kc\r\n"
    assert "\x1b[?7l" not in make_frame([], ["a"], []).text


def test_a_final_row_of_disputed_width_is_written_again_as_it_may_have_been_cut_off() -> None:
    family = "👨‍👩‍👧"
    assert make_frame([family], [], [family]).text == ""
    assert _body(make_frame([family, "a"], [family], ["a"]).text) == (
        f"\r\x1b[2A{ERASE_ALL}\x1b[K{family}\r\n\x1b[?7l\x1b[Ka\r\n"
    )


@given(shown=rows, final=rows, tail=rows)
def test_the_cursor_never_leaves_the_rows_shown(
    shown: list[str], final: list[str], tail: list[str]
) -> None:
    text = make_frame(shown, final, tail).text
    up = re.findall(r"\x1b\[(\d+)A", text)
    assert len(up) <= 1 and all(0 < int(count) <= len(shown) for count in up)


@given(row=styled, width=st.integers(2, 40))
def test_folded_parts_fit_and_hold_all_text(row: str, width: int) -> None:
    parts = fold(row, width)
    assert "".join(map(plain, parts)) == plain(row)
    assert all(cell_len(plain(part)) <= width for part in parts)


def test_a_folded_part_has_its_styles_and_ends_them() -> None:
    assert fold("a\x1b[1mbcd\x1b[0me", 2) == ["a\x1b[1mb\x1b[0m", "\x1b[1mcd\x1b[0m", "e"]
    link, end = "\x1b]8;;http://x\x1b\\", "\x1b]8;;\x1b\\"
    assert fold(f"{link}abc{end}", 2) == [f"{link}ab{end}", f"{link}c{end}"]
