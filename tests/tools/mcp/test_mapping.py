"""Tools and results of MCP servers, as the Messages API takes them."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.tools.mcp.mapping import map_tools, output_of, tool_name
from claude_cli.tools.result import TEXT_LIMIT
from claude_cli.tools.tool import Output, Status
from tests.thorough import MANY
from tests.tools.test_result_blocks import png, refused

SCHEMA = {"type": "object"}
PICTURE = png()
PDF = "JVBERi0xLjQ="


def names(*tools: Any) -> list[str]:
    mapped, _ = map_tools("s", tools)
    return [definition["name"] for _, definition in mapped]


def notes(*tools: Any) -> list[str]:
    return map_tools("s", tools)[1]


def test_names_have_the_characters_and_the_length_that_the_api_takes() -> None:
    assert tool_name("git", "commit.all files") == "mcp__git__commit_all_files"
    long = tool_name("git", "x" * 200)
    assert len(long) == 64 and long != tool_name("git", "x" * 201)
    assert tool_name("s", "城市") == "mcp__s____"


def test_two_tools_that_would_have_one_name_are_not_both_sent() -> None:
    tools = [{"name": "a.b", "inputSchema": SCHEMA}, {"name": "a_b", "inputSchema": SCHEMA}]
    assert names(*tools) == ["mcp__s__a_b"]
    assert notes(*tools) == ["s: a second tool called a_b is left out"]


@pytest.mark.parametrize("tool", [{}, {"name": 3, "inputSchema": {}}, {"name": "x"}, {"name": ""}])
def test_what_is_no_tool_is_left_out(tool: Any) -> None:
    assert names(tool) == []
    assert notes(tool) == ["s: a tool without a name or an input schema is left out"]


def test_what_the_api_refuses_at_the_root_of_a_schema_is_dropped() -> None:
    schema = {"oneOf": [{"required": ["a"]}], "properties": {"a": {"oneOf": [{"type": "null"}]}}}
    [(_, definition)], notices = map_tools("s", [{"name": "x", "inputSchema": schema}])
    assert definition["input_schema"] == {"type": "object", "properties": schema["properties"]}
    assert notices == ["s: x is sent without oneOf of its schema"]


def test_a_description_is_sent_up_to_its_limit() -> None:
    tool = {"name": "x", "inputSchema": SCHEMA, "description": "d" * 5000, "annotations": {}}
    [(_, definition)], _ = map_tools("s", [tool])
    assert definition == {"name": "mcp__s__x", "input_schema": SCHEMA, "description": "d" * 2048}


def test_each_kind_of_content_becomes_a_block_or_a_note() -> None:
    content = [
        {"type": "text", "text": "words"},
        {"type": "text", "text": ""},
        {"type": "text", "text": " "},
        {"type": "image", "data": PICTURE, "mimeType": "image/png"},
        {"type": "image", "data": "aGk=", "mimeType": "image/png"},
        {"type": "image", "data": "aGk=", "mimeType": "image/svg+xml"},
        {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"},
        {"type": "resource_link", "uri": "file:///x", "name": "x"},
        {"type": "resource", "resource": {"uri": "file:///a.md", "text": "# A"}},
        {"type": "resource", "resource": {"blob": PDF, "mimeType": "application/pdf"}},
        {"type": "resource", "resource": {"uri": "u", "blob": "aGk=", "mimeType": "x/y"}},
        {"type": "hologram"},
        "words",
    ]
    blocks: Any = output_of({"content": content}).content
    assert blocks == [
        {"type": "text", "text": "words"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}},
        {"type": "text", "text": "[not sent: image, image/png, 4 characters of base64]"},
        {"type": "text", "text": "[not sent: image, image/svg+xml, 4 characters of base64]"},
        {"type": "text", "text": "[not sent: audio, audio/wav, 4 characters of base64]"},
        {"type": "text", "text": "[not sent: resource_link, x, file:///x]"},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "# A"},
            "title": "file:///a.md",
        },
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
        },
        {"type": "text", "text": "[not sent: u, x/y, 4 characters of base64]"},
        {"type": "text", "text": "[not sent: hologram]"},
        {"type": "text", "text": "[not sent: words]"},
    ]


def test_structured_content_stands_in_for_content_that_is_not_there() -> None:
    assert output_of({"content": [], "structuredContent": {"n": "é"}}).content == [
        {"type": "text", "text": '{"n": "é"}'}
    ]
    both = {"content": [{"type": "text", "text": "x"}], "structuredContent": {"n": 1}}
    assert output_of(both).content == [{"type": "text", "text": "x"}]


def test_an_error_is_an_error() -> None:
    output = output_of({"isError": True, "content": [{"type": "text", "text": "no\nway"}]})
    assert output == Output([{"type": "text", "text": "no\nway"}], Status.FAILED, "no way")
    assert output_of({"isError": True}).content == "the tool failed"
    assert output_of({"resultType": "input_required"}).status is Status.FAILED


def test_a_result_is_bounded() -> None:
    texts = [{"type": "text", "text": "x" * TEXT_LIMIT}] * 3
    sent = json.dumps(output_of({"content": texts}).content)
    assert len(sent) < TEXT_LIMIT + 500 and sent.count("[cut:") == 2
    pictures = [{"type": "image", "data": PICTURE + "A" * 9_000_000, "mimeType": "image/png"}] * 3
    blocks: Any = output_of({"content": pictures}).content
    assert [block["type"] for block in blocks] == ["image", "text"]


@pytest.mark.parametrize("content", [None, 3, "x", {"a": 1}])
def test_content_that_is_no_list_is_none(content: Any) -> None:
    assert output_of({"content": content}).content == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.just(PICTURE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ITEM = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image", "audio", "resource", "resource_link", "x"]) | JSON},
    optional={
        "text": JSON,
        "data": JSON,
        "mimeType": st.sampled_from(["image/png", "image/jpeg", "application/pdf"]) | JSON,
        "resource": JSON
        | st.fixed_dictionaries({}, optional={"uri": JSON, "text": JSON, "blob": JSON}),
    },
)


@MANY
@given(st.lists(ITEM | JSON, max_size=4) | JSON, JSON, JSON)
def test_whatever_a_server_answers_the_api_takes_the_result(
    content: Any, structured: Any, is_error: Any
) -> None:
    answer = {"content": content, "structuredContent": structured, "isError": is_error}
    result = output_of(answer).content
    assert refused(result if isinstance(result, list) else []) == []


@MANY
@given(st.lists(st.dictionaries(st.sampled_from(["name", "inputSchema", "description"]), JSON)))
def test_whatever_a_server_lists_the_names_are_those_that_the_api_takes(tools: list[Any]) -> None:
    listed = names(*tools)
    assert len({*listed}) == len(listed)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in listed)


@pytest.mark.parametrize("properties", [{"a b": {}}, {"": {}}, {"x" * 65: {}}, ["a"], 3])
def test_a_tool_with_properties_that_the_api_refuses_is_left_out(properties: Any) -> None:
    tool = {"name": "x", "inputSchema": {"properties": properties}}
    assert names(tool) == []
    assert notes(tool)[0].startswith("s: x is left out: ")
