"""Halves of characters, as JSON escapes, become characters or U+FFFD."""

import json

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values import strict_json
from claude_cli.values.surrogates import mend_surrogates


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
