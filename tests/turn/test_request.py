"""Flags, --body, session and history → the request body."""

import json
from typing import Any

import pytest

from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.errors import InputError, UsageError
from claude_cli.turn.assignment import assign
from claude_cli.turn.parameters import check_budget
from claude_cli.turn.request import Turn, build_request
from claude_cli.types import ContentBlock, MessageParam

HI: list[ContentBlock] = [{"type": "text", "text": "hi"}]


def body(flags: RequestFlags | None = None, **more: Any) -> dict[str, Any]:
    return build_request(flags or RequestFlags(), Turn(**{"content": HI, **more}))


def test_only_what_the_api_requires_is_sent_when_nothing_is_set() -> None:
    assert body() == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 16_000,
        "messages": [{"role": "user", "content": HI}],
        "stream": True,
    }


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (RequestFlags(model="claude-x"), {"model": "claude-x", "max_tokens": 8192}),
        (RequestFlags(max_tokens=5), {"max_tokens": 5}),
        (RequestFlags(temperature=0.0), {"temperature": 0.0}),
        (RequestFlags(top_p=0.5), {"top_p": 0.5}),
        (RequestFlags(top_k=0), {"top_k": 0}),
        (RequestFlags(stop=["a", "b"]), {"stop_sequences": ["a", "b"]}),
        (RequestFlags(service_tier="standard_only"), {"service_tier": "standard_only"}),
        (RequestFlags(user_id="u1"), {"metadata": {"user_id": "u1"}}),
        (RequestFlags(no_stream=True), {"stream": False}),
        (
            RequestFlags(thinking="off", model="claude-sonnet-4-6"),
            {"model": "claude-sonnet-4-6", "thinking": {"type": "disabled"}, "max_tokens": 8192},
        ),
        (
            RequestFlags(thinking="off"),  # what comes nearest, of a model that cannot stop
            {"thinking": {"type": "between_tools"}, "max_tokens": 8192},
        ),
        (
            RequestFlags(thinking="off", model="opus"),
            {"model": "claude-opus-5-5", "output_config": {"effort": "low"}},
        ),
        (
            RequestFlags(thinking="off", effort="max", model="opus"),
            {"model": "claude-opus-5-5", "output_config": {"effort": "max"}},
        ),
        (
            RequestFlags(thinking="adaptive"),
            {"thinking": {"type": "adaptive"}, "max_tokens": 16000},
        ),
        (
            RequestFlags(thinking="2048"),
            {"thinking": {"type": "enabled", "budget_tokens": 2048}, "max_tokens": 10240},
        ),
        (RequestFlags(effort="low"), {"output_config": {"effort": "low"}}),
        (RequestFlags(tool_choice="any"), {"tool_choice": {"type": "any"}}),
        (RequestFlags(tool_choice="none"), {"tool_choice": {"type": "none"}}),
        (RequestFlags(tool_choice="add"), {"tool_choice": {"type": "tool", "name": "add"}}),
        (RequestFlags(no_parallel_tools=True), {}),
        (RequestFlags(cache="off"), {}),
        (RequestFlags(cache="5m"), {"cache_control": {"type": "ephemeral"}}),
        (RequestFlags(cache="1h"), {"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
        (RequestFlags(model="sonnet"), {"model": "claude-sonnet-5-5", "max_tokens": 16000}),
        (RequestFlags(param=["stream:=null"]), {"stream": None}),
    ],
)
def test_each_flag_sets_its_body_key(flags: RequestFlags, expected: dict[str, Any]) -> None:
    assert body(flags) == body() | expected


def test_typed_outranks_body_outranks_session_outranks_environment() -> None:
    base = {"model": "of-body"}
    inherited = {"model": "of-session"}
    typed = RequestFlags(model="typed", given=frozenset({"model"}))
    from_environment = RequestFlags(model="of-environment")
    assert body(typed, base=base, inherited=inherited)["model"] == "typed"
    assert body(from_environment, base=base, inherited=inherited)["model"] == "of-body"
    assert body(from_environment, inherited=inherited)["model"] == "of-session"
    assert body(from_environment)["model"] == "of-environment"


def test_flags_meet_inside_an_object_of_body() -> None:
    base = {"output_config": {"effort": "high", "x": 1}, "metadata": {"user_id": "of body"}}
    typed = RequestFlags(effort="low", user_id="u", given=frozenset({"effort"}))
    built = body(typed, base=base)
    assert built["output_config"] == {"effort": "low", "x": 1}
    assert built["metadata"] == {"user_id": "of body"}
    assert base["output_config"] == {"effort": "high", "x": 1}


def test_adaptive_thinking_asks_for_a_summary_only_where_it_is_shown() -> None:
    shown = body(RequestFlags(thinking="adaptive"), shows_thinking=True)
    assert shown["thinking"] == {"type": "adaptive", "display": "summarized"}


@pytest.mark.parametrize("value", ["1023", "-5", "2k", "on", "٣٠٠٠"])
def test_a_thinking_that_no_server_understands_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="--thinking"):
        body(RequestFlags(thinking=value))


def test_a_budget_needs_room_in_max_tokens() -> None:
    built = body(RequestFlags(thinking="4000", max_tokens=4000))
    with pytest.raises(UsageError, match="leaves no room"):
        check_budget(built, [])
    check_budget(built, ["interleaved-thinking-2025-05-14"])
    check_budget(body(RequestFlags(thinking="4000")), [])


def test_a_prefill_is_the_last_message_and_ends_in_no_white_space() -> None:
    assert body(prefill="{")["messages"][-1] == {"role": "assistant", "content": "{"}
    with pytest.raises(UsageError, match="white space"):
        body(prefill="{ ")


def test_parallel_tools_are_forbidden_only_where_there_are_tools() -> None:
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    one = RequestFlags(no_parallel_tools=True)
    built = body(one, tools=lambda model: tools)
    assert built["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    none = RequestFlags(no_parallel_tools=True, tool_choice="none")
    assert body(none, tools=lambda model: tools)["tool_choice"] == {"type": "none"}


def test_a_schema_is_the_output_format() -> None:
    schema = {"type": "object", "properties": {}}
    built = body(RequestFlags(effort="low", schema="{}"), schema=schema)
    output_format = {"type": "json_schema", "schema": schema}
    assert built["output_config"] == {"effort": "low", "format": output_format}


def test_history_comes_first_then_the_messages_of_body_then_the_question() -> None:
    one: MessageParam = {"role": "user", "content": "one"}
    two: MessageParam = {"role": "assistant", "content": "two"}
    built = body(history=lambda model: [one], base={"messages": [two]})
    assert built["messages"] == [one, two, {"role": "user", "content": HI}]


def test_body_alone_is_a_question() -> None:
    base = {"messages": [{"role": "user", "content": "of body"}]}
    assert body(base=base, content=[])["messages"] == base["messages"]


def test_a_system_prompt_replaces_that_of_body_and_session() -> None:
    built = body(system="typed", base={"system": "of body"}, inherited={"system": "of session"})
    assert built["system"] == "typed"


def test_nothing_to_ask_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="nothing to ask"):
        body(content=[])


def test_messages_that_are_no_list_are_refused() -> None:
    with pytest.raises(UsageError, match="messages is no list"):
        body(base={"messages": "hello"})


@pytest.mark.parametrize("message", ["hi", None, {}, {"role": "user"}, {"content": "hi"}])
def test_a_message_without_a_role_or_a_content_is_refused(message: Any) -> None:
    messages = [{"role": "user", "content": "hi"}, message]
    with pytest.raises(UsageError, match="message 2 of the body has no role or no content"):
        body(base={"messages": messages})
    with pytest.raises(UsageError, match="message 2 of the body"):
        body(RequestFlags(param=[f"messages:={json.dumps(messages)}"]))


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a=", {"a": ""}),
        ("a=b=c:=d", {"a": "b=c:=d"}),
        ("a:=1.5", {"a": 1.5}),
        ("a.b:=null", {"a": {"b": None}}),
        ("a.b.c=x", {"a": {"b": {"c": "x"}}}),
        ("a.0.b=x", {"a": [{"b": "x"}]}),
        ("list.0=new", {"list": ["new", 2]}),
        ("list.2:=[]", {"list": [1, 2, []]}),
        ("list.1.x=y", None),
        ("list.3=gap", None),
        ("list.x=y", None),
        ("text.x=y", None),
        ("a..b=y", None),
        ("=b", None),
        (":=1", None),
        ("a", None),
        ("a:=nope", None),
        ("a:=" + "[" * 100_000, None),
    ],
)
def test_assignments_reach_any_place_of_the_body(assignment: str, expected: Any) -> None:
    start = {"list": [1, 2], "text": "t"}
    if expected is None:
        with pytest.raises(UsageError, match="-o"):
            assign(start, assignment)
    else:
        assign(start, assignment)
        assert start == {"list": [1, 2], "text": "t"} | expected


def test_assignments_leave_history_alone() -> None:
    old: MessageParam = {"role": "user", "content": [{"type": "text", "text": "old"}]}
    built = body(RequestFlags(param=["messages.0.content.0.text=new"]), history=lambda model: [old])
    assert built["messages"][0]["content"][0]["text"] == "new"
    assert old["content"] == [{"type": "text", "text": "old"}]


def test_a_model_that_is_no_text_and_a_place_that_is_no_number_are_refused() -> None:
    with pytest.raises(InputError, match="model"):
        body(base={"model": 5})
    with pytest.raises(UsageError, match="-o"):
        assign({"list": [1]}, "list.²=a")
