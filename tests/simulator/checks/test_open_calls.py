"""Calls of the server without their result: which ones can be gone on with."""

from typing import Any

import pytest

from tests.simulator.bodies import (
    CLOCK,
    assistant,
    message_body,
    refusal_of,
    rejection,
    text,
    tool_result,
    user,
)

SEARCH = {"type": "web_search_20250305", "name": "web_search"}
CODE = {"type": "code_execution_20260120", "name": "code_execution"}


def server_call(name: str = "web_search", **fields: Any) -> dict[str, Any]:
    return {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": {}, **fields}


def clock(**fields: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}, **fields}


def result(kind: str, content: Any = None) -> dict[str, Any]:
    return {"type": f"{kind}_tool_result", "tool_use_id": "srvtoolu_1", "content": content or []}


def body_of(*messages: dict[str, Any], tools: Any = (SEARCH, CODE, CLOCK), **rest: Any) -> Any:
    return message_body(user("go"), *messages, tools=list(tools), **rest)


@pytest.mark.parametrize(
    ("call", "result_type"),
    [
        (server_call(), "web_search_tool_result"),
        (server_call("bash_code_execution"), "bash_code_execution_tool_result"),
        (server_call("tool_search_tool_bm25"), "tool_search_tool_result"),
        ({"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "docs", "server_name": "s",
          "input": {}}, "mcp_tool_result"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("later", [[], [assistant("Well."), user("And?")]])
def test_text_after_an_open_call_is_refused_for_good(
    call: dict[str, Any], result_type: str, later: list[dict[str, Any]]
) -> None:
    refusal = refusal_of(body_of(assistant([call]), user("And?"), *later))
    assert refusal == (
        f"messages.1: `{call['name']}` tool use with id `{call['id']}` was found without a "
        f"corresponding `{result_type}` block"
    )


def test_a_turn_that_paused_goes_on() -> None:
    assert rejection(body_of(assistant([server_call()]))) is None


def test_results_alone_go_on_with_a_call_beside_them_and_it_ends_in_a_later_message() -> None:
    called = assistant([server_call(), clock()])
    assert rejection(body_of(called, user([tool_result()]))) is None
    ended = assistant([result("web_search"), text("Done.")])
    assert rejection(body_of(called, user([tool_result()]), ended, user("And?"))) is None
    with_text = user([tool_result(), text("And?")])
    assert "without a corresponding" in refusal_of(body_of(called, with_text))


def test_of_what_follows_the_results_only_a_system_turn_leaves_the_turn_going_on() -> None:
    called = assistant([server_call(), clock()])
    rules = {"role": "system", "content": "Be brief."}
    opus = {"model": "claude-opus-4-8"}
    assert rejection(body_of(called, user([tool_result()]), rules, **opus)) is None
    refusal = refusal_of(body_of(called, user([tool_result()]), user("And?"), **opus))
    assert "without a corresponding" in refusal


def test_the_tool_of_an_open_call_must_still_be_there() -> None:
    refusal = refusal_of(body_of(assistant([server_call()]), tools=[CLOCK]))
    assert refusal.endswith("was found, but no `web_search` tool was provided")
    code = assistant([server_call("bash_code_execution")])
    assert rejection(body_of(code)) is None
    searched = [{"type": "web_search_20260318", "name": "web_search"}]
    assert rejection(body_of(code, tools=searched)) is None


CALLER = {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}


@pytest.mark.parametrize(
    "messages",
    [
        [assistant([server_call("code_execution"), clock(caller=CALLER)]), user([tool_result()])],
        [assistant([server_call(caller=CALLER)])],
    ],
)
def test_code_that_waits_needs_its_container(messages: list[dict[str, Any]]) -> None:
    assert refusal_of(body_of(*messages)).startswith("container_id is required")
    assert refusal_of(body_of(*messages, container={"skills": []})).startswith("container_id")
    assert rejection(body_of(*messages, container={"id": "container_1"})) is None
    assert rejection(body_of(*messages, container="container_1")) is None


def test_a_call_made_directly_needs_no_container() -> None:
    called = assistant([server_call("code_execution"), clock(caller={"type": "direct"})])
    assert rejection(body_of(called, user([tool_result()]))) is None
