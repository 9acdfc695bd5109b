"""A chat that is typed: what the terminal is sent."""

from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.chats import dialogue
from tests.conftest import CANARY
from tests.controlling_terminal import ControllingTerminal


@pytest.fixture
def connected(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", simulator.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    return simulator


@pytest.mark.parametrize("term", ["dumb", "unknown", "", None])
def test_a_terminal_without_escape_sequences_is_sent_none(
    connected: Simulator, term: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if term is None:
        monkeypatch.delenv("TERM")
    else:
        monkeypatch.setenv("TERM", term)
    connected.enqueue(text="**bold** [a](http://b)\n\n```python\nx = 1\n```\n")
    with ControllingTerminal("chat", "--retries", "0") as terminal:
        for number, line in enumerate(["hi", "/history", "/sessions", "/nonsense"], 1):
            terminal.wait_for("\n> ", number)
            terminal.type(f"{line}\n")
        terminal.wait_for("there is no command")
        connected.inject("529x1")
        terminal.type("fail\n")
        terminal.wait_for("not answered: fail\r\n> ")
        terminal.type("half a line\x03")
        terminal.wait_for("^C\r\n> ")
        terminal.type("\x04")
        assert terminal.process.wait(30) == 0
        received = terminal.received
    assert "**bold**" in received
    assert "\x1b" not in received
    assert list(tmp_path.rglob("prompt-history")) == []


def test_compact_asks_before_it_pays(connected: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    connected.enqueue(text="word " * 4000)
    connected.enqueue(text="in short")
    with ControllingTerminal("chat", "--retries", "0") as terminal:
        for line, question in [("hi", "\n> "), ("/compact", "\r\n\r\n> "), ("", "sum up? [y/N] ")]:
            terminal.wait_for(question)
            terminal.type(f"{line}\n")
        terminal.wait_for("nothing was changed\r\n> ")
        assert "in short" not in terminal.received
        terminal.type("/compact\n")
        terminal.wait_for("sum up? [y/N] ", 2)
        terminal.type("y\n")
        terminal.wait_for("in short")
        terminal.wait_for("this takes the turns' place")
        terminal.type("\x04")
        assert terminal.wait() == 0


def test_on_resume_the_last_turn_is_shown(
    connected: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    for answer in ("a train", "a bus"):
        connected.enqueue(text=answer)
    with dialogue(connected, name="trip") as chat:
        chat.say("how do I get there?")
        chat.say("and then?")
    with ControllingTerminal("chat", "-r", "trip") as terminal:
        terminal.wait_for("a bus\r\n\r\n> ")
        terminal.type("/resume trip\n")
        terminal.wait_for("last prompt: and then?")
        terminal.wait_for("a bus\r\n\r\n> ", 2)
        terminal.type("\x04")
        assert terminal.wait() == 0
        assert "go on with: claude-cli chat -r trip" in terminal.received
        assert "a train" not in terminal.received
