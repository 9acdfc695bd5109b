"""From stdout to the content of a tool result."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.tools.result import TEXT_LIMIT, content_of, cut, replace_surrogates

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


def test_text_goes_back_as_it_is_but_for_its_last_line_end() -> None:
    assert content_of("two\nlines\n") == "two\nlines"
    assert content_of("two\n\n") == "two\n"
    assert content_of("dos\r\n") == "dos"
    assert content_of("") == ""


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "hi"},
        IMAGE,
        {"type": "document", "source": {"type": "text", "data": "x"}, "title": "T"},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
        {"type": "tool_reference", "tool_name": "add"},
    ],
)
def test_a_json_list_of_content_blocks_becomes_blocks(block: dict[str, Any]) -> None:
    assert content_of(f" {json.dumps([block, block])}\n") == [block, block]


@pytest.mark.parametrize(
    "output",
    [
        "[]",
        "[1, 2]",
        '[{"type": "dog", "name": "Rex"}]',
        '[{"type": "text"}]',
        '[{"type": "text", "text": ""}]',
        '[{"type": ["text"], "text": "a"}]',
        '[{"type": "image", "path": "a.png"}]',
        '[{"type": "text", "text": "a"}, 1]',
        '[{"type": "text", "text": "a", "x": NaN}]',
        '[{"type": "text", "text": "a"}',
        '{"type": "text", "text": "a"}',
        "[" * 100_000,
        "[" + "9" * 5_000 + "]",
    ],
)
def test_any_other_json_is_text(output: str) -> None:
    assert content_of(output) == output


def test_long_text_is_cut_with_a_mark() -> None:
    content = content_of("ü" * TEXT_LIMIT)
    assert isinstance(content, str)
    assert content.endswith(f"[cut: the first {TEXT_LIMIT} of {2 * TEXT_LIMIT} bytes]")
    assert len(content.encode()) < TEXT_LIMIT + 100


def test_a_large_image_is_not_cut() -> None:
    large = IMAGE | {"source": {"type": "base64", "data": "a" * 2 * TEXT_LIMIT}}
    assert content_of(json.dumps([large])) == [large]


def test_a_cut_inside_a_character_drops_it() -> None:
    assert cut("aü", 2).startswith("a\n[cut")


def test_lone_surrogates_are_replaced_in_blocks_and_pairs_are_joined() -> None:
    output = r'[{"type": "text", "text": "\ud83d \ud83d\ude00"}]'
    assert content_of(output) == [{"type": "text", "text": "\ufffd \U0001f600"}]


@given(st.text(alphabet=st.characters()) | st.text(alphabet="\ud800\udc00a"))
def test_what_is_left_after_surrogates_are_replaced_can_be_sent(text: str) -> None:
    replace_surrogates({text: [text]})[replace_surrogates(text)][0].encode()
