"""A chat as it stands: whatever is done to it, the API gets what a simple model says."""

from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_cli.errors import ClaudeCliError, UsageError
from claude_cli.flow.dialogue import Dialogue, prompt_of
from claude_cli.session.records import Content
from claude_cli.simulator.server import Simulator
from tests.chats import dialogue

PROMPTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(str.strip)


class Step(NamedTuple):
    """What the user does; `text` is a prompt, `fails` the turn that it makes."""

    kind: str
    text: str = ""
    fails: bool = False


STEPS = st.one_of(
    st.builds(Step, st.sampled_from(["say", "edit"]), PROMPTS, st.booleans()),
    st.builds(Step, st.just("retry"), st.just(""), st.booleans()),
    st.builds(Step, st.sampled_from(["undo", "fork", "resume", "clear"])),
)


class Model:
    """The conversation as a list of turns, and the prompt that got no answer."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, str]] = []
        self.waiting: str | None = None

    @property
    def last(self) -> str | None:
        return self.waiting or (self.turns[-1][0] if self.turns else None)

    def go_back(self) -> None:
        if self.waiting is None:
            self.turns.pop()
        self.waiting = None

    def request(self, prompt: str) -> list[str]:
        return [*(text for turn in self.turns for text in turn), prompt]


class Run:
    """Drives a dialogue and the model side by side."""

    def __init__(self, chat: Dialogue, simulator: Simulator) -> None:
        self.chat = chat
        self.simulator = simulator
        self.model = Model()
        self.answers = 0

    def do(self, step: Step) -> None:
        match step.kind:
            case "say":
                self.turn(lambda: self.chat.say(step.text), step.text, step.fails)
            case "retry" | "edit":
                self.ask_again(step)
            case "undo":
                self.undo()
            case "clear":
                self.chat.conversation.clear()
                self.model.turns.clear()
                self.model.waiting = None
            case kind if self.chat.conversation.session.path:  # fork, resume: there is a file
                if kind == "fork":
                    self.chat.conversation.fork()
                else:
                    self.chat.resume(str(self.chat.conversation.id))

    def ask_again(self, step: Step) -> None:
        prompt = step.text or self.model.last or ""
        self.chat.edit = lambda text: prompt
        again = self.chat.edit_last if step.kind == "edit" else self.chat.retry
        if self.model.last is None:
            with pytest.raises(UsageError):
                again()
        else:
            self.model.go_back()
            self.turn(again, prompt, step.fails)

    def undo(self) -> None:
        if self.model.last is None:
            with pytest.raises(UsageError):
                self.chat.undo()
        else:
            assert self.chat.undo() == self.model.last
            self.model.go_back()

    def turn(self, take: Any, prompt: str, fails: bool) -> None:
        sent = self.model.request(prompt)
        self.answers += 1
        answer = f"answer {self.answers}"
        if fails:
            self.simulator.enqueue(error={"status": 529})
            with pytest.raises(ClaudeCliError):
                take()
            self.model.waiting = prompt
            assert self.chat.unsent == prompt
        else:
            self.simulator.enqueue(text=answer)
            take()
            self.model.turns.append((prompt, answer))
            self.model.waiting = None
            assert self.chat.unsent == ""
        body = self.simulator.requests[-1].body
        assert [prompt_of(message["content"]) for message in body["messages"]] == sent


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, max_size=12))
def test_the_api_gets_what_the_model_says(simulator: Simulator, steps: list[Step]) -> None:
    with dialogue(simulator) as chat:
        run = Run(chat, simulator)
        for step in steps:
            run.do(step)


def test_an_edit_keeps_the_attachments(simulator: Simulator) -> None:
    image: dict[str, Any] = {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}}
    with dialogue(simulator) as chat:
        chat.edit = lambda text: text + ", please"
        chat._ask([image, {"type": "text", "text": "describe"}])  # type: ignore[list-item]
        chat.edit_last()
    [message] = simulator.requests[-1].body["messages"]
    assert message["content"] == [image, {"type": "text", "text": "describe, please"}]


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plain", "plain"),
        ([], ""),
        ([{"type": "image"}], ""),
        ([{"type": "text", "text": "piped"}, {"type": "text", "text": "asked"}], "asked"),
    ],
)
def test_the_words_of_a_prompt_are_its_last_text(content: Content, words: str) -> None:
    assert prompt_of(content) == words


def test_the_context_is_as_large_as_the_last_answer_says(simulator: Simulator) -> None:
    usage = {"input_tokens": 1, "cache_read_input_tokens": 20, "output_tokens": 300}
    with dialogue(simulator) as chat:
        assert chat.context_tokens() == 0
        simulator.enqueue(text="x", usage=usage)
        chat.say("a")
        assert chat.context_tokens() == 321
        simulator.enqueue(text="in short", usage={"input_tokens": 4000, "output_tokens": 5})
        chat.compact()
        assert chat.context_tokens() == 5
        simulator.enqueue(
            raw={
                "headers": {"content-type": "application/json"},
                "body": '{"type": "message", "content": [], "stop_reason": "x"}',
            }
        )
        chat.say("b")
        assert chat.context_tokens() is None
