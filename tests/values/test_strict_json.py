"""JSON that may be hostile: refused, or decoded into what can be written out again."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import ProtocolError
from claude_cli.values.strict_json import DEEPEST, decode_json

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_json_is_decoded_from_text_and_from_bytes(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    text = f" \r\n{json.dumps(value, ensure_ascii=ascii_only, indent=indent)}\t\n"
    assert decode_json(text) == value
    assert decode_json(text.encode()) == value
    assert decode_json(b"\xef\xbb\xbf" + text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "<html>", "{", '{"a": 1', "{} {}", "{'a': 1}", "[1,]", "\xa0{}", "tru", "01"),
        *("NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[-1e999]", '"a\nb"', '"\\x"'),
        *("1" * 5000, "[" * 200_000, '{"a":' * 200_000, "[" * 500 + "]" * 500),
    ],
    ids=lambda text: repr(text[:16]),
)
def test_everything_else_is_refused_with_its_start(text: str) -> None:
    for body in (text, text.encode()):
        with pytest.raises(ProtocolError) as refusal:
            decode_json(body)
        assert text.strip()[:16] in refusal.value.message
        assert len(refusal.value.message) < 260


def test_an_error_shows_200_characters_of_what_is_no_json() -> None:
    with pytest.raises(ProtocolError, match=f": {'x' * 200}$"):
        decode_json("x" * 201)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_is_limited_so_that_what_was_read_can_be_written(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    deepest = opening * DEEPEST + "1" + closing * DEEPEST
    assert json.dumps(decode_json(deepest), separators=(",", ":")) == deepest
    with pytest.raises(ProtocolError):
        decode_json(opening + deepest + closing)


def test_many_brackets_side_by_side_or_in_a_string_are_no_nesting() -> None:
    assert len(decode_json("[" + "[{}]," * 1000 + "1]")) == 1001
    assert decode_json('"' + "[" * 1000 + '"') == "[" * 1000


def test_large_but_finite_numbers_stay() -> None:
    assert decode_json("[1e308, -1.5, 123456789012345678901234567890]") == [
        1e308,
        -1.5,
        123456789012345678901234567890,
    ]
    assert math.isfinite(decode_json("1e-999"))


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert decode_json(b'{"a\xff": "\xe6\xb7"}') == {"a\ufffd": "\ufffd"}


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"\uDE00\uD83D"', "\ufffd\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (r'"\ud83d\ude00\ude00"', "😀\ufffd"),
        (r'"\ud83dA"', "\ufffdA"),
        (r'"\ud83d\n"', "\ufffd\n"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\\\ud83d"', "\\\ufffd"),
        (r'"\ud7ff\ue000"', "\ud7ff\ue000"),
    ],
)
def test_a_surrogate_without_its_other_half_becomes_a_replacement_character(
    text: str, mended: str
) -> None:
    assert decode_json(text) == mended
    assert decode_json(f"{{{text}: [{text}]}}") == {mended: [mended]}
