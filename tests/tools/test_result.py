"""From stdout to the content of a tool result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.tools.result import ERROR_LIMIT, TEXT_LIMIT, content_of, cut, last_part, text_of


def test_text_goes_back_as_it_is_but_for_its_last_line_end() -> None:
    assert text_of("two\nlines\n") == "two\nlines"
    assert text_of("two\n\n") == "two\n"
    assert text_of("dos\r\n") == "dos"
    assert text_of("") == ""


def test_long_text_is_cut_with_a_mark() -> None:
    content = text_of("ü" * TEXT_LIMIT)
    assert isinstance(content, str)
    assert content.endswith(f"[cut: the first {TEXT_LIMIT} of {2 * TEXT_LIMIT} bytes]")
    assert len(content.encode()) < TEXT_LIMIT + 100


def test_a_cut_inside_a_character_drops_it() -> None:
    assert cut("aü", 2).startswith("a\n[cut")


def test_of_a_long_text_the_last_part_is_kept_with_a_mark() -> None:
    most = "a" * (ERROR_LIMIT - 1)
    assert last_part(f"ü{most}") == f"[cut] {most}"
    assert last_part(f"b{most}") == f"b{most}"


@pytest.mark.parametrize("output", ['[{"type": "text", "text": "hi"}]', "[]", "hi"])
def test_a_list_of_blocks_is_content_and_all_else_is_text(output: str) -> None:
    assert content_of(output) == ([{"type": "text", "text": "hi"}] if "type" in output else output)


@given(st.text(alphabet=st.characters()) | st.text(alphabet="\ud800\udc00a"))
def test_every_text_can_be_sent(text: str) -> None:
    text_of(text).encode()
