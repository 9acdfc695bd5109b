"""`chat` on a terminal, typed at and looked at through tmux."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

NUMBERS = itertools.count()
PROMPT = "\n>"
PATIENCE = 10.0
STOPPED_WITHIN = 1.0
"""Seconds from Ctrl-C to the prompt: far more than it takes, for a machine that is busy."""


class Screen:
    """A chat in a window of 80 × 24."""

    def __init__(self, base_url: str, home: Path) -> None:
        self._tmux = ["tmux", "-L", f"chat-{os.getpid()}-{next(NUMBERS)}", "-f", "/dev/null"]
        self._environment = {
            "ANTHROPIC_BASE_URL": base_url,
            "ANTHROPIC_API_KEY": CANARY,
            "CLAUDE_CLI_HOME": str(home),
        }

    def start(self, *flags: str, prompt: str = PROMPT, **environment: str) -> None:
        """Begin a chat in a new window, and wait until it asks; then show what it left behind."""
        settings = [f"{k}={v}" for k, v in (self._environment | environment).items()]
        command = ["env", *settings, sys.executable, "-m", "claude_cli", "chat", *flags]
        line = f"{shlex.join(command)}; echo left with $?; stty -a | grep -o ' -*echo '; sleep 60"
        window = ("-x", "80", "-y", "24", "-c", os.getcwd())
        self._window = f"chat{next(NUMBERS)}"
        self._run("new-session", "-d", "-s", self._window, *window, line)
        self.wait_for(lambda text: prompt in text)

    def type(self, *keys: str) -> None:
        """Type text, or keys by tmux's names for them, as a person does: not in the same instant
        in which the last command ended."""
        time.sleep(0.2)
        self._run("send-keys", "-t", self._window, *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-t", self._window, "-x", str(columns), "-y", str(rows))

    def paste(self, text: str) -> None:
        self._run("set-buffer", text)
        self._run("paste-buffer", "-p", "-t", self._window)

    @property
    def text(self) -> str:
        lines = self._run("capture-pane", "-p", "-t", self._window).splitlines()
        return "\n" + "\n".join(line.rstrip() for line in lines).rstrip()

    def wait_for(self, condition: Callable[[str], Any]) -> str:
        deadline = time.monotonic() + PATIENCE
        while not condition(text := self.text):
            assert time.monotonic() < deadline, f"waited in vain: {text}"
            time.sleep(0.02)
        return text

    def wait_for_prompt_after(self, words: str) -> str:
        return self.wait_for(lambda text: words in text and PROMPT in text.rpartition(words)[2])

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _run(self, *arguments: str) -> str:
        ran = subprocess.run([*self._tmux, *arguments], capture_output=True, check=True)
        return ran.stdout.decode()


@pytest.fixture
def screen(simulator: Simulator, tmp_path: Path) -> Iterator[Screen]:
    window = Screen(simulator.base_url, tmp_path / "home")
    yield window
    window.close()


@pytest.fixture
def slow() -> Iterator[Simulator]:
    """Answers a word at a time."""
    with Simulator(tokens_per_second=20) as simulator:
        yield simulator


def said(simulator: Simulator) -> list[list[str]]:
    """The words of each message, request by request."""
    return [
        [message["content"][-1]["text"] for message in request.body["messages"]]
        for request in simulator.requests
    ]


def words(simulator: Simulator) -> list[str]:
    """The words that each request asks."""
    return [texts[-1] for texts in said(simulator)]


def saved(tmp_path: Path) -> list[dict[str, Any]]:
    [file] = (tmp_path / "home" / "data" / "sessions").glob("*.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def editor(tmp_path: Path, words: str) -> str:
    """A program that writes `words` over what it is to edit."""
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\nprintf {shlex.quote(words)} > "$1"\n')
    script.chmod(0o755)
    return str(script)


def test_a_conversation_from_greeting_to_farewell(simulator: Simulator, screen: Screen) -> None:
    simulator.enqueue(text="Well, **hello**.", usage={"input_tokens": 1000, "output_tokens": 500})
    screen.start()
    assert "claude-sonnet-4-6 · new session · /help" in screen.text
    screen.type("hi there", "Enter")
    text = screen.wait_for_prompt_after("Well, hello.")
    assert "> hi there\n\nWell, hello.\n\n>" in text
    text = screen.wait_for(lambda text: "$0.0105" in text)
    assert text.splitlines()[-1].startswith("claude-sonnet-4-6 · ")
    screen.type("/he", "Tab")
    screen.wait_for(lambda text: "\n> /help" in text)
    screen.type("Enter")
    screen.wait_for(lambda text: "Ctrl-D leaves." in text)
    screen.type("C-d")
    text = screen.wait_for(lambda text: "left with 0" in text and text.endswith("echo"))
    assert text.endswith("\n echo")
    assert words(simulator) == ["hi there"]


def test_a_paste_is_inserted_and_not_run(simulator: Simulator, screen: Screen) -> None:
    screen.start()
    screen.paste("one\n/quit\nthree\n")
    screen.wait_for(lambda text: "> one\n  /quit\n  three" in text)
    time.sleep(0.2)
    assert simulator.requests == []
    screen.type("C-h", "Enter")
    screen.wait_for(lambda text: "You said:" in text)
    assert words(simulator) == ["one\n/quit\nthree"]


def test_ctrl_c_stops_the_answer_at_once_and_keeps_it(slow: Simulator, tmp_path: Path) -> None:
    screen = Screen(slow.base_url, tmp_path / "home")
    slow.enqueue(text=" ".join(f"word{number}" for number in range(500)))
    slow.enqueue(text="yes")
    try:
        screen.start()
        screen.type("count", "Enter")
        screen.wait_for(lambda text: "word5" in text)
        screen.type("typed meanwhile")
        time.sleep(0.2)
        assert "meanwhile" not in screen.text
        began = time.monotonic()
        screen.type("C-c")
        screen.wait_for_prompt_after("stopped; /retry asks again")
        assert time.monotonic() - began < STOPPED_WITHIN
        assert saved(tmp_path)[-1]["status"] == "partial"
        screen.type("still there?", "Enter")
        screen.wait_for_prompt_after("yes")
    finally:
        screen.close()
    assert [message["role"] for message in slow.requests[-1].body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]


def test_what_is_typed_while_an_answer_runs_is_kept_and_shown_and_not_sent(
    slow: Simulator, tmp_path: Path
) -> None:
    screen = Screen(slow.base_url, tmp_path / "home")
    slow.enqueue(text=" ".join(f"word{number}" for number in range(20)))
    slow.enqueue(text="yes")
    try:
        screen.start()
        screen.type("count", "Enter")
        screen.wait_for(lambda text: "word5" in text)
        screen.type("and then?")
        screen.wait_for(lambda text: "word19" in text and "> and then?" in text)
        screen.type(" more", "Enter")
        screen.wait_for_prompt_after("yes")
    finally:
        screen.close()
    assert words(slow) == ["count", "and then? more"]


def test_a_window_that_changes_its_size_keeps_the_line(
    simulator: Simulator, screen: Screen
) -> None:
    screen.start()
    screen.type("a question that is longer than forty columns, ")
    screen.resize(40, 12)
    screen.wait_for(lambda text: text.rstrip().endswith("0% of 1M · $0.00"))
    screen.type("is it not?")
    screen.wait_for(lambda text: "not?" in text)
    screen.resize(100, 30)
    screen.type("Enter")
    screen.wait_for_prompt_after("You said:")
    assert words(simulator) == ["a question that is longer than forty columns, is it not?"]


def test_ctrl_c_clears_the_line_and_what_failed_comes_back(
    simulator: Simulator, screen: Screen
) -> None:
    simulator.inject("400x1")
    screen.start()
    screen.type("not this", "C-c")
    screen.type("ask me", "Enter")
    screen.wait_for(lambda text: "error: 400" in text and text.count("> ask me") == 2)
    screen.type(" again", "Enter")
    screen.wait_for(lambda text: "You said:" in text)
    assert words(simulator) == ["ask me", "ask me again"]


def test_what_failed_and_was_cleared_does_not_come_back(
    simulator: Simulator, screen: Screen
) -> None:
    simulator.inject("400x1")
    screen.start()
    screen.type("ask me", "Enter")
    screen.wait_for(lambda text: "error: 400" in text and text.count("> ask me") == 2)
    screen.type("C-c", "/clear", "Enter")
    screen.wait_for_prompt_after("the context is empty")
    screen.type("/nonsense", "Enter")
    screen.wait_for_prompt_after("/help shows all")
    screen.type("something else", "Enter")
    screen.wait_for(lambda text: "You said:" in text)
    assert words(simulator) == ["ask me", "something else"]


def test_a_chat_that_is_left_says_how_to_come_back_and_then_shows_its_last_turn(
    simulator: Simulator, screen: Screen
) -> None:
    simulator.enqueue(text="the **answer**")
    screen.start()
    screen.type("hello", "Enter")
    screen.wait_for_prompt_after("the answer")
    screen.type("exit", "Enter")
    screen.wait_for(lambda text: 'leave the chat? n sends "exit" to the model [Y/n]' in text)
    screen.type("Enter")
    left = screen.wait_for(lambda text: "left with 0" in text)
    command = re.search(r"go on with: claude-cli chat -r (\S+)", left)
    assert command
    screen.start("-r", command[1])
    shown = screen.wait_for_prompt_after("the answer")
    assert "hello" in shown
    screen.type("quit", "Enter")
    screen.wait_for(lambda text: "leave the chat?" in text)
    screen.type("n", "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 2)
    assert words(simulator)[-1] == "quit"


def test_a_slash_alone_opens_the_menu(simulator: Simulator, screen: Screen) -> None:
    screen.start()
    screen.type("/")
    screen.wait_for(lambda text: "/help" in text.partition("> /")[2])


def attached(simulator: Simulator) -> list[str]:
    """What stands before the words of the last request's last message."""
    *blocks, _ = simulator.requests[-1].body["messages"][-1]["content"]
    return [f"{block.get('title')}: {block['source']['data']}" for block in blocks]


def test_a_file_behind_an_at_sign_is_completed_and_attached(
    simulator: Simulator, screen: Screen
) -> None:
    Path("some notes.txt").write_text("the notes")
    screen.start()
    screen.type("what says @some", "Tab")
    screen.wait_for(lambda text: r"@some\ notes.txt" in text)
    screen.type("? and @none", "Enter")
    screen.wait_for_prompt_after("You said:")
    assert "attached: some notes.txt (text/plain)" in screen.text
    assert attached(simulator) == ["some notes.txt: the notes"]
    assert words(simulator) == [r"what says @some\ notes.txt? and @none"]


def test_what_is_pasted_attaches_and_runs_nothing_but_a_file_that_is_dropped(
    simulator: Simulator, screen: Screen
) -> None:
    Path("notes.txt").write_text("the notes")
    screen.start()
    screen.paste("!touch made @notes.txt")
    screen.type("Enter")
    screen.wait_for_prompt_after("You said:")
    assert words(simulator) == ["!touch made @notes.txt"]
    assert not Path("made").exists()
    screen.paste(f"{Path('notes.txt').resolve()} ")
    screen.type("says?", "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 2)
    assert attached(simulator) == ["notes.txt: the notes"]


def test_a_command_runs_and_its_output_goes_with_the_next_prompt(
    simulator: Simulator, screen: Screen
) -> None:
    screen.start(SHELL="/bin/sh")
    screen.type("!echo dropped", "Enter")
    screen.wait_for_prompt_after(
        "exit status 0, 1 line: goes with the next prompt; /detach drops it"
    )
    screen.type("/detach", "Enter")
    screen.wait_for_prompt_after("with the next prompt: nothing")
    screen.type("!printf 'a\\033[1mb'; read x; exit $x", "Enter")
    screen.wait_for(lambda text: "\nab" in text)
    screen.type("3", "Enter")
    screen.wait_for_prompt_after("exit status 3")
    screen.type("why?", "Enter")
    screen.wait_for_prompt_after("You said:")
    command = "printf 'a\\033[1mb'; read x; exit $x"
    assert attached(simulator) == [f"!{command}: $ {command}\nab3\n[exit status 3]"]
    screen.type("again", "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 2)
    assert len(simulator.requests[1].body["messages"][-1]["content"]) == 1


def test_of_a_long_output_64_kb_go_along_and_tell_what_is_left_out(
    simulator: Simulator, screen: Screen
) -> None:
    screen.start(SHELL="/bin/sh")
    screen.type("!seq 20000", "Enter")
    screen.wait_for_prompt_after("goes with the next prompt; /detach drops it")
    screen.type("why?", "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 1)
    [output] = attached(simulator)
    assert 60 * 1024 < len(output) <= 64 * 1024
    assert "bytes left out]\n" in output and "\n20000\n" in output


def test_a_session_is_chosen_from_a_list_that_narrows(simulator: Simulator, screen: Screen) -> None:
    for name, words in {"trip": "How do I get to Yushan?", "code": "What is a coroutine?"}.items():
        simulator.enqueue(text=f"An answer about the {name}.")
        screen.start("--name", name)
        screen.type(words, "Enter")
        screen.wait_for_prompt_after(f"about the {name}.")
        screen.type("C-d")
        screen.wait_for(lambda text: "left with 0" in text)
    screen.start("--pick", prompt="Esc leaves")
    screen.wait_for(lambda text: "> code  What is a coroutine?" in text and "2 of 2" in text)
    assert all("  claude-sonnet-" in line for line in screen.text.splitlines() if "?" in line)
    screen.type("yushan", "Enter")
    screen.wait_for_prompt_after("about the trip.")
    screen.type("/sessions", "Enter")
    screen.wait_for(lambda text: "2 of 2" in text and len(re.findall(r"\$0\.0*[1-9]", text)) > 1)
    screen.type("Escape")
    screen.wait_for(lambda text: text.rstrip().splitlines()[-1].startswith("claude-"))
    screen.type("/sessions", "Enter")
    screen.wait_for(lambda text: "2 of 2" in text)
    screen.type("coroutine", "Enter")
    screen.wait_for_prompt_after("session code, last prompt: What is a coroutine?")
    screen.type("C-d")
    screen.wait_for(lambda text: "left with 0" in text)
    screen.start("--pick", prompt="Esc leaves")
    screen.type("Escape")
    screen.wait_for(lambda text: "left with 0" in text)
    assert len(simulator.requests) == 2


def test_vi_keys_edit_the_line(simulator: Simulator, screen: Screen) -> None:
    screen.start("--keys", "vi")
    screen.type("see you", "Escape")
    screen.type("b", "i", "@", "Escape")
    screen.type("0", "c", "e", "greet", "Escape", "Enter")
    screen.wait_for_prompt_after("You said:")
    assert words(simulator) == ["greet @you"]
    screen.type("/set keys=emacs", "Enter")
    screen.wait_for_prompt_after('keys = "emacs"')
    screen.type("finish", "C-a", "the ", "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 2)
    assert words(simulator)[-1] == "the finish"


def test_a_mention_that_cannot_be_read_comes_back_with_its_line(
    simulator: Simulator, screen: Screen
) -> None:
    Path("empty").touch()
    screen.start()
    screen.type("read @empty", "Enter")
    screen.wait_for(lambda text: "empty is empty" in text and text.count("> read @empty") == 2)
    Path("empty").write_text("no more")
    screen.type("Enter")
    screen.wait_for_prompt_after("You said:")
    assert attached(simulator) == ["empty: no more"]


def test_a_retry_that_fails_is_offered_again(simulator: Simulator, screen: Screen) -> None:
    for answer in ("one", "two"):
        simulator.enqueue(text=answer)
    screen.start("--retries", "0")
    screen.type("a", "Enter")
    screen.wait_for_prompt_after("one")
    simulator.inject("529x1")
    screen.type("/retry", "Enter")
    screen.wait_for(lambda text: "error: 529" in text and text.count("> /retry") == 2)
    screen.type("Enter")
    screen.wait_for_prompt_after("two")
    assert said(simulator) == [["a"], ["a"], ["a"]]


def test_an_edited_prompt_that_fails_is_offered_again(
    simulator: Simulator, screen: Screen, tmp_path: Path
) -> None:
    for answer in ("one", "two"):
        simulator.enqueue(text=answer)
    screen.start("--retries", "0", EDITOR=editor(tmp_path, "edited"))
    screen.type("a", "Enter")
    screen.wait_for_prompt_after("one")
    simulator.inject("529x1")
    screen.type("/edit", "Enter")
    screen.wait_for(lambda text: "error: 529" in text and "> /edit edited" in text)
    screen.type(" once more", "Enter")
    screen.wait_for_prompt_after("two")
    assert said(simulator) == [["a"], ["edited"], ["edited once more"]]


@pytest.mark.parametrize(("line", "offered"), [("/retry", "\n>\n"), ("/edit b", "> /edit b\n")])
def test_ctrl_c_before_the_first_word_leaves_the_turn_that_was_to_be_replaced(
    simulator: Simulator, screen: Screen, line: str, offered: str
) -> None:
    for answer in ("one", "never seen", "two"):
        simulator.enqueue(text=answer)
    screen.start()
    screen.type("a", "Enter")
    screen.wait_for_prompt_after("one")
    simulator.inject("stall=0x1")
    screen.type(line, "Enter")
    screen.wait_for(lambda text: len(simulator.requests) == 2)
    screen.type("C-c")
    screen.wait_for(lambda text: offered in text.rpartition("stopped")[2])
    screen.type("C-c", "and", "Enter")
    screen.wait_for_prompt_after("two")
    assert said(simulator)[-1] == ["a", "one", "and"]


def test_the_history_is_searched_in_a_later_chat(simulator: Simulator, screen: Screen) -> None:
    screen.start()
    screen.type("/name the needle", "Enter")
    screen.wait_for(lambda text: "the needle ·" in text)
    screen.type("/usage", "Enter")
    screen.wait_for(lambda text: "0 answers" in text and text.endswith("$0.00"))
    screen.type("C-d")
    screen.wait_for(lambda text: "left with 0" in text)
    screen.start()
    screen.type("C-r", "needle")
    screen.wait_for(lambda text: "> /name the needle" in text)
    screen.type("Enter", "Enter")
    screen.wait_for(lambda text: "\nthe needle\n" in text)
    assert simulator.requests == []


def test_the_editor_opens_for_the_line_and_for_the_last_prompt(
    simulator: Simulator, screen: Screen, tmp_path: Path
) -> None:
    screen.start(EDITOR=editor(tmp_path, "from the editor"))
    screen.type("draft", "C-x", "C-e")
    screen.wait_for(lambda text: "> from the editor" in text)
    screen.type("!", "Enter")
    screen.wait_for_prompt_after("You said:")
    screen.type("/edit", "Enter")
    screen.wait_for(lambda text: text.count("You said:") == 2)
    assert words(simulator) == ["from the editor!", "from the editor"]
    assert len(simulator.requests[-1].body["messages"]) == 1


def test_what_was_typed_ahead_approves_no_call(
    simulator: Simulator, screen: Screen, tmp_path: Path
) -> None:
    tool = tmp_path / "tool.toml"
    tool.write_text(
        'name = "wipe"\ndescription = "Wipes."\ncommand = ["touch", "wiped"]\n'
        '[input_schema]\ntype = "object"\n'
    )
    simulator.enqueue(content=[{"type": "tool_use", "name": "wipe", "input": {}}])
    screen.start("-T", str(tool))
    simulator.inject("slow=0.001x1")
    screen.type("clean up", "Enter")
    time.sleep(0.2)
    screen.type("yes please", "Enter")
    screen.wait_for(lambda text: "[y]es" in text)
    time.sleep(0.2)
    assert screen.text.rstrip().endswith("[q]uit:")
    screen.type("n", "Enter")
    screen.wait_for_prompt_after("denied")
    assert not Path("wiped").exists()


def test_a_window_that_is_closed_loses_nothing(slow: Simulator, tmp_path: Path) -> None:
    screen = Screen(slow.base_url, tmp_path / "home")
    slow.enqueue(text=" ".join(f"word{number}" for number in range(500)))
    try:
        screen.start()
        screen.type("count", "Enter")
        screen.wait_for(lambda text: "word5" in text)
    finally:
        screen.close()
    deadline = time.monotonic() + PATIENCE
    while saved(tmp_path)[-1].get("status") != "partial":
        assert time.monotonic() < deadline
        time.sleep(0.05)
