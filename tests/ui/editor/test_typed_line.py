"""Which characters of a line were typed, whatever was done to it."""

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.ui.editor.typed_line import Marks, TypedLine, untyped

steps = st.lists(
    st.tuples(
        st.integers(0, 3000), st.integers(0, 5), st.text("ab@", max_size=1500), st.booleans()
    ),
    max_size=8,
)


@given(steps)
def test_what_is_put_in_is_marked_and_what_stays_keeps_its_mark(
    steps: list[tuple[int, int, str, bool]],
) -> None:
    marks = Marks()
    text = ""
    typed: list[bool] = []
    for place, gone, new, is_typed in steps:
        at = min(place, len(text))
        new = new.replace("a", "x") if is_typed else new.replace("a", "y")  # known by their letters
        text = text[:at] + new + text[at + gone :]
        typed[at : at + gone] = [is_typed] * len(new)
        marks.follow(text, typed=is_typed)
    line = marks.line()
    assert line.text == text
    assert len(line.typed) == len(text)
    for at, letter in enumerate(text):
        if letter in "xy":
            assert line.is_typed(at) == (letter == "x")


def test_a_line_knows_whether_its_marks_were_pasted() -> None:
    assert not TypedLine("!a @b", b"\1\0\0\1\0").has_pasted_marks
    assert TypedLine("!a @b", b"\0\1\1\1\1").has_pasted_marks
    assert TypedLine("!a @b", b"\1\1\1\0\1").has_pasted_marks
    assert not untyped("a! b").has_pasted_marks
    assert not untyped("").has_pasted_marks
