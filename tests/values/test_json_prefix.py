"""The part of broken JSON that can be understood."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.values.json_prefix import parse_prefix


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": "x', {"a": 1}),
        ('{"a": 1, "b', {"a": 1}),
        ('{"a": 1, "b":', {"a": 1}),
        ('{"a": [1, {"b": "c"}, 2', {"a": [1, {"b": "c"}, 2]}),
        ('{"a": tru', {}),
        ('{"a": "Paris", "unit": celsius}', {"a": "Paris"}),
        ('{"a": 1} and more', {"a": 1}),
        ('{"a": 1]', {"a": 1}),
        ("{", {}),
        ("", None),
        ("nonsense", None),
        ('{"a": 1 "b": 2}', {"a": 1}),
        ("[1,,2]", [1]),
        ("{1: 2}", {}),
        ('{"a\\"}": "\\u00e9", "c": "\\u00', {'a"}': "é"}),
    ],
)
def test_what_is_whole_is_kept(text: str, value: Any) -> None:
    assert parse_prefix(text) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.data())
def test_a_cut_text_gives_the_members_that_came(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    assert parse_prefix(text) == value
    end = data.draw(st.integers(1, len(text)))
    kept = parse_prefix(text[:end])
    assert list(kept) == list(value)[: len(kept)]


@pytest.mark.sdk
@given(st.dictionaries(st.text(), JSON, max_size=5), st.data())
def test_a_cut_text_is_read_as_the_sdk_reads_it(value: dict[str, Any], data: st.DataObject) -> None:
    jiter = pytest.importorskip("jiter")
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(1, len(text)))]
    assert parse_prefix(cut) == jiter.from_json(cut.encode(), partial_mode=True)


@given(st.text(alphabet='{}[],:"\\ 1tnulrea'))
def test_any_text_is_read_or_left(text: str) -> None:
    value = parse_prefix(text)
    assert json.loads(json.dumps(value)) == value  # JSON, whatever the text
