"""Halves of characters, as JSON escapes, become characters or U+FFFD."""

import json

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values import strict_json
from claude_cli.values.surrogates import mend_surrogates, utf8, whole_characters


@given(st.text(alphabet=st.characters()) | st.text(alphabet="\ud83d\ude00a"))
def test_every_text_can_be_written_and_whole_characters_stay(text: str) -> None:
    written = utf8(text).decode()
    assert whole_characters(text) == written
    assert utf8(written).decode() == written
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert written == whole


def test_halves_that_belong_together_become_their_character() -> None:
    assert utf8("\ud83d\ude00 \ud83d") == "😀 \ufffd".encode()


@given(
    st.lists(
        st.sampled_from(
            ["\\", "\\ud800", "\\uDBFF", "\\udc00", "ud800", "n", '\\"', "\\u0041", "x"]
        )
    )
)
def test_mending_changes_lone_surrogates_and_nothing_else(parts: list[str]) -> None:
    text = '"' + "".join(parts) + '"'
    try:
        value = json.loads(text)
    except ValueError:
        return
    expected = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value)
    assert json.loads(mend_surrogates(text)) == expected
    assert strict_json.decode_json(text) == expected
