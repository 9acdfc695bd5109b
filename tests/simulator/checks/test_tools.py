"""Tools and the choice among them."""

import time
from typing import Any

import pytest

from tests.simulator.bodies import CLOCK, WEATHER, message_body, refusal_of, rejection, text, user

SEARCH = {"type": "web_search_20250305", "name": "web_search"}
NEW_SEARCH = {"type": "web_search_20260318", "name": "web_search"}
OBJECT = {"type": "object"}


@pytest.mark.parametrize(
    "tool",
    [
        WEATHER,
        {**WEATHER, "type": "custom"},
        {**WEATHER, "type": None, "eager_input_streaming": None},
        {**WEATHER, "cache_control": {"type": "ephemeral"}, "allowed_callers": ["direct"]},
        {**WEATHER, "input_examples": [{"city": "Taipei"}]},
        {**SEARCH, "max_uses": 3, "allowed_domains": ["example.com"]},
        {**NEW_SEARCH, "response_inclusion": "excluded"},
        {"type": "web_fetch_20260309", "name": "web_fetch", "use_cache": True},
        {"type": "code_execution_20250825", "name": "code_execution"},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool",
         "max_characters": 10},
        {"type": "memory_20250818", "name": "memory"},
        {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        {"type": "computer_toolset_20260801", "configs": {}},
    ],
)  # fmt: skip
def test_legal_tools_pass(tool: dict[str, Any]) -> None:
    assert rejection(message_body(tools=[tool])) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("web_search_20250305", "web_search"),
        ("web_search_20260209", "web_search"),
        ("web_search_20260318", "web_search"),
        ("web_fetch_20250910", "web_fetch"),
        ("web_fetch_20260209", "web_fetch"),
        ("web_fetch_20260309", "web_fetch"),
        ("web_fetch_20260318", "web_fetch"),
        ("code_execution_20250522", "code_execution"),
        ("code_execution_20250825", "code_execution"),
        ("code_execution_20260120", "code_execution"),
        ("code_execution_20260521", "code_execution"),
        ("tool_search_tool_regex_20251119", "tool_search_tool_regex"),
        ("tool_search_tool_regex", "tool_search_tool_regex"),
        ("tool_search_tool_bm25_20251119", "tool_search_tool_bm25"),
        ("tool_search_tool_bm25", "tool_search_tool_bm25"),
        ("bash_20250124", "bash"),
        ("text_editor_20250124", "str_replace_editor"),
        ("text_editor_20250429", "str_replace_based_edit_tool"),
        ("text_editor_20250728", "str_replace_based_edit_tool"),
        ("memory_20250818", "memory"),
    ],
)
def test_a_tool_of_the_api_has_one_name(kind: str, name: str) -> None:
    assert rejection(message_body(tools=[{"type": kind, "name": name}])) is None
    refused = refusal_of(message_body(tools=[{"type": kind, "name": "other"}]))
    assert refused == f"tools.0.name: Input should be '{name}'"


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"name": "t"}, "tools.0.input_schema: Field required"),
        ({"input_schema": OBJECT}, "tools.0.name: Field required"),
        ({"name": "a b", "input_schema": OBJECT}, "tools.0.name: String should match pattern"),
        ({"name": "a" * 129, "input_schema": OBJECT}, "tools.0.name: String should match"),
        ({**WEATHER, "description": None}, "tools.0.description: "),
        ({**WEATHER, "command": ["ls"]}, "tools.0.command: Extra inputs"),
        ({"name": "t", "input_schema": {"type": "array"}}, "tools.0.input_schema.type: "),
        ({"name": "t", "input_schema": {}}, "tools.0.input_schema.type: "),
        ({"name": "t", "input_schema": {**OBJECT, "properties": []}},
         "tools.0.input_schema.properties: "),
        ({"name": "t", "input_schema": {**OBJECT, "properties": {"a": {"required": "b"}}}},
         "tools.0.input_schema.properties.a.required: "),
        ({**WEATHER, "input_examples": [{"city": "a"}, {"city": 3}]}, "tools.0.input_examples.1: "),
        ({**WEATHER, "allowed_callers": ["anyone"]}, "tools.0.allowed_callers.0: "),
        ({"type": "web_search_20300101", "name": "web_search"}, "tools.0: Input tag"),
        ({**SEARCH, "name": "search"}, "tools.0.name: Input should be 'web_search'"),
        ({**SEARCH, "input_schema": OBJECT}, "tools.0.input_schema: Extra inputs"),
        ({**SEARCH, "response_inclusion": "full"}, "tools.0.response_inclusion: Extra inputs"),
        ({**SEARCH, "allowed_domains": ["a"], "blocked_domains": ["b"]}, "tools.0: only one of"),
        ({**SEARCH, "defer_loading": True}, "tools: at least one tool"),
    ],
)  # fmt: skip
def test_a_bad_tool_is_named(tool: dict[str, Any], expected: str) -> None:
    assert refusal_of(message_body(tools=[tool])).startswith(expected)


def test_names_are_unique() -> None:
    message = refusal_of(message_body(tools=[WEATHER, CLOCK, WEATHER]))
    assert message.startswith("tools: Tool names must be unique; 'get_weather'")


def test_tools_called_from_code_need_a_model_that_can() -> None:
    body = message_body(model="claude-haiku-4-5", tools=[NEW_SEARCH])
    assert refusal_of(body).startswith("tools.0.allowed_callers: ")
    body["tools"] = [{**NEW_SEARCH, "allowed_callers": ["direct"]}]
    assert rejection(body) is None
    body["tools"] = [SEARCH]
    assert rejection(body) is None


@pytest.mark.parametrize(
    ("kind", "name"), [("bash_20241022", "bash"), ("text_editor_20241022", "str_replace_editor")]
)
def test_the_oldest_client_tools_need_a_beta(kind: str, name: str) -> None:
    body = message_body(tools=[{"type": kind, "name": name}])
    assert refusal_of(body).startswith("tools.0.type: ")
    assert rejection(body, anthropic_beta="computer-use-2024-10-22") is None


def test_an_advisor_may_be_held_short() -> None:
    tool = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-5-5"}
    body = message_body(tools=[{**tool, "max_tokens": 100}])
    assert rejection(body, anthropic_beta="advisor-tool-2026-03-01") is None


def test_a_computer_tool_needs_its_beta() -> None:
    tool: dict[str, Any] = {"type": "computer_20250124", "name": "computer",
            "display_width_px": 800, "display_height_px": 600}  # fmt: skip
    body = message_body(tools=[tool])
    assert "computer-use-2025-01-24" in refusal_of(body)
    assert "computer-use-2025-01-24" in refusal_of(body, anthropic_beta="computer-use-2025-11-24")
    assert rejection(body, anthropic_beta="computer-use-2025-01-24") is None
    del tool["display_width_px"]
    assert refusal_of(body).startswith("tools.0.display_width_px: Field required")


ALONE = {"disable_parallel_tool_use": True}


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "auto"},
        {"type": "auto", **ALONE},
        {"type": "any"},
        {"type": "any", **ALONE},
        {"type": "tool", "name": "get_weather"},
        {"type": "tool", "name": "get_weather", **ALONE},
        {"type": "none"},
    ],
)
def test_a_choice_of_each_kind_passes(choice: dict[str, Any]) -> None:
    assert rejection(message_body(tools=[WEATHER], tool_choice=choice)) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tool_choice": {"type": "auto"}}, "tool_choice: may only be specified"),
        ({"tools": [], "tool_choice": {"type": "any"}}, "tool_choice: may only be specified"),
        ({"tools": [WEATHER], "tool_choice": {"type": "some"}}, "tool_choice: Input tag"),
        ({"tools": [WEATHER], "tool_choice": {"type": "tool"}}, "tool_choice.name: Field required"),
        ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "x"}},
         "tool_choice.name: Tool 'x' not found"),
        ({"tools": [WEATHER], "tool_choice": {"type": "none", "disable_parallel_tool_use": True}},
         "tool_choice.disable_parallel_tool_use: Extra inputs"),
        ({"tools": [WEATHER], "disable_parallel_tool_use": True},
         "disable_parallel_tool_use: Extra inputs"),
    ],
)  # fmt: skip
def test_a_bad_choice_is_named(fields: dict[str, Any], expected: str) -> None:
    assert refusal_of(message_body(**fields)).startswith(expected)


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "get_weather"}])
def test_forced_tools_and_thinking(choice: dict[str, Any]) -> None:
    manual = {"type": "enabled", "budget_tokens": 1024}
    body = message_body(max_tokens=2000, tools=[WEATHER], tool_choice=choice)
    assert rejection(body) is None
    assert rejection({**body, "thinking": {"type": "adaptive"}}) is None
    assert refusal_of({**body, "thinking": manual}).startswith("tool_choice: Thinking")
    for model in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1"):
        assert refusal_of({**body, "model": model}).startswith("tool_choice.type: ")


def test_an_upload_to_the_container_needs_code_execution() -> None:
    upload = {"type": "container_upload", "file_id": "file_1"}
    body = message_body(user([upload, text("a")]))
    assert refusal_of(body).startswith("messages.0.content.0: container_upload")
    body["tools"] = [{"type": "code_execution_20250825", "name": "code_execution"}]
    assert rejection(body) is None


SERVER = {"type": "url", "url": "https://example.com/mcp", "name": "docs"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "docs"}
BETA = {"anthropic_beta": "mcp-client-2025-11-20"}


@pytest.mark.parametrize(
    ("servers", "tools", "fine"),
    [
        ([SERVER], [TOOLSET], True),
        ([SERVER], [{**TOOLSET, "tools": []}], True),
        ([SERVER], [], False),
        ([SERVER], [TOOLSET, TOOLSET], False),
        ([], [TOOLSET], False),
        ([{**SERVER, "url": "http://example.com"}], [TOOLSET], False),
    ],
)
def test_each_mcp_server_has_one_toolset(servers: list[Any], tools: list[Any], fine: bool) -> None:
    body = message_body(mcp_servers=servers, tools=tools)
    assert (rejection(body, **BETA) is None) == fine


@pytest.mark.parametrize(
    ("model", "dated", "fine"),
    [
        ("claude-sonnet-5-5", "20251124", False),
        ("claude-sonnet-5-5", "20250124", False),
        ("claude-haiku-5-5", "20250124", False),
        ("claude-haiku-5-5", "20251124", True),
        ("claude-haiku-4-5", "20250124", True),
        ("claude-opus-5", "20251124", True),
    ],
)
def test_the_newest_models_take_no_dated_computer_tool(model: str, dated: str, fine: bool) -> None:
    screen = {"name": "computer", "display_width_px": 800, "display_height_px": 600}
    body = message_body(model=model, tools=[{"type": f"computer_{dated}", **screen}])
    beta = f"computer-use-{dated[:4]}-{dated[4:6]}-{dated[6:]}"
    found = rejection(body, anthropic_beta=beta)
    assert (found is None) == fine
    assert fine or (found and found.message.startswith("tools.0.type: "))


def test_an_example_whose_pattern_backtracks_without_end_is_refused_in_time() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a|a)+$"}}}
    tool = {"name": "t", "input_schema": schema, "input_examples": [{"a": "a" * 60 + "!"}]}
    began = time.monotonic()
    assert refusal_of(message_body(tools=[tool])).startswith("tools.0.input_examples.0: ")
    assert time.monotonic() - began < 10


def test_an_example_has_to_fit_a_schema_that_is_one() -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "properties": {"a": {"minimum": 2}}}}
    for example, fine in (({"a": 2}, True), ({"a": 1}, False), ({}, True)):
        body = message_body(tools=[{**tool, "input_examples": [example]}])
        assert (rejection(body) is None) == fine
