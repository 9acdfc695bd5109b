"""The order of turns, tool results, thinking and prefill."""

from typing import Any

import pytest

from claude_cli.simulator.checks.signatures import Origin, sign
from tests.simulator.bodies import (
    assistant,
    image,
    message_body,
    pdf,
    refusal_of,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

STRICT = {"anthropic_version": "2026-10-21"}
SUMMARY = {"type": "compaction", "content": "It was about the weather.", "signature": "s"}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user([SUMMARY])], "messages.0.content.0: `compaction` blocks are not permitted"),
        ([assistant("hi")], 'messages.0.role: first message must use the "user" role'),
        ([user("")], "messages.0.content: user messages must have non-empty"),
        ([user([])], "messages.0.content: user messages must have non-empty"),
        ([user(" \n")], "messages.0.content: text content blocks must contain non-whitespace"),
        ([user([text(" "), text("\n")])], "messages.0.content: text content blocks"),
        ([user("hi"), assistant(" "), user("a")], "messages.1.content: text content blocks"),
        ([user([tool_use()])], "messages.0.content.0: `tool_use` blocks are not permitted"),
        ([user("hi"), assistant([tool_result()]), user("a")],
         "messages.1.content.0: `tool_result` blocks are not permitted"),
        ([user("hi"), assistant([image()]), user("a")],
         "messages.1.content.0: `image` blocks are not permitted"),
        ([{"role": "tool", "content": "a"}], "messages.0.role: "),
        ([{"role": "user"}], "messages.0.content: Field required"),
        ([{"role": "user", "content": "a", "name": "b"}], "messages.0.name: Extra inputs"),
    ],
)  # fmt: skip
def test_bad_turns_are_named(messages: list[dict[str, Any]], expected: str) -> None:
    assert refusal_of(message_body(*messages)).startswith(expected)


@pytest.mark.parametrize(
    "messages",
    [
        [user("a"), user("b")],
        [assistant([SUMMARY]), user("a")],
        [assistant([SUMMARY])],
        [user("a"), assistant("b"), assistant("c"), user("d")],
        [user("a"), assistant(""), user("b")],
        [user("a"), assistant([]), user("b")],
        [user([text(" "), text("a")])],
        [user("a"), assistant([text("b"), tool_use()]), user([tool_result(), text("c")])],
        [user("a"), assistant([tool_use("t1"), tool_use("t2")]),
         user([tool_result("t2"), tool_result("t1", is_error=True)])],
    ],
)  # fmt: skip
def test_legal_turns_pass(messages: list[dict[str, Any]]) -> None:
    assert rejection(message_body(*messages)) is None


CALLED = [user("hi"), assistant([tool_use("t1"), tool_use("t2")])]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (CALLED, "messages.1: `tool_use` ids were found without"),
        ([*CALLED, user("no")], "messages.1: `tool_use` ids were found without"),
        ([*CALLED, user([tool_result("t1")])],
         "messages.1: `tool_use` ids were found without"),
        ([*CALLED, user([tool_result("t1")]), user([tool_result("t2")])], "messages.1: `tool_use`"),
        ([*CALLED, user([text("a"), tool_result("t1"), tool_result("t2")])],
         "messages.2.content.1: `tool_result` blocks must come first"),
        ([*CALLED, user([tool_result("t1"), tool_result("t2"), tool_result("t1")])],
         "messages.2.content.2.tool_use_id: a second"),
        ([user([tool_result("t9")])],
         "messages.0.content.0.tool_use_id: unexpected `tool_use_id`: t9"),
        ([*CALLED, user([tool_result("t1"), tool_result("t2")]), assistant([tool_use("t1")]),
          user([tool_result("t1")])],
         "messages.3.content: `tool_use` ids must be unique"),
    ],
)  # fmt: skip
def test_every_call_is_answered_once_in_the_very_next_message(
    messages: list[dict[str, Any]], expected: str
) -> None:
    assert refusal_of(message_body(*messages)).startswith(expected)


def test_the_calls_without_a_result_are_named() -> None:
    message = refusal_of(message_body(*CALLED, user([tool_result("t1")])))
    assert message.endswith(": t2")


def test_thinking_is_no_place_for_a_breakpoint() -> None:
    signature = sign("Hm.", Origin("claude-sonnet-4-6"))
    marked = {
        "type": "thinking",
        "thinking": "Hm.",
        "signature": signature,
        "cache_control": {"type": "ephemeral"},
    }
    message = refusal_of(message_body(user("a"), assistant([marked, text("b")]), user("c")))
    assert message == "messages.1.content.0.cache_control: Extra inputs are not permitted"


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-opus-4-5"])
def test_older_models_take_a_prefill(model: str) -> None:
    assert rejection(message_body(user("a"), assistant("The answer is ("), model=model)) is None


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-5", "claude-haiku-5-5"])
def test_newer_models_refuse_a_prefill(model: str) -> None:
    message = refusal_of(message_body(user("a"), assistant("The"), model=model))
    assert "assistant message prefill" in message


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "trailing whitespace"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}, "thinking"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "string"}}}},
         "output_config.format"),
        ({"tools": [{"name": "t", "input_schema": {"type": "object"}}],
          "tool_choice": {"type": "any"}}, "tool_choice"),
    ],
)  # fmt: skip
def test_what_a_prefill_excludes(fields: dict[str, Any], expected: str) -> None:
    start = "The " if not fields else "The"
    body = message_body(user("a"), assistant(start), model="claude-haiku-4-5", **fields)
    message = refusal_of(body)
    assert message.startswith("messages.1.content: ")
    assert expected in message


def test_a_paused_turn_is_no_prefill() -> None:
    paused = [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    assert rejection(message_body(user("a"), assistant(paused), tools=tools)) is None


def system(words: str) -> dict[str, Any]:
    return {"role": "system", "content": words}


@pytest.mark.parametrize(
    ("messages", "fine"),
    [
        ([user("a"), system("b")], True),
        ([user("a"), system("b"), assistant("c"), user("d")], True),
        ([user("a"), assistant("b"), system("c"), assistant("d"), user("e")], False),
        ([user("a"), system("b"), user("c")], False),
        ([system("a"), user("b")], False),
        ([user("a"), {"role": "system", "content": [image()]}], False),
    ],
)
def test_where_a_system_turn_may_stand(messages: list[dict[str, Any]], fine: bool) -> None:
    found = rejection(message_body(*messages, model="claude-opus-4-8"))
    assert (found is None) == fine


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-4-7", "claude-sonnet-5"])
def test_most_models_know_no_system_turns(model: str) -> None:
    message = refusal_of(message_body(user("a"), system("b"), model=model))
    assert message.startswith("messages.1.role: role 'system' is not supported")


def test_the_strict_version_refuses_a_document_said_by_the_assistant() -> None:
    body = message_body(user("a"), assistant([pdf(), text("b")]), user("c"))
    assert rejection(body) is None
    assert refusal_of(body, **STRICT).startswith("messages.1.content.0: `document`")


def test_the_strict_version_refuses_citations_said_by_the_user() -> None:
    cited = text("a", citations=[{"type": "char_location"}])
    assert rejection(message_body(user([cited]))) is None
    message = refusal_of(message_body(user([cited])), **STRICT)
    assert message.startswith("messages.0.content.0.citations: ")


def test_citations_are_on_for_all_documents_or_for_none() -> None:
    on, off = pdf(citations={"enabled": True}), pdf()
    assert rejection(message_body(user([on, on, text("a")]))) is None
    assert "citations" in refusal_of(message_body(user([on, off, text("a")])))


def test_citations_exclude_an_output_format() -> None:
    wanted = {"format": {"type": "json_schema", "schema": {"type": "string"}}}
    document = pdf(citations={"enabled": True})
    message = refusal_of(message_body(user([document, text("a")]), output_config=wanted))
    assert message.startswith("output_config.format: ")
