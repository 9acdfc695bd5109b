"""A chat that goes on for long: what it keeps in memory, and how soon a key shows up."""

import statistics
import time

import pytest

pytest.importorskip("termios")

from claude_cli.disk import appendlog
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.bench.session_load import conversation
from tests.conftest import CANARY
from tests.controlling_terminal import ControllingTerminal
from tests.flow.chat.long_life import PER_TURN, per_turn

ECHO_SECONDS = 0.1
"""From a key to its echo, half of the time: five times what it takes at most on an idle machine."""


def test_a_turn_takes_no_more_memory_than_its_records() -> None:
    assert per_turn(100) < PER_TURN


def test_a_key_shows_up_at_once_after_five_thousand_turns(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    appendlog.append(Store().folder / "long.jsonl", conversation(5000))
    with ControllingTerminal("chat", "-r", "long") as terminal:
        terminal.wait_for("\x1b[6n")  # where is the cursor? asks prompt_toolkit
        terminal.type("\x1b[5;1R")
        terminal.wait_for("· long ·", 2)  # the toolbar is there
        seconds = []
        for key in "abcdefghijklmnopqrst":
            shown = terminal.received.count(key)
            began = time.perf_counter()
            terminal.type(key)
            terminal.wait_for(key, shown + 1)
            seconds.append(time.perf_counter() - began)
        terminal.type("\x03\x04")
        assert terminal.wait() == 0
    assert statistics.median(seconds) < ECHO_SECONDS
