"""A conversation that comes from a platform which served more."""

from typing import Any

import pytest

from claude_cli.api.cloud.history import NOTHING_LEFT, feature_of, served_history, served_tools

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
CITED: dict[str, Any] = {
    "type": "text",
    "text": "so",
    "citations": [{"type": "web_search_result_location"}, {"type": "char_location"}],
}
THOUGHT = {"type": "thinking", "thinking": "x", "signature": "s"}


@pytest.mark.parametrize(
    ("block", "feature"),
    [
        (SEARCH, "web_search"),
        (FOUND, "web_search"),
        ({"type": "web_fetch_tool_result"}, "web_fetch"),
        ({"type": "server_tool_use", "name": "bash_code_execution"}, "code_execution"),
        ({"type": "text_editor_code_execution_tool_result"}, "code_execution"),
        ({"type": "code_execution_tool_result"}, "code_execution"),
        ({"type": "mcp_tool_use", "name": "web_search"}, "mcp"),
        ({"type": "mcp_tool_result"}, "mcp"),
        ({"type": "mcp_tool_listing"}, "mcp"),
        ({"type": "server_tool_use", "name": "tool_search_tool_regex"}, None),
        ({"type": "tool_use", "name": "web_search"}, None),
        ({"type": "tool_result"}, None),
        (THOUGHT, None),
        ({"type": 3}, None),
        ("text", None),
    ],
)
def test_a_block_tells_the_feature_that_it_comes_from(block: Any, feature: str | None) -> None:
    assert feature_of(block) == feature


def test_what_is_not_served_is_left_out_and_all_else_stays() -> None:
    history: Any = [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": [THOUGHT, SEARCH, FOUND, CITED]},
        {"role": "user", "content": "again"},
        {"role": "assistant", "content": [SEARCH, FOUND]},
    ]
    served, left_out = served_history(history, ["web_search", "mcp"])
    assert left_out == {"web_search"}
    answer = [THOUGHT, {**CITED, "citations": [{"type": "char_location"}]}]
    assert [message["content"] for message in served] == ["look", answer, "again", NOTHING_LEFT]
    assert served_history(history, ["mcp"]) == (history, set())


def test_a_call_that_code_made_is_one_of_its_own() -> None:
    code = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {}}
    call = {"type": "tool_use", "id": "toolu_1", "name": "mine", "input": {}}
    by_code = {**call, "caller": {"type": "code_execution_20260521", "tool_id": "srvtoolu_1"}}
    history: Any = [{"role": "assistant", "content": [code, by_code, "odd"]}]
    served, _ = served_history(history, ["code_execution"])
    assert served[0]["content"] == [call, "odd"]


def test_tools_of_the_platform_that_was_left_are_not_offered() -> None:
    search, own = {"type": "web_search_20260318", "name": "web_search"}, {"name": "mine"}
    assert served_tools([search, own, "odd"], ["web_search", "schema"]) == [own, "odd"]
