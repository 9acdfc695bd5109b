"""What of an answer goes back: everything the API takes, and nothing it refuses."""

import json
from typing import Any

import pytest

from claude_cli.session.format import Record, new_answer, new_user
from claude_cli.session.resend import (
    NOT_RUN,
    answer_content,
    complete_calls,
    messages_of,
)

TEXT = {"type": "text", "text": "Hello.", "citations": None}
THINKING = {"type": "thinking", "thinking": "", "signature": "c2ln"}
REDACTED = {"type": "redacted_thinking", "data": "b3BhcXVl"}
UNKNOWN = {"zeta": 1, "type": "hologram", "alpha": [{"type": "text", "text": ""}]}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {"z": 1, "a": 2}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}


def answer(*content: Any, stop: str = "end_turn", **record: Any) -> Record:
    message: Any = {"model": "claude-sonnet-4-6", "content": list(content), "stop_reason": stop}
    return new_answer("parent", message, **record)


def result(call: str, **more: Any) -> Any:
    return {"type": "tool_result", "tool_use_id": call} | more


def test_every_kind_of_block_goes_back_byte_for_byte() -> None:
    blocks = [THINKING, REDACTED, TEXT, SEARCH, FOUND, UNKNOWN, CALL]
    sent = answer_content(answer(*blocks))
    assert json.dumps(sent) == json.dumps(blocks)


@pytest.mark.parametrize("empty", [{"type": "text", "text": ""}, {"type": "text"}])
def test_empty_text_stays_behind(empty: dict[str, Any]) -> None:
    assert answer_content(answer(empty, CALL, empty)) == [CALL]


@pytest.mark.parametrize("texts", [[], [""], [" \n", "\t"]])
def test_an_answer_of_white_space_alone_goes_back_empty(texts: list[str]) -> None:
    assert answer_content(answer(*({"type": "text", "text": text} for text in texts))) == []


def test_white_space_beside_something_else_is_kept() -> None:
    space = {"type": "text", "text": "\n\n"}
    assert answer_content(answer(space, CALL)) == [space, CALL]


def test_thinking_of_another_model_goes_back_for_the_api_to_judge() -> None:
    record = answer(THINKING, REDACTED, TEXT, model="claude-opus-4-6")
    assert answer_content(record) == [THINKING, REDACTED, TEXT]


def test_a_partial_answer_goes_back_without_what_the_cut_left_unfinished() -> None:
    unsigned = {"type": "thinking", "thinking": "Well", "signature": ""}
    cut_call = {"type": "tool_use", "id": "toolu_2", "name": "tide", "input": '{"at'}
    record = answer(THINKING, TEXT, SEARCH, unsigned, cut_call, status="partial")
    assert answer_content(record) == [THINKING, TEXT]


def test_a_server_call_that_was_answered_stays_in_a_partial_answer() -> None:
    record = answer(SEARCH, FOUND, TEXT, status="partial")
    assert answer_content(record) == [SEARCH, FOUND, TEXT]


def test_a_paused_answer_goes_back_unchanged_only_where_the_server_resumed_it() -> None:
    record = answer(TEXT, SEARCH, stop="pause_turn")
    assert answer_content(record, results=["srvtoolu_1"]) == [TEXT, SEARCH]
    assert answer_content(record) == [TEXT]


def test_a_prefill_is_put_in_front_of_what_came_after_it() -> None:
    record = answer(TEXT, prefill="Well: ")
    assert answer_content(record) == [TEXT | {"text": "Well: Hello."}]
    assert record["message"]["content"] == [TEXT]
    assert answer_content(answer(CALL, prefill="So")) == [{"type": "text", "text": "So"}, CALL]


def test_calls_without_a_result_are_answered_with_an_error() -> None:
    content = complete_calls("And now?", ["toolu_1", "toolu_2"], [])
    assert content == [
        result("toolu_1", content=NOT_RUN, is_error=True),
        result("toolu_2", content=NOT_RUN, is_error=True),
        {"type": "text", "text": "And now?"},
    ]


def test_results_stand_first_and_in_the_order_of_the_calls() -> None:
    text: Any = {"type": "text", "text": "Go on."}
    given = [text, result("b", content="2"), result("a", content="1")]
    assert complete_calls(given, ["a", "b"], []) == [given[2], given[1], text]


def test_a_result_that_was_kept_before_a_crash_is_not_lost() -> None:
    kept = [result("a", content="1")]
    assert complete_calls("x", ["a"], kept) == [*kept, {"type": "text", "text": "x"}]


def test_a_result_of_no_call_is_left_out() -> None:
    text: Any = {"type": "text", "text": "x"}
    assert complete_calls([result("gone"), text], [], []) == [text]


def test_content_is_left_alone_where_no_call_waits() -> None:
    assert complete_calls("as it is", [], []) == "as it is"


# A chain


def prompt(*content: Any) -> Record:
    return new_user("p", [*content] if content else "q", "h")


CODE = {"type": "server_tool_use", "id": "srvtoolu_2", "name": "code_execution", "input": {}}
FROM_CODE = CALL | {"caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_2"}}
RAN = {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_2", "content": {}}


@pytest.mark.parametrize("stop", ["max_tokens", "refusal", "tool_use", "pause_turn", "end_turn"])
def test_a_call_of_a_server_tool_without_its_result_stays_behind(stop: str) -> None:
    assert messages_of([answer(TEXT, SEARCH, stop=stop)])[0]["content"] == [TEXT]


def test_a_call_whose_result_stands_in_a_later_answer_goes_back_with_it() -> None:
    both = [answer(SEARCH, CALL, stop="tool_use"), prompt(result("toolu_1")), answer(FOUND, TEXT)]
    contents = [m["content"] for m in messages_of(both)]
    assert contents == [[SEARCH, CALL], [result("toolu_1")], [FOUND, TEXT]]


def test_a_client_call_made_by_code_that_never_ended_stays_behind_with_its_result() -> None:
    chain = [answer(TEXT, CODE, FROM_CODE), prompt(result("toolu_1"), TEXT)]
    assert [m["content"] for m in messages_of(chain)] == [[TEXT], [TEXT]]
    ended = [*chain[:1], prompt(result("toolu_1")), answer(RAN, TEXT)]
    assert messages_of(ended)[0]["content"] == [TEXT, CODE, FROM_CODE]


def test_a_call_with_the_id_of_another_provider_stays_behind_with_its_result() -> None:
    foreign = SEARCH | {"id": "call_1|x"}
    found = FOUND | {"tool_use_id": "call_1|x"}
    assert messages_of([answer(foreign, found, TEXT)])[0]["content"] == [TEXT]


def test_where_nothing_but_thinking_is_left_the_answer_goes_back_empty() -> None:
    assert messages_of([answer(THINKING, SEARCH, stop="max_tokens")])[0]["content"] == []


@pytest.mark.parametrize("content", ["", " \n", [], [{"type": "text", "text": ""}]])
def test_a_blank_prompt_goes_back_as_a_point(content: Any) -> None:
    [sent] = messages_of([new_user(None, content, "h")])
    assert sent["content"] == [{"type": "text", "text": "."}]


def test_empty_text_in_the_result_of_a_tool_stays_behind() -> None:
    parts = [{"type": "text", "text": ""}, {"type": "text", "text": "04:12"}]
    chain = [answer(CALL), prompt(result("toolu_1", content=parts))]
    assert messages_of(chain)[1]["content"] == [result("toolu_1", content=parts[1:])]


def test_a_call_that_the_next_prompt_does_not_answer_is_answered_there() -> None:
    contents = [m["content"] for m in messages_of([answer(CALL), prompt(TEXT), answer(TEXT)])]
    assert contents[1] == [result("toolu_1", content=NOT_RUN, is_error=True), TEXT]


def test_of_what_a_model_began_before_another_took_over_only_the_words_go_back() -> None:
    fallback = {"type": "fallback", "from": {}, "to": {}}
    record = answer(THINKING, TEXT, CALL, fallback, THINKING, TEXT)
    assert answer_content(record) == [TEXT, fallback, THINKING, TEXT]
