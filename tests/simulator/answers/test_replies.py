"""The answers that no script gives: text, tools, schemas, thinking, limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.replies import Reply, make_reply
from claude_cli.simulator.checks.parameters import check_model
from claude_cli.simulator.checks.signatures import origin_of
from claude_cli.simulator.checks.tokens import count_input
from claude_cli.values.schema import errors
from tests.simulator.bodies import (
    CLOCK,
    WEATHER,
    assistant,
    image,
    message_body,
    pdf,
    png,
    refusal_of,
    rejection,
    text,
    tool_result,
    tool_use,
    user,
)

FINGERPRINT = "0123456789abcdef" * 2


def reply(body: dict[str, Any]) -> Reply:
    """The answer, to a request that the checks let through."""
    betas = "structured-outputs-2025-11-13,compact-2026-09-04,inline-tools-2026-09-15"
    assert rejection(body, anthropic_beta=betas) is None
    use = InputUse(count_input(body))
    return make_reply(body, check_model(body["model"]), FINGERPRINT, use)


def answer(body: dict[str, Any]) -> dict[str, Any]:
    return reply(body).message


def words(message: dict[str, Any]) -> str:
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["content"]]


def test_the_same_request_gets_the_same_answer() -> None:
    body = message_body(user([image(), text("hi")]), tools=[WEATHER], temperature=0.5)
    assert answer(body) == answer(json.loads(json.dumps(body)))


def test_a_plain_answer_is_a_whole_message() -> None:
    message = answer(message_body())
    assert message["id"] == "msg_0123456789abcdef01234567"
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert (message["stop_reason"], message["stop_sequence"]) == ("end_turn", None)
    assert kinds(message) == ["text"]


def test_an_alias_is_answered_with_the_id() -> None:
    assert answer(message_body(model="claude-haiku-4-5"))["model"] == "claude-haiku-4-5-20251001"


def test_the_text_describes_what_was_received() -> None:
    notes = {"type": "text", "media_type": "text/plain", "data": "grüße"}
    said = words(
        answer(
            message_body(
                user("one"),
                assistant("two"),
                user([
                    image(png(30, 20)),
                    pdf(title="Report"),
                    {"type": "document", "source": notes},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/a"}},
                    {"type": "document", "source": {"type": "file", "file_id": "file_7"}},
                    text("piped words"),
                    text("Name a river in Taiwan."),
                ]),
                system="Be brief.",
                tools=[WEATHER, {"type": "web_search_20250305", "name": "web_search"}],
                temperature=0.25,
                stop_sequences=["END"],
            )
        )
    )  # fmt: skip
    assert said == (
        'You said: "Name a river in Taiwan."\n'
        "\n"
        "- model: `claude-sonnet-4-6`, simulated\n"
        "- messages: 3, of them 2 from the user\n"
        "- system prompt: 9 characters\n"
        "- text before the prompt: 11 bytes\n"
        f"- attachment: image/png, {len(png())} bytes, 30×20 pixels\n"
        "- attachment 'Report': application/pdf, 30 bytes\n"
        "- attachment: text/plain, 7 bytes\n"
        "- attachment: image at https://example.com/a\n"
        "- attachment: document `file_7`\n"
        "- tools: `get_weather`, `web_search`\n"
        "- parameters: `max_tokens` 1000, `temperature` 0.25, `stop_sequences` 1 given\n"
    )


def test_only_the_last_words_of_a_long_prompt_are_quoted() -> None:
    said = words(answer(message_body(user("a b c d e f g h i j k l m n"))))
    assert said.startswith('You said: "… c d e f g h i j k l m n"\n')


def test_a_long_list_of_attachments_is_summed_up() -> None:
    said = words(answer(message_body(user([image()] * 25))))
    assert said.count("- attachment: image/png") == 20
    assert "- attachments: 5 more\n" in said


def test_code_is_fenced_when_it_is_asked_for() -> None:
    assert "```python\n" in words(answer(message_body(user("Write a function, please."))))
    assert "```" not in words(answer(message_body(user("Write a poem, please."))))


# Limits


def test_the_answer_is_cut_at_max_tokens() -> None:
    message = answer(message_body(max_tokens=2))
    assert words(message) == "You said"
    assert message["stop_reason"] == "max_tokens"
    assert message["usage"]["output_tokens"] == 2


def test_zero_tokens_give_an_empty_answer() -> None:
    message = answer(message_body(max_tokens=0))
    assert (message["content"], message["stop_reason"]) == ([], "max_tokens")
    assert message["usage"]["output_tokens"] == 0


@given(st.integers(0, 80), st.lists(st.sampled_from(["a", "said", "- ", "\n", "zzz"])))
def test_no_answer_is_longer_than_allowed(limit: int, stops: list[str]) -> None:
    stops = [stop for stop in stops if stop.strip()]
    message = answer(message_body(max_tokens=limit, stop_sequences=stops))
    assert message["usage"]["output_tokens"] <= limit
    assert not any(stop in words(message) for stop in stops)


def test_the_first_stop_sequence_ends_the_text_and_is_not_in_it() -> None:
    body = message_body(user("say one two"), stop_sequences=["two", "one"])
    message = answer(body)
    assert words(message) == 'You said: "say '
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "one")


def test_max_tokens_before_a_stop_sequence_wins() -> None:
    body = message_body(user("say one"), stop_sequences=["one"], max_tokens=2)
    assert answer(body)["stop_reason"] == "max_tokens"


def test_an_answer_that_fills_the_window_says_so() -> None:
    body = message_body(user("word " * 159_996), model="claude-haiku-4-5", max_tokens=50)
    message = answer(body)
    assert message["stop_reason"] == "model_context_window_exceeded"
    assert message["usage"]["input_tokens"] + message["usage"]["output_tokens"] == 200_000


# Prefill and pause


@pytest.mark.parametrize(
    ("start", "continuation"),
    [("The answer is (", "and here"), ("The answer", " and here")],
)
def test_a_prefill_is_continued(start: str, continuation: str) -> None:
    body = message_body(user("Well?"), assistant(start), model="claude-haiku-4-5")
    assert words(answer(body)).startswith(continuation)


def test_a_paused_turn_is_resumed() -> None:
    paused = [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    message = answer(message_body(user("Use web_search"), assistant(paused), tools=tools))
    assert kinds(message) == ["web_search_tool_result", "text", "text", "text"]
    assert message["content"][0]["tool_use_id"] == "srvtoolu_1"
    assert "The paused turn goes on.\n" in words(message)


# Tools


def calls(body: dict[str, Any]) -> list[str]:
    message = answer(body)
    names = [block["name"] for block in message["content"] if block["type"] == "tool_use"]
    assert message["stop_reason"] == ("tool_use" if names else "end_turn")
    return names


@pytest.mark.parametrize(
    ("prompt", "fields", "expected"),
    [
        ("hi", {}, []),
        ("please use something", {}, ["get_weather"]),
        ("ask the clock", {}, ["clock"]),
        ("Get weather for Taipei", {}, ["get_weather"]),
        ("o'clock", {}, ["clock"]),
        ("the clockwork", {}, []),
        ("use the clock and get_weather, both", {}, ["get_weather", "clock"]),
        ("use clock twice", {}, ["clock", "clock"]),
        ("use clock twice", {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
         ["clock"]),
        ("hi", {"tool_choice": {"type": "any"}}, ["get_weather"]),
        ("the clock", {"tool_choice": {"type": "any"}}, ["clock"]),
        ("hi", {"tool_choice": {"type": "tool", "name": "clock"}}, ["clock"]),
        ("two of them", {"tool_choice": {"type": "tool", "name": "clock"}}, ["clock", "clock"]),
        ("use clock", {"tool_choice": {"type": "none"}}, []),
    ],
)  # fmt: skip
def test_which_tools_are_called(prompt: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert calls(message_body(user(prompt), tools=[WEATHER, CLOCK], **fields)) == expected


def test_a_tool_that_came_later_is_called_and_one_that_went_is_not() -> None:
    changes = [
        {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": CLOCK}},
        {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "get_weather"}},
    ]
    system = {"role": "system", "content": changes}
    turns = user("use get_weather and the clock, both"), system
    body = message_body(*turns, model="claude-opus-4-8", tools=[WEATHER])
    assert calls(body) == ["clock", "clock"]


def test_a_request_to_compact_is_answered_by_the_summary_alone() -> None:
    thinking = {"type": "adaptive"}
    message = answer(message_body(compaction={"type": "summarize"}, thinking=thinking))
    (block,) = message["content"]
    assert block["type"] == message["stop_reason"] == "compaction"
    assert "1 message(s)" in block["content"]
    assert block["signature"]


def test_calls_have_their_own_ids_and_fitting_inputs() -> None:
    message = answer(message_body(user("use get_weather twice"), tools=[WEATHER]))
    first, second = message["content"]
    assert first["id"] != second["id"]
    assert first["id"].startswith("toolu_")
    assert first["input"] == {"city": "city"}
    assert errors(WEATHER["input_schema"], first["input"]) == []


def test_an_optional_parameter_is_left_alone() -> None:
    pages = {"type": "string", "pattern": "^[0-9]+-[0-9]+$"}
    read = {
        "name": "Read",
        "input_schema": {
            "type": "object",
            "properties": {"file_path": {"type": "string"}, "pages": pages},
            "required": ["file_path"],
        },
    }
    message = answer(message_body(user("use Read"), tools=[read]))
    assert message["content"][0]["input"] == {"file_path": "file_path"}


def test_a_tool_that_was_not_called_yet_is_preferred_where_one_is_forced() -> None:
    tools = [WEATHER, CLOCK]
    forced: dict[str, Any] = {"tools": tools, "tool_choice": {"type": "any"}}
    assert calls(message_body(user("hi"), **forced)) == ["get_weather"]
    messages = (user("hi"), assistant([tool_use()]), user([tool_result()]))
    assert calls(message_body(*messages, **forced)) == ["clock"]


def test_an_example_of_the_input_is_taken() -> None:
    tool = {**WEATHER, "input_examples": [{"city": "Tainan"}]}
    message = answer(message_body(user("use it"), tools=[tool]))
    assert message["content"][0]["input"] == {"city": "Tainan"}


def test_the_api_s_own_client_tools_get_an_input_that_works() -> None:
    message = answer(
        message_body(user("use bash"), tools=[{"type": "bash_20250124", "name": "bash"}])
    )
    assert message["content"][0]["input"] == {"command": "echo simulated"}


def test_a_call_cut_by_max_tokens_shows_no_input() -> None:
    made = reply(message_body(user("use get_weather"), tools=[WEATHER], max_tokens=6))
    assert made.message["stop_reason"] == "max_tokens"
    assert made.message["content"][-1]["input"] == {}
    assert made.cut_input == '{"city": "ci'


def test_results_are_described_and_nothing_more_is_called() -> None:
    body = message_body(
        user("use get_weather"),
        assistant([tool_use("t1"), tool_use("t2", "clock")]),
        user(
            [
                tool_result("t1", "sunny"),
                tool_result("t2", [text("broken")], is_error=True),
                text("use the clock"),
            ]
        ),
        tools=[WEATHER, CLOCK],
    )
    message = answer(body)
    assert message["stop_reason"] == "end_turn"
    assert words(message).startswith(
        "The tools answered:\n"
        "\n"
        '- `get_weather`: a result, 5 bytes: "sunny"\n'
        '- `clock`: an error, 6 bytes: "broken"\n'
    )


def test_a_forced_tool_is_called_again_and_again() -> None:
    body = message_body(
        user("hi"),
        assistant([tool_use()]),
        user([tool_result()]),
        tools=[WEATHER],
        tool_choice={"type": "any"},
    )
    assert calls(body) == ["get_weather"]


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"type": "web_search_20250305", "name": "web_search"},
         ["server_tool_use", "web_search_tool_result", "text", "text", "text"]),
        ({"type": "web_fetch_20250910", "name": "web_fetch"},
         ["server_tool_use", "web_fetch_tool_result", "text"]),
        ({"type": "code_execution_20250825", "name": "code_execution"},
         ["server_tool_use", "bash_code_execution_tool_result", "text"]),
        ({"type": "tool_search_tool_regex", "name": "tool_search_tool_regex"},
         ["server_tool_use", "tool_search_tool_result", "text"]),
    ],
)  # fmt: skip
def test_the_api_runs_its_own_tools(tool: dict[str, Any], expected: list[str]) -> None:
    message = answer(message_body(user(f"use {tool['name']}"), tools=[tool]))
    assert kinds(message) == expected
    assert message["stop_reason"] == "end_turn"


FROM_CODE = {**CLOCK, "allowed_callers": ["code_execution_20260120"]}
CODE = {"type": "code_execution_20260120", "name": "code_execution"}


def test_code_that_waits_for_a_tool_goes_on_in_its_container() -> None:
    tools = [CODE, FROM_CODE]
    asked = message_body(user("ask the clock"), tools=tools)
    first = answer(asked)
    code, call = first["content"]
    assert (code["name"], call["name"], first["stop_reason"]) == (
        "code_execution",
        "clock",
        "tool_use",
    )
    assert call["caller"] == {"type": "code_execution_20260120", "tool_id": code["id"]}
    messages = [*asked["messages"], assistant(first["content"]), user([tool_result(call["id"])])]
    refusal = refusal_of(message_body(*messages, tools=tools))
    assert refusal.startswith("container_id is required when there are pending tool uses")
    container = first["container"]["id"]
    second = answer(message_body(*messages, tools=tools, container=container))
    assert kinds(second) == ["code_execution_tool_result", "text"]
    assert second["content"][0]["tool_use_id"] == code["id"]


@pytest.mark.parametrize(
    ("tool", "runs_code"),
    [
        ({"type": "web_search_20260318", "name": "web_search"}, True),
        ({"type": "web_search_20260318", "name": "web_search", "allowed_callers": ["direct"]},
         False),
        ({"type": "web_search_20250305", "name": "web_search"}, False),
        (CODE, True),
    ],
)  # fmt: skip
def test_what_runs_code_has_a_container(tool: dict[str, Any], runs_code: bool) -> None:
    message = answer(message_body(user(f"use {tool['name']}"), tools=[tool]))
    assert ("container" in message) is runs_code
    again = answer(message_body(user(f"use {tool['name']}"), tools=[tool], container="mine"))
    assert again.get("container", {}).get("id") == ("mine" if runs_code else None)


def test_a_search_is_cited_and_counted() -> None:
    tool = {"type": "web_search_20250305", "name": "web_search"}
    body = message_body(user("use web_search"), tools=[tool])
    message = answer(body)
    assert message["content"][2]["citations"][0]["type"] == "web_search_result_location"
    assert message["usage"]["server_tool_use"] == {
        "web_search_requests": 1,
        "web_fetch_requests": 0,
    }
    again = message_body(*body["messages"], assistant(message["content"]), user("and?"))
    assert rejection(again) is None


# Structured output


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "kind": {"enum": ["a", "b"]}},
    "required": ["kind"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "fields",
    [
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        {"output_format": {"type": "json_schema", "schema": SCHEMA}},
    ],
)
def test_the_answer_fits_the_schema(fields: dict[str, Any]) -> None:
    message = answer(message_body(**fields))
    assert json.loads(words(message)) == {"kind": "a", "name": "name"}


def test_a_schema_does_not_save_the_answer_from_max_tokens() -> None:
    wanted = {"format": {"type": "json_schema", "schema": SCHEMA}}
    message = answer(message_body(output_config=wanted, max_tokens=2))
    assert (words(message), message["stop_reason"]) == ('{"kind":', "max_tokens")


# Thinking


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        ("claude-sonnet-4-6", None, None),
        ("claude-sonnet-4-6", {"type": "adaptive"}, "shown"),
        ("claude-sonnet-4-6", {"type": "adaptive", "display": "omitted"}, "empty"),
        ("claude-opus-4-5", {"type": "enabled", "budget_tokens": 1024}, "shown"),
        ("claude-opus-4-8", {"type": "adaptive"}, "empty"),
        ("claude-opus-4-8", {"type": "adaptive", "display": "summarized"}, "shown"),
        ("claude-opus-4-8", {"type": "disabled"}, None),
        ("claude-sonnet-5", None, "empty"),
        ("claude-sonnet-5-5", {"type": "between_tools"}, None),
    ],
)
def test_when_thinking_is_there_and_how_it_shows(
    model: str, thinking: dict[str, Any] | None, expected: str | None
) -> None:
    fields = {"thinking": thinking} if thinking else {}
    message = answer(message_body(model=model, max_tokens=2000, **fields))
    if expected is None:
        assert kinds(message) == ["text"]
        return
    assert kinds(message) == ["thinking", "text"]
    block = message["content"][0]
    assert bool(block["thinking"]) == (expected == "shown")
    assert origin_of(block["thinking"], block["signature"]) == (message["model"], "", "")


def test_omitted_thinking_is_billed_in_full() -> None:
    adaptive = {"type": "adaptive"}
    shown = answer(message_body(thinking={**adaptive, "display": "summarized"}))["usage"]
    omitted = answer(message_body(thinking={**adaptive, "display": "omitted"}))["usage"]
    assert shown["output_tokens_details"] == omitted["output_tokens_details"]
    assert omitted["output_tokens_details"]["thinking_tokens"] > 10


@pytest.mark.parametrize("display", ["summarized", "omitted"])
def test_a_tool_loop_with_thinking_comes_round(display: str) -> None:
    adaptive = {"type": "adaptive", "display": display}
    body = message_body(user("use clock"), tools=[CLOCK], thinking=adaptive)
    first = answer(body)
    assert kinds(first) == ["thinking", "tool_use"]
    result = tool_result(first["content"][1]["id"])
    body["messages"] += [assistant(first["content"]), user([result])]
    assert kinds(answer(body)) == ["thinking", "text"]


def test_a_forced_call_comes_without_thinking() -> None:
    body = message_body(tools=[CLOCK], tool_choice={"type": "any"}, thinking={"type": "adaptive"})
    assert kinds(answer(body)) == ["tool_use"]


def test_manual_thinking_ends_in_a_loop_that_lost_it() -> None:
    manual = {"type": "enabled", "budget_tokens": 1024}
    body = message_body(
        user("use get_weather"),
        assistant([tool_use()]),
        user([tool_result()]),
        tools=[WEATHER],
        thinking=manual,
        max_tokens=2000,
    )
    assert kinds(answer(body)) == ["text"]


# Usage


def test_usage_tells_where_and_how_fast() -> None:
    body = message_body(model="claude-opus-5-5", speed="fast", inference_geo="us")
    usage = answer(body)["usage"]
    assert (usage["speed"], usage["inference_geo"]) == ("fast", "us")
    assert usage["service_tier"] == "standard"
    as_usual = answer(message_body(model="claude-opus-4-6", speed="fast"))["usage"]
    assert as_usual["speed"] == "standard"


def test_cached_tokens_are_told_by_lifetime() -> None:
    body = message_body()
    model = check_model(body["model"])
    usage = make_reply(body, model, FINGERPRINT, InputUse(1, 2, 3, 4)).message["usage"]
    assert usage["input_tokens"] == 1
    assert usage["cache_read_input_tokens"] == 2
    assert usage["cache_creation_input_tokens"] == 7
    assert usage["cache_creation"] == {
        "ephemeral_5m_input_tokens": 3,
        "ephemeral_1h_input_tokens": 4,
    }
