"""A chat as it stands: whatever is done to it, the API gets what a simple model says."""

import os
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_cli.errors import ClaudeCliError, UsageError
from claude_cli.flow.chat.compaction import plan_summary, sum_up
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.flow.chat.failed import Failed, line_of
from claude_cli.flow.chat.slash import take_line
from claude_cli.flow.chat.slash_commands import SLASH_COMMANDS
from claude_cli.session.prompts import prompt_of
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.chats import dialogue
from tests.flow.chat.model import Model, order, texts

PROMPTS = st.one_of(
    st.sampled_from(["one", "two", "/three", "f\n/our"]),  # so that a prompt comes twice
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
    .map(str.strip)  # a slash command has no blanks around its argument
    .filter(bool),
)
LONG = ("word " * 4000).strip()
"""A prompt that is worth a summary."""
FAULTS = st.sampled_from([None, None, "529", "cut=0", "cut=1"])
"""Cut before the first word, and behind it."""


class Step(NamedTuple):
    """What the user does; `text` is a prompt, `fault` what befalls the turn that it makes."""

    kind: str
    text: str = ""
    fault: str | None = None


STEPS = st.one_of(
    st.builds(Step, st.sampled_from(["say", "edit"]), PROMPTS, FAULTS),
    st.builds(Step, st.sampled_from(["retry", "again"]), st.just(""), FAULTS),
    st.builds(Step, st.sampled_from(["undo", "fork", "resume", "clear"])),
)


class Run:
    """Drives a dialogue and the model side by side; `failed` is what failed last."""

    def __init__(self, chat: Dialogue, simulator: Simulator) -> None:
        self.chat = chat
        self.simulator = simulator
        self.model = Model()
        self.failed: Failed | None = None
        self.answers = 0

    def do(self, step: Step) -> None:
        match step.kind:
            case "say":
                self.say(lambda: self.chat.say(step.text), step.text, step.fault)
            case "retry":
                self.ask_instead(self.chat.retry, "retry", self.model.last, step.fault)
            case "edit":
                self.chat.edit = lambda text: step.text
                self.ask_instead(self.chat.edit_last, "edit", step.text, step.fault)
            case "again":
                self.send_what_is_offered(step.fault)
            case "undo":
                self.undo()
            case "clear":
                self.clear()
            case kind if self.chat.conversation.session.path:  # fork, resume: there is a file
                if kind == "fork":
                    self.chat.conversation.fork()
                else:
                    self.chat.resume(str(self.chat.conversation.id))
                    self.failed = None

    def send_what_is_offered(self, fault: str | None) -> None:
        failed = self.failed
        if failed is None:
            return
        take = lambda: take_line(self.chat, line_of(failed), SLASH_COMMANDS)  # noqa: E731
        if failed.way == "say":
            self.say(take, failed.prompt, fault)
        else:
            prompt = self.model.last if failed.way == "retry" else failed.prompt
            self.ask_instead(take, failed.way, prompt, fault)

    def say(self, take: Any, prompt: str, fault: str | None) -> None:
        if self.failed == Failed(prompt, "say", cut=True):
            self.ask_instead(take, "retry", prompt, fault)
        else:
            self.turn(take, prompt, "say", fault)

    def ask_instead(
        self, take: Any, way: Literal["retry", "edit"], prompt: str | None, fault: str | None
    ) -> None:
        if prompt is None or self.model.last is None:
            with pytest.raises(UsageError):
                take()
            return
        self.turn(take, prompt, way, fault)

    def turn(
        self, take: Any, prompt: str, way: Literal["say", "retry", "edit"], fault: str | None
    ) -> None:
        """Take a turn; with as much answer as came it is on the chain."""
        sent = self.model.sent(prompt, instead=way != "say")
        self.answers += 1
        came = order(self.simulator, f"{self.answers:08} and more", fault)
        if fault:
            with pytest.raises(ClaudeCliError):
                take()
        else:
            take()
        assert asked(self.simulator)[-1] == sent
        self.model.take(prompt, came, instead=way != "say")
        if not came:
            self.failed = Failed(prompt, way)
        else:
            self.failed = Failed(prompt, "say", cut=True) if fault else None

    def undo(self) -> None:
        if self.model.last is None:
            with pytest.raises(UsageError):
                self.chat.undo()
        else:
            assert self.chat.undo() == self.model.last
            self.model.go_back()
        self.failed = None

    def clear(self) -> None:
        self.chat.clear()
        self.model.clear()
        if self.failed:
            self.failed = Failed(self.failed.prompt, "say")

    def check(self) -> None:
        """In memory and on disk the conversation stands where the model does."""
        assert self.chat.failed == self.failed
        sessions = [self.chat.conversation.session]
        if sessions[0].path:
            sessions.append(Store().open(str(sessions[0].path)))
        for session in sessions:
            self.model.check(session)


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """For thousands of records, none of which has to outlive a power cut."""
    monkeypatch.setattr(os, "fdatasync", lambda fd: None, raising=False)
    monkeypatch.setattr(os, "fsync", lambda fd: None)


def asked(simulator: Simulator) -> list[list[str]]:
    """The words of each message, request by request."""
    return [texts(request.body["messages"]) for request in simulator.requests]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=6, max_size=16))
@pytest.mark.usefixtures("quick_disk")
def test_whatever_is_done_the_conversation_stands_where_the_model_does(
    simulator: Simulator, steps: list[Step]
) -> None:
    with dialogue(simulator) as chat:
        run = Run(chat, simulator)
        for step in steps:
            run.do(step)
            run.check()


def test_an_edit_keeps_the_attachments(simulator: Simulator) -> None:
    image: dict[str, Any] = {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}
    with dialogue(simulator) as chat:
        chat.edit = lambda text: text + ", please"
        chat.send([image, {"type": "text", "text": "describe"}])  # type: ignore[list-item]
        chat.edit_last()
    [message] = simulator.requests[-1].body["messages"]
    marked = image | {"cache_control": {"type": "ephemeral"}}
    assert message["content"] == [marked, {"type": "text", "text": "describe, please"}]


def test_an_edit_goes_on_with_what_was_edited_in_vain(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        chat.say("hi")
        chat.edit = lambda text: text + "!"
        simulator.inject("529x1")
        with pytest.raises(ClaudeCliError):
            chat.edit_last()
        chat.edit_last()
        chat.edit_last()
    assert [texts[-1] for texts in asked(simulator)] == ["hi", "hi!", "hi!!", "hi!!!"]


def test_all_words_of_a_prompt_are_offered_again(simulator: Simulator) -> None:
    """The prompt of a template and the words behind it are two texts."""
    simulator.inject("529x1")
    with dialogue(simulator) as chat:
        with pytest.raises(ClaudeCliError):
            chat.send([{"type": "text", "text": "Sum up."}, {"type": "text", "text": "Thanks."}])
        assert chat.failed == Failed("Sum up.\n\nThanks.", "say")


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_edit_that_leaves_nothing_changes_nothing(simulator: Simulator, text: str) -> None:
    with dialogue(simulator) as chat:
        chat.say("hi")
        chat.edit = lambda before: text
        with pytest.raises(UsageError):
            chat.edit_last()
        chat.say("and")
    assert len(simulator.requests[-1].body["messages"]) == 3


def test_a_call_that_was_never_answered_is_answered_before_the_next_prompt(
    simulator: Simulator,
) -> None:
    call = {"type": "tool_use", "name": "wipe", "input": {}}
    simulator.enqueue(content=[call])
    with dialogue(simulator) as chat:
        chat.settings.assign('tools:=[{"name": "wipe", "input_schema": {"type": "object"}}]')
        chat.say("wipe it")
        chat.say("well?")
    result, prompt = simulator.requests[-1].body["messages"][-1]["content"]
    assert (result["type"], result["is_error"]) == ("tool_result", True)
    assert prompt == {"type": "text", "text": "well?"}


def test_the_context_is_as_large_as_the_last_answer_says(simulator: Simulator) -> None:
    usage = {"input_tokens": 1, "cache_read_input_tokens": 20, "output_tokens": 300}
    with dialogue(simulator) as chat:
        assert chat.transcript.context_tokens() == 0
        simulator.enqueue(text="x", usage=usage)
        chat.say("a")
        assert chat.transcript.context_tokens() == 321
        chat.say(LONG)
        simulator.enqueue(text="in short", usage={"input_tokens": 4000, "output_tokens": 5})
        sum_up(chat, plan_summary(chat))
        assert chat.transcript.context_tokens() == 5
        simulator.enqueue(
            raw={
                "headers": {"content-type": "application/json"},
                "body": '{"type": "message", "content": [], "stop_reason": "x"}',
            }
        )
        chat.say("b")
        assert chat.transcript.context_tokens() is None


def test_a_summary_is_made_of_all_turns_whatever_the_history_and_always_sent(
    simulator: Simulator,
) -> None:
    with dialogue(simulator, history=1) as chat:
        for prompt in (LONG, "two", "three"):
            chat.say(prompt)
        sum_up(chat, plan_summary(chat))
        assert len(simulator.requests[-1].body["messages"]) == 7
        chat.say("four")
        chat.say("five")
        sent = simulator.requests[-1].body["messages"]
        assert [prompt_of(m["content"]) for m in sent[2::2]] == ["four", "five"]
        assert "summary" in prompt_of(sent[0]["content"])
        assert len(chat.answers) == 5


def test_what_comes_after_a_summary_acts_on_the_users_own_turns(simulator: Simulator) -> None:
    with dialogue(simulator) as chat:
        for prompt in (LONG, "two"):
            chat.say(prompt)
        sum_up(chat, plan_summary(chat))
        chat.retry()
        sent = simulator.requests[-1].body["messages"]
        assert [prompt_of(m["content"]) for m in sent[::2]] == [LONG, "two"]
        sum_up(chat, plan_summary(chat))
        chat.conversation.fork()
        assert chat.undo() == "two"
        assert chat.undo() == LONG
