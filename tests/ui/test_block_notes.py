"""One line for each block that holds no words."""

from typing import Any

import pytest

from claude_cli.ui.block_notes import LONGEST, call_note, note


@pytest.mark.parametrize(
    ("block", "streamed", "line"),
    [
        ({"name": "web_search"}, '{"query": "high tide"}', 'web_search: "high tide"'),
        (
            {"name": "web_fetch", "input": {"url": "https://a.example"}},
            "",
            "web_fetch: https://a.example",
        ),
        (
            {"name": "code_execution"},
            '{"code": "print(1)\\nprint(2)"}',
            "code_execution: print(1) print(2)",
        ),
        (
            {"name": "text_editor_code_execution"},
            '{"path": "/a", "command": "view"}',
            "text_editor_code_execution: view /a",
        ),
        ({"name": "lookup", "server_name": "maps"}, "{}", "maps.lookup: called"),
        ({"name": "web_search"}, '{"query": "cut o', "web_search: called"),
        ({"name": "web_search"}, "[" * 100_000, "web_search: called"),
        ({"name": 7, "input": ["x"]}, "", "server tool: called"),
    ],
)
def test_a_call_says_what_is_asked(block: dict[str, Any], streamed: str, line: str) -> None:
    assert call_note(block, streamed) == line


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"type": "web_search_tool_result", "content": [{}]}, "web_search: 1 result"),
        (
            {"type": "web_search_tool_result", "content": {"error_code": "max_uses_exceeded"}},
            "web_search: error max_uses_exceeded",
        ),
        (
            {"type": "web_fetch_tool_result", "content": {"url": "https://a.example"}},
            "web_fetch: fetched https://a.example",
        ),
        (
            {"type": "web_fetch_tool_result", "content": {"type": "web_fetch_tool_result_error"}},
            "web_fetch: error",
        ),
        (
            {"type": "bash_code_execution_tool_result", "content": {"return_code": 1}},
            "bash_code_execution: exit code 1",
        ),
        (
            {"type": "tool_search_tool_result", "content": {"tool_references": [1, 2]}},
            "tool_search: 2 tools",
        ),
        ({"type": "mcp_tool_result", "is_error": True, "content": []}, "mcp: error"),
        (
            {"type": "text_editor_code_execution_tool_result", "content": None},
            "text_editor_code_execution: done",
        ),
        ({"type": "container_upload", "file_id": "file_1"}, "file in the container: file_1"),
        ({"type": "redacted_thinking", "data": "c2VjcmV0"}, "thinking: redacted"),
        ({"type": "compaction", "content": None}, "the conversation so far was compacted"),
        ({"type": "fallback", "to": {"model": "m-2"}}, "answered by another model: m-2"),
        ({"type": "hologram"}, "unknown kind of content block: hologram"),
        ({"type": "text", "text": "words"}, None),
        ({"type": "tool_use"}, None),
        ({"type": ["list"]}, None),
        ({}, None),
    ],
)
def test_a_block_that_comes_whole_is_told_in_a_line(
    block: dict[str, Any], line: str | None
) -> None:
    assert note(block) == line


def test_a_note_is_short_and_one_line() -> None:
    line = call_note({"name": "code_execution", "input": {"code": "x = 1\n" * 10_000}}, "")
    assert len(line) == LONGEST and line.endswith("…") and "\n" not in line
