"""A conversation as simple as can be, for tests that lead a real one beside it."""

from claude_cli.session.journal import Session
from claude_cli.session.prompts import prompt_of
from claude_cli.simulator.server.server import Simulator
from claude_cli.types import MessageParam

DELTA = 8
"""Characters of each delta of an answer."""


class Model:
    """The conversation as it must be: turns, and the prompt at their end that got no answer."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, str]] = []
        self.waiting: str | None = None

    @property
    def last(self) -> str | None:
        return self.waiting or (self.turns[-1][0] if self.turns else None)

    @property
    def texts(self) -> list[str]:
        return [text for turn in self.turns for text in turn]

    def sent(self, prompt: str, *, instead: bool) -> list[str]:
        """What the API gets of a prompt; `instead`: in the place of the last one."""
        replaces_turn = instead and self.waiting is None
        return [*(self.texts[:-2] if replaces_turn else self.texts), prompt]

    def take(self, prompt: str, answer: str, *, instead: bool) -> None:
        """A turn; an empty answer is none, and the last prompt then stays where it was."""
        if not answer:
            self.waiting = self.waiting if instead else prompt
            return
        if instead:
            self.go_back()
        self.turns.append((prompt, answer))
        self.waiting = None

    def go_back(self) -> None:
        if self.waiting is None:
            self.turns.pop()
        self.waiting = None

    def clear(self) -> None:
        self.turns.clear()
        self.waiting = None

    def check(self, session: Session) -> None:
        """Raise AssertionError where the session does not stand here."""
        found = texts(session.context())
        assert found == self.texts, (found, self.texts)
        prompt = session.transcript.last_prompt()
        last = prompt_of(prompt["content"]) if prompt else None
        assert last == self.last, (last, self.last)


def order(simulator: Simulator, answer: str, fault: str | None) -> str:
    """Have the next request answered so; return how much of the answer will come.

    A fault is `529`, or `cut=N` or `stall=N` behind N deltas.
    """
    if fault != "529":
        simulator.enqueue(text=answer, delta_characters=DELTA)
    if not fault:
        return answer
    simulator.inject(f"{fault}x1")
    return "" if fault == "529" else answer[: DELTA * int(fault[-1])]


def texts(messages: list[MessageParam]) -> list[str]:
    return [prompt_of(message["content"]) for message in messages]
