"""Compaction on the server: when it happens, and what it costs."""

from typing import Any

import pytest

from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.replies import make_reply
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.request import check_message
from claude_cli.simulator.checks.tokens import count_input
from tests.simulator.bodies import assistant, message_body, refusal_of, user

BETAS = ("compact-2026-01-12", "compact-2026-09-04", "server-side-fallback-2026-07-01",
         "advisor-tool-2026-03-01")  # fmt: skip
LONG = "word " * 50_000  # more than 50,000 tokens


def answer(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    checked = check_message(message_body(*messages, **fields), Dialect(betas=frozenset(BETAS)))
    use = InputUse(count_input(checked.body))
    return make_reply(checked.body, checked.model, "0" * 32, use).message


def edit(**fields: Any) -> dict[str, Any]:
    trigger = {"type": "input_tokens", "value": 50_000}
    return {"edits": [{"type": "compact_20260112", "trigger": trigger, **fields}]}


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["content"]]


def test_a_long_conversation_is_compacted_before_it_is_answered() -> None:
    message = answer(user(LONG), context_management=edit())
    assert (kinds(message), message["stop_reason"]) == (["compaction", "text"], "end_turn")
    compaction, said = message["usage"]["iterations"]
    assert (compaction["type"], said["type"]) == ("compaction", "message")
    assert compaction["input_tokens"] > 50_000 > said["input_tokens"]
    for name in ("input_tokens", "output_tokens"):
        assert message["usage"][name] == said[name] > 0
    assert {*message["usage"]["cache_creation"].values()} == {0}


def test_it_may_pause_after_it_and_goes_on_when_asked_again() -> None:
    paused = answer(user(LONG), context_management=edit(pause_after_compaction=True))
    assert (kinds(paused), paused["stop_reason"]) == (["compaction"], "compaction")
    (only,) = paused["usage"]["iterations"]
    assert only["type"] == "compaction"
    assert (paused["usage"]["input_tokens"], paused["usage"]["output_tokens"]) == (0, 0)
    messages = (user(LONG), assistant(paused["content"]))
    resumed = answer(*messages, context_management=edit(pause_after_compaction=True))
    assert (kinds(resumed), resumed["stop_reason"]) == (["text"], "end_turn")
    assert resumed["usage"]["input_tokens"] < 1000


def test_a_short_conversation_is_left_alone() -> None:
    message = answer(user("hi"), context_management=edit())
    assert kinds(message) == ["text"]
    (only,) = message["usage"]["iterations"]
    assert only["type"] == "message"
    assert only["output_tokens"] == message["usage"]["output_tokens"]


def test_a_trigger_has_a_least_value() -> None:
    body = message_body(context_management=edit(trigger={"type": "input_tokens", "value": 100}))
    refusal = refusal_of(body, anthropic_beta="compact-2026-01-12")
    assert refusal.startswith("context_management.edits.trigger: ")


def test_a_summary_that_was_asked_for_is_billed_as_one() -> None:
    message = answer(compaction={"type": "summarize"})
    assert kinds(message) == ["compaction"]
    (only,) = message["usage"]["iterations"]
    assert only["type"] == "compaction"
    assert only["input_tokens"] > 0 == message["usage"]["input_tokens"]


ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-5"}


@pytest.mark.parametrize("fields", [{"fallbacks": "default"}, {"tools": [ADVISOR]}])
def test_who_may_ask_another_model_is_told_the_iterations(fields: dict[str, Any]) -> None:
    assert [one["type"] for one in answer(**fields)["usage"]["iterations"]] == ["message"]


def test_others_are_not() -> None:
    assert "iterations" not in answer()["usage"]
