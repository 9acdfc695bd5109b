"""Thinking that is bound to what was sent before it: no more is sent back than the API takes."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from claude_cli.session.binding import digest_of, has_thinking, without_unbound
from claude_cli.session.journal import Session
from tests.session.conversations import message

BOUND, FREE = "claude-opus-5-5", "claude-opus-4-8"


def binds(model: str) -> bool:
    return model == BOUND


class Api:
    """Signs the thinking of BOUND over all that it was sent, refuses it behind anything else."""

    def __init__(self) -> None:
        self.signed: dict[str, str | None] = {}
        self.kept = 0

    def answer(self, body: dict[str, Any]) -> Any:
        self.check(body)
        signature = f"s{len(self.signed)}"
        prefix = self._prefix(body, len(body["messages"]))
        self.signed[signature] = prefix if body["model"] == BOUND else None
        thinking = {"type": "thinking", "thinking": "", "signature": signature}
        return message(thinking, "fine") | {"model": body["model"]}

    def check(self, body: dict[str, Any]) -> None:
        self.kept = 0
        for number, sent in enumerate(body["messages"]):
            for block in sent["content"] if isinstance(sent["content"], list) else ():
                if block["type"] == "thinking":
                    self.kept += 1
                    same = self.signed[block["signature"]] in (None, self._prefix(body, number))
                    assert same or body["model"] != BOUND, "bound to a different conversation"

    def _prefix(self, body: dict[str, Any], number: int) -> str:
        before = [m | {"content": self._content(m["content"])} for m in body["messages"][:number]]
        return json.dumps([body.get("system"), body.get("tools"), before])

    def _content(self, content: Any) -> Any:
        return [{"type": "text", "text": content}] if isinstance(content, str) else content


class Turns(RuleBasedStateMachine):
    """A conversation whose system prompt, tools, model and history change at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.api = Api()
        self.count = 0
        self.changed = False
        self.answers = 0

    def _body(self, model: str, system: str, tools: int, history: int | None) -> dict[str, Any]:
        self.count += 1
        body: dict[str, Any] = {"model": model, "system": system, "tools": [{"name": "t"}] * tools}
        new = {"role": "user", "content": f"q{self.count}"}
        body["messages"] = [*self.session.context(history), new]
        return self.session.sendable(body, binds)

    @rule(
        model=st.sampled_from([BOUND, BOUND, FREE]),
        system=st.sampled_from(["one", "one", "two"]),
        tools=st.sampled_from([0, 0, 1]),
        history=st.sampled_from([None, None, 1]),
    )
    def turn(self, model: str, system: str, tools: int, history: int | None) -> None:
        self._take(self._body(model, system, tools, history))
        self.changed |= (model, system, tools, history) != (BOUND, "one", 0, None)

    def _take(self, body: dict[str, Any]) -> None:
        answer = self.api.answer(body)
        self.session.append_user(body["messages"][-1]["content"])
        self.session.append_answer(answer, model=body["model"], bound_to=digest_of(body))
        self.answers += 1

    @precondition(lambda self: not self.changed)
    @rule()
    def unchanged_turn_keeps_all_thinking(self) -> None:
        self._take(self._body(BOUND, "one", 0, None))
        assert self.api.kept == self.answers - 1

    @rule()
    def undo(self) -> None:
        if self.session.undo() is not None:
            self.answers = max(0, self.answers - 1)

    @precondition(lambda self: self.session.transcript.base)
    @rule()
    def compact(self) -> None:
        body = self._body(BOUND, "one", 0, None)
        self.session.compact("Sum up.", self.api.answer(body), model=BOUND)
        self.changed = True


TestTurns = Turns.TestCase
TestTurns.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)


def test_a_changed_system_prompt_drops_the_thinking_before_it_and_keeps_what_follows() -> None:
    session, api = Session(), Api()
    body: Any = {}
    for number, system in enumerate(["one", "two", "two"]):
        new = {"role": "user", "content": f"q{number}"}
        body = {"model": BOUND, "system": system, "messages": [*session.context(), new]}
        body = session.sendable(body, binds)
        answer = api.answer(body)
        session.append_user(f"q{number}")
        session.append_answer(answer, model=BOUND, bound_to=digest_of(body))
    assert [has_thinking(m) for m in body["messages"]] == [False, False, False, True, False]


A, B = {"name": "a"}, {"name": "b"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"system": "a"}, {"system": [{"type": "text", "text": "a"}]}, True),
        ({"tools": [{"name": "t", "cache_control": {}}]}, {"tools": [{"name": "t"}]}, True),
        ({"tools": [{"a": 1, "b": 2}]}, {"tools": [{"b": 2, "a": 1}]}, True),
        ({"max_tokens": 1, "tool_choice": {}}, {}, True),
        ({"system": "a"}, {"system": "b"}, False),
        (
            {"tools": [{"name": "a"}, {"name": "b"}]},
            {"tools": [{"name": "b"}, {"name": "a"}]},
            False,
        ),
    ],
)
def test_only_what_the_api_compares_is_in_the_digest(one: Any, other: Any, same: bool) -> None:
    messages = {"messages": [{"role": "user", "content": "q"}]}
    assert (digest_of(one | messages) == digest_of(other | messages)) is same


def test_thinking_that_nobody_knows_is_left_to_the_api() -> None:
    block = {"type": "thinking", "thinking": "", "signature": "theirs"}
    body: Any = {"messages": [{"role": "assistant", "content": [block]}]}
    assert without_unbound(body, {"ours": {"x"}}) == body


@pytest.mark.parametrize(
    ("signatures", "words", "left"),
    [
        (["bound"], ["said"], ["said"]),
        (["bound", "free"], ["said"], ["free", "said"]),
        (["bound", "free"], [], []),
        (["free"], [], ["free"]),
    ],
)
def test_what_was_said_stays_without_its_thinking_and_thinking_alone_does_not(
    signatures: list[str], words: list[str], left: list[str]
) -> None:
    thinking = [{"type": "thinking", "thinking": "", "signature": s} for s in signatures]
    said = [{"type": "text", "text": word} for word in words]
    body: Any = {"messages": [{"role": "assistant", "content": [*thinking, *said]}]}
    [message] = without_unbound(body, {"bound": {"another digest"}})["messages"]
    assert [block.get("signature") or block["text"] for block in message["content"]] == left


def test_thinking_kept_by_a_version_that_did_not_note_its_prefix_stays_behind() -> None:
    session = Session()
    session.append_user("q")
    thinking = {"type": "thinking", "thinking": "", "signature": "s"}
    session.append_answer(message(thinking, "a") | {"model": BOUND}, model=BOUND)
    body: Any = {"model": BOUND, "messages": session.context()}
    assert not any(map(has_thinking, session.sendable(body, binds)["messages"]))


@pytest.mark.parametrize("end", ["b", "é", "\ud800"])
def test_attachments_count_to_their_last_character(end: str) -> None:
    one, other = (
        digest_of({"messages": [{"role": "user", "content": "a" * 200_000 + last}]})
        for last in ("a", end)
    )
    assert one != other


def test_a_digest_needs_no_memory_for_an_attachment() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "A" * 20_000_000}
    block = {"type": "document", "source": source}
    body: Any = {"messages": [{"role": "user", "content": [block]}]}
    tracemalloc.start()
    try:
        digest_of(body)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_each_model_of_a_long_session_is_looked_up_once() -> None:
    session = Session()
    thinking = {"type": "thinking", "thinking": "", "signature": "s"}
    for number in range(3):
        session.append_user(f"q{number}")
        session.append_answer(message(thinking, "a") | {"model": FREE}, model=FREE)
    looked_up: list[str] = []

    def noting(model: str) -> bool:
        looked_up.append(model)
        return binds(model)

    session.sendable({"model": BOUND, "messages": session.context()}, noting)
    assert looked_up == [BOUND, FREE]
