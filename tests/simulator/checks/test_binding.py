"""Thinking that comes back: what keeps it valid, what does not, and what becomes of it then."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from claude_cli.simulator.answers.prompt_cache import InputUse
from claude_cli.simulator.answers.replies import make_reply
from claude_cli.simulator.checks.headers import Dialect
from claude_cli.simulator.checks.request import Checked, check_count, check_message
from claude_cli.simulator.wire.rejections import Rejection
from tests.simulator.bodies import CLOCK, WEATHER, assistant, message_body, refusal_of, text, user

CONTROLS = "thinking-binding-controls-2026-08-01"
BOUND = "claude-opus-5-5"
FREE = "claude-opus-5"
MOVED = "Invalid `signature` in `thinking` block. The block is bound to a different conversation"
Body = dict[str, Any]
Change = Callable[[Body], Any]


def talk(model: str = BOUND, turns: int = 3, **fields: Any) -> Body:
    """A conversation of so many answers, and a last word of the user."""
    body = message_body(model=model, max_tokens=4000, system="Be kind.", tools=[CLOCK], **fields)
    for turn in range(turns):
        checked = check_message(body, Dialect())
        reply = make_reply(checked.body, checked.model, f"{turn}" * 32, InputUse(1))
        body["messages"] += [assistant(reply.message["content"]), user(f"word {turn}")]
    return body


def changed(change: Change, **how: Any) -> Body:
    body = copy.deepcopy(talk(**how))
    change(body)
    return body


def drops(body: Body, *, batch: bool = False, beta: bool = True) -> Checked:
    betas = frozenset({CONTROLS} if beta else ())
    return check_message(body, Dialect(betas=betas, batch=batch))


def drop_block(body: Body) -> Body:
    binding = {"prefix_mismatch_behavior": "drop_block"}
    return {**body, "thinking": {"type": "adaptive", "block_binding": binding}}


def thinking_at(body: Body) -> list[str]:
    return [
        f"messages.{number}.content.{index}"
        for number, message in enumerate(body["messages"])
        if not isinstance(message["content"], str)
        for index, block in enumerate(message["content"])
        if block["type"] == "thinking"
    ]


def other_system(body: Body) -> None:
    body["system"] = "Be rude."


def other_tools(body: Body) -> None:
    body["tools"] = [CLOCK, WEATHER]


def no_tools(body: Body) -> None:
    del body["tools"]


def other_words(body: Body) -> None:
    body["messages"][0] = user("ho")


def first_turn_dropped(body: Body) -> None:
    del body["messages"][:2]


def middle_thinking_dropped(body: Body) -> None:
    del body["messages"][3]["content"][0]


CHANGES = [other_system, other_tools, no_tools, other_words, first_turn_dropped]


@pytest.mark.parametrize("change", [*CHANGES, middle_thinking_dropped])
def test_thinking_is_bound_to_all_that_was_sent_before_it(change: Change) -> None:
    refusal = refusal_of(changed(change))
    place = 5 if change is middle_thinking_dropped else 1
    assert refusal.startswith(f"messages.{place}.content.0: {MOVED}")
    assert refusal.endswith(f"beta header {CONTROLS}.")
    with pytest.raises(Rejection, match="bound to a different conversation"):
        body = changed(change)
        check_count({name: body[name] for name in body if name != "max_tokens"}, Dialect())


def move_breakpoint(body: Body) -> None:
    body["messages"][0]["content"] = [text("hi", cache_control={"type": "ephemeral"})]
    body["system"] = [text("Be kind.", cache_control={"type": "ephemeral"})]


def other_parameters(body: Body) -> None:
    body.update(max_tokens=9, output_config={"effort": "low"}, metadata={"user_id": "u"})


def oldest_thinking_dropped(body: Body) -> None:
    del body["messages"][1]["content"][0]


def all_thinking_dropped(body: Body) -> None:
    for number in (1, 3, 5):
        del body["messages"][number]["content"][0]


def end_cut_off(body: Body) -> None:
    del body["messages"][3:]


def defer_another_tool(body: Body) -> None:
    body["tools"] = [CLOCK, {**WEATHER, "defer_loading": True}]


def new_order_of_keys(body: Body) -> None:
    body["tools"] = [dict(reversed(CLOCK.items()))]


@pytest.mark.parametrize(
    "change",
    [move_breakpoint, other_parameters, oldest_thinking_dropped, all_thinking_dropped, end_cut_off,
     defer_another_tool, new_order_of_keys],
)  # fmt: skip
def test_what_leaves_thinking_valid(change: Change) -> None:
    assert drops(changed(change)).transformations == []


@pytest.mark.parametrize("change", CHANGES)
def test_older_models_bind_their_thinking_to_nothing(change: Change) -> None:
    assert drops(changed(change, model=FREE)).transformations == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("batch", [False, True])
def test_what_is_not_valid_can_be_dropped(change: Change, batch: bool) -> None:
    body = changed(change)
    found = drops(body if batch else drop_block(body), batch=batch)
    reasons = {drop["reason"] for drop in found.transformations}
    assert [drop["path"] for drop in found.transformations] == thinking_at(body)
    assert reasons == {"prefix_binding_mismatch"}
    assert thinking_at(found.body) == []


def test_an_error_can_be_asked_for_in_a_batch_too() -> None:
    body = changed(other_system)
    binding = {"prefix_mismatch_behavior": "error"}
    body["thinking"] = {"type": "adaptive", "block_binding": binding}
    with pytest.raises(Rejection) as refused:
        drops(body, batch=True)
    assert refused.value.message.endswith('to "drop_block".')


def test_what_was_thought_after_a_change_stays_valid() -> None:
    body = drop_block(changed(other_system))
    checked = drops(body)
    reply = make_reply(checked.body, checked.model, "f" * 32, InputUse(1))
    body["messages"] = [*body["messages"], assistant(reply.message["content"]), user("on")]
    assert [drop["path"] for drop in drops(body).transformations] == thinking_at(body)[:3]


def test_block_binding_needs_its_beta() -> None:
    refusal = "thinking.block_binding: Extra inputs are not permitted"
    assert refusal_of(drop_block(talk())) == refusal


@pytest.mark.parametrize("model", [FREE, BOUND, "claude-sonnet-4-6"])
def test_altered_thinking_is_refused(model: str) -> None:
    for name, value in (("signature", "forged"), ("signature", "ä"), ("thinking", "Hm!")):
        body = talk(model, thinking={"type": "adaptive"}, turns=1)
        body["messages"][1]["content"][0][name] = value
        refusal = refusal_of(body)
        assert refusal.startswith("messages.1.content.0: Invalid `signature` in `thinking` block")
        assert "different conversation" not in refusal


@pytest.mark.parametrize(("made", "asked"), [(BOUND, FREE), (FREE, BOUND)])
def test_thinking_of_another_model_is_dropped_in_silence(made: str, asked: str) -> None:
    body = {**talk(made), "model": asked}
    found = drops(body)
    assert thinking_at(found.body) == []
    assert {drop["reason"] for drop in found.transformations} == {"model_binding_mismatch"}


def test_an_alias_thinks_as_its_model() -> None:
    budget = {"type": "enabled", "budget_tokens": 1024}
    body = talk("claude-haiku-4-5-20251001", thinking=budget)
    assert drops({**body, "model": "claude-haiku-4-5"}).transformations == []
    assert len(thinking_at(body)) == 3


def test_a_summary_of_the_server_begins_a_new_prefix() -> None:
    summary = assistant([{"type": "compaction", "content": "A talk."}])
    body = message_body(user("hi"), summary, user("on"), model=BOUND, max_tokens=4000)
    beta = frozenset({"compact-2026-09-04"})
    checked = check_message(body, Dialect(betas=beta))
    reply = make_reply(checked.body, checked.model, "f" * 32, InputUse(1))
    messages = [summary, user("on"), assistant(reply.message["content"]), user("more")]
    later = check_message({**body, "messages": messages}, Dialect(betas=beta))
    assert later.transformations == []
