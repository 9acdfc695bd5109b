"""The names that the API fixes for its own tools."""

import pytest

from claude_cli.tools.api_types import fixed_name, is_dated


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("web_search_20250305", "web_search"),
        ("web_fetch_20260318", "web_fetch"),
        ("code_execution_20260521", "code_execution"),
        ("tool_search_tool_bm25_20251119", "tool_search_tool_bm25"),
        ("bash_20250124", "bash"),
        ("text_editor_20250124", "str_replace_editor"),
        ("text_editor_20250429", "str_replace_based_edit_tool"),
        ("text_editor_20250728", "str_replace_based_edit_tool"),
        ("memory_20250818", "memory"),
        ("computer_20251124", "computer"),
        ("computer_toolset_20260801", None),
        ("mcp_toolset", None),
    ],
)
def test_each_type_has_its_one_name(type_: str, name: str | None) -> None:
    assert fixed_name(type_) == name


def test_a_type_is_dated_by_eight_digits() -> None:
    assert is_dated("web_search_20270101")
    assert not any(map(is_dated, ("web_search", "web_search_2025", "a-b_20250101", "20250101")))
