"""What a terminal that becomes smaller leaves of the rows at its bottom."""

from claude_cli.ui.live.markdown import Page
from claude_cli.ui.live.scrolled import Scrolled

NOTHING = Scrolled(Page(8, color=False))
ROWS = ["aaaabbbb", "ccccdddd", "eeee"]


def _squeeze(scrolled: Scrolled, shown: list[str], width: int, room: int) -> tuple[Scrolled, int]:
    return scrolled.squeeze(shown, lambda: shown, width, room)


def test_rows_for_which_there_is_room_stay() -> None:
    scrolled, left = _squeeze(NOTHING, ROWS, 8, 3)
    assert (scrolled.rows, left) == ((), 3)


def test_folded_rows_push_out_the_first() -> None:
    scrolled, left = _squeeze(NOTHING, ROWS, 4, 3)
    assert (scrolled.rows, left) == (("aaaa", "bbbb"), 3)
    assert scrolled.rest_of([*ROWS, "f"]) == (["cccc", "dddd", "eeee", "f"], None)


def test_a_row_that_has_changed_since_is_written_again() -> None:
    scrolled, _ = _squeeze(NOTHING, ROWS, 4, 2)
    assert scrolled.rest_of(["aaaaxxxx", "eeee"]) == (["xxxx", "eeee"], None)


def test_rows_of_the_next_block_still_count_after_the_first() -> None:
    scrolled, _ = _squeeze(NOTHING, ROWS, 8, 1)
    rest, scrolled_of_next = scrolled.rest_of(ROWS[:1])
    assert rest == []
    assert scrolled_of_next and scrolled_of_next.rest_of(ROWS[1:]) == (ROWS[2:], None)


def test_provisional_rows_do_not_count() -> None:
    scrolled, left = NOTHING.squeeze(ROWS, lambda: ["other", *ROWS], 8, 1)
    assert (scrolled.rows, left) == ((), 1)


def test_a_row_that_was_torn_takes_its_other_part_along() -> None:
    torn, left = _squeeze(NOTHING, ROWS, 4, 4)
    assert (torn.rows, torn.torn, left) == (("aaaa",), True, 4)
    scrolled, left = _squeeze(torn, ["bbbb", "cccc", "dddd", "eeee"], 8, 4)
    assert (scrolled.rows, scrolled.torn, left) == (("aaaa", "bbbb"), False, 3)
