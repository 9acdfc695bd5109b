"""`shell`: one command line, printed in a pipe, and on a terminal run by a key alone."""

import json
import os
import platform
import signal
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run
from tests.controlling_terminal import ControllingTerminal

QUESTION = "[q]uit? "
EDITING = "\x1b[?2004h"
"""What the line editor begins with: it wants to know what is pasted."""


def propose(simulator: Simulator, command: str, explanation: str = "It is safe.") -> None:
    text = json.dumps({"command": command, "explanation": explanation})
    simulator.enqueue(text=text)


# In a pipe


def test_in_a_pipe_the_command_alone_is_printed_and_nothing_runs(
    simulator: Simulator, run: Run
) -> None:
    propose(simulator, "touch made")
    ran = run("shell", "make", "a", "file")
    assert (ran.code, ran.text) == (0, "touch made\n")
    assert not Path("made").exists()
    assert run("sessions", "list", "--all").text == ""


def test_the_model_is_told_shell_system_and_folder(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    Path("secret.txt").write_text("a secret")
    propose(simulator, "ls")
    run("shell", "-s", "Use exa.", "list")
    body = simulator.requests[-1].body
    assert "fish" in body["system"]
    assert os.getcwd() in body["system"]
    assert body["system"].endswith("Use exa.")
    assert "secret" not in json.dumps(body)
    assert body["output_config"]["format"]["schema"]["required"] == ["command", "explanation"]


@pytest.mark.parametrize(
    ("system", "release", "called"),
    [
        ("Darwin", {"PRETTY_NAME": "no"}, "macOS 15.1"),
        ("Linux", {"PRETTY_NAME": "Debian GNU/Linux 12"}, "Debian GNU/Linux 12"),
        ("FreeBSD", {}, "FreeBSD 14.1"),
    ],
)
def test_a_system_has_the_name_that_its_users_call_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, system: str, release: dict[str, str], called: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "release", lambda: "14.1")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert called in run("shell", "--dry-run", "list").json["system"]


@pytest.mark.parametrize(
    "flags", [("-m", "claude-sonnet-4-20250514"), ("--platform", "mantle", "--simulate")]
)
def test_where_no_schema_is_taken_a_code_block_is_asked_for(
    run: Run, flags: tuple[str, ...]
) -> None:
    shown = run("shell", "--dry-run", *flags, "list").json
    assert "output_config" not in shown
    assert "fenced code block" in shown["system"]


def test_the_first_code_block_is_the_command(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="Here:\n```sh\nls -l\n```\n")
    assert run("shell", "list").text == "ls -l\n"


def test_an_answer_without_a_command_is_65(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="I would rather not.")
    ran = run("shell", "hi")
    assert (ran.code, ran.stdout, "rather not" in ran.stderr) == (65, b"", True)


@pytest.mark.parametrize(("reason", "code"), [("max_tokens", 3), ("refusal", 4)])
def test_an_answer_that_was_cut_or_refused_has_no_command(
    simulator: Simulator, run: Run, reason: str, code: int
) -> None:
    simulator.enqueue(text='{"command": "rm -rf /', stop_reason=reason)
    ran = run("shell", "hi")
    assert (ran.code, ran.stdout) == (code, b"")


def test_a_cut_command_is_gone_on_with_if_told_to(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text='{"command": "ls ', stop_reason="max_tokens")
    simulator.enqueue(text='-l", "explanation": ""}')
    assert run("shell", "hi", "--until-done").text == "ls -l\n"


def test_a_command_that_may_cost_too_much_is_not_asked_for(simulator: Simulator, run: Run) -> None:
    ran = run("shell", "hi", "--max-cost", "0.000001")
    assert (ran.code, ran.stdout) == (7, b"")
    assert "more than --max-cost" in ran.stderr
    assert not [request for request in simulator.requests if request.path == "/v1/messages"]


def test_with_a_name_it_is_kept_and_can_be_gone_on_with(simulator: Simulator, run: Run) -> None:
    propose(simulator, "ls")
    run("shell", "--name", "cmd", "list")
    propose(simulator, "ls -l")
    assert run("shell", "-r", "cmd", "longer").text == "ls -l\n"
    assert len(simulator.requests[-1].body["messages"]) == 3
    (listed,) = run("sessions", "list", "--format", "json").json
    assert (listed["name"], listed["turns"]) == ("cmd", 1)


def test_a_dry_run_shows_the_request_and_sends_nothing(simulator: Simulator, run: Run) -> None:
    shown = run("shell", "--dry-run", "list").json
    assert shown["output_config"]["format"]["type"] == "json_schema"
    assert simulator.requests == []
    assert run("shell", "--curl", "list").text.startswith("curl ")


@pytest.mark.parametrize(
    "flag", ["--schema=x int", "-x", "--format=json", "-T=web_search", "--go-on", "--save=x", "-n"]
)
def test_flags_that_would_make_another_answer_are_none_of_it(run: Run, flag: str) -> None:
    assert run("shell", flag, "hi").code == 2


def test_what_is_piped_in_goes_along(simulator: Simulator, run: Run) -> None:
    propose(simulator, "git commit -m x")
    run("shell", "commit this", stdin=b"+ a line\n")
    content = simulator.requests[-1].body["messages"][-1]["content"]
    assert [block["text"] for block in content] == ["+ a line\n", "commit this"]


# On a terminal


@pytest.fixture
def shell(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")

    def start(*arguments: str, **streams: Any) -> ControllingTerminal:
        return ControllingTerminal("shell", *arguments, **streams)

    return start


def test_on_a_terminal_it_is_shown_with_marks_and_a_key_runs_it(
    simulator: Simulator, shell: Any
) -> None:
    propose(simulator, "echo it ran; rm -f nothing; exit 7", "Says so.")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        assert "it ran; rm" in terminal.received
        assert "Says so." in terminal.received
        assert "! deletes: rm" in terminal.received
        terminal.type("r")
        assert terminal.wait() == 7
        assert terminal.received.split(QUESTION)[1].split() == ["r", "it", "ran"]


@pytest.mark.parametrize("key", ["q", "\x04", "c"])
def test_quit_and_copy_are_0_and_run_nothing(simulator: Simulator, shell: Any, key: str) -> None:
    propose(simulator, "touch made")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type(key)
        assert terminal.wait() == 0
    assert not Path("made").exists()


def test_enter_and_what_is_no_key_repeat_the_question(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "touch made")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        for times, typed in enumerate(["\r", "y", "run", "\x1b[A"], 2):
            terminal.type(typed)
            terminal.wait_for(QUESTION, times)
        terminal.type("q")
        assert terminal.wait() == 0
    assert not Path("made").exists()


def test_what_was_typed_before_the_question_answers_nothing(
    simulator: Simulator, shell: Any
) -> None:
    propose(simulator, "touch made")
    with shell("do it") as terminal:
        terminal.type("r")
        terminal.wait_for(QUESTION)
        terminal.type("q")
        assert terminal.wait() == 0
    assert not Path("made").exists()


def test_ctrl_c_at_the_question_runs_nothing(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "touch made")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("\x03")
        assert terminal.wait() == -signal.SIGINT
    assert not Path("made").exists()


def test_it_is_edited_in_the_line_editor_and_ctrl_c_leaves_it_as_it_was(
    simulator: Simulator, shell: Any
) -> None:
    propose(simulator, "echo one")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("e")
        terminal.wait_for(EDITING)
        terminal.type(" two\x03")
        terminal.wait_for(QUESTION, 2)
        terminal.type("e")
        terminal.wait_for(EDITING, 2)
        terminal.type(" three\r")
        terminal.wait_for(QUESTION, 3)
        terminal.type("r")
        assert terminal.wait() == 0
        assert terminal.received.split(QUESTION)[3].split() == ["r", "one", "three"]


def test_it_is_explained_by_the_model_and_asked_again(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "ls -l")
    simulator.enqueue(text="`-l` is the **long** form.")
    with shell("list", "--name", "cmd") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("x")
        terminal.wait_for(QUESTION, 2)
        assert "long" in terminal.received.split(QUESTION)[1]
        simulator.enqueue(error={"status": 400})
        terminal.type("x")
        terminal.wait_for(QUESTION, 3)
        assert "error:" in terminal.received
        terminal.type("q")
        assert terminal.wait() == 0
    bodies = [request.body for request in simulator.requests]
    assert "format" not in bodies[1].get("output_config", {})
    assert "ls -l" in bodies[1]["messages"][-1]["content"][0]["text"]


def test_a_command_is_harmless_before_it_is_run(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "echo \x1b]0;title\x07\u202e", "\x1b[2J")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        assert "\x1b]0" not in terminal.received
        assert "\u202e" not in terminal.received
        assert "\x1b[2J" not in terminal.received
        assert "cannot be seen" in terminal.received
        terminal.type("q")
        terminal.wait()


def test_the_command_has_the_terminal_and_not_the_key(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "env; read answer; test -t 0 && echo $answer")
    read, write = os.pipe()
    os.write(write, b"piped text")
    os.close(write)
    with shell("do it", stdin=read) as terminal:
        os.close(read)
        terminal.wait_for(QUESTION)
        terminal.type("r")
        terminal.wait_for("PWD=")
        terminal.type("from the terminal\r")
        assert terminal.wait() == 0
        assert terminal.received.count("from the terminal") == 2
        assert CANARY not in terminal.received
    assert "piped text" in json.dumps(simulator.requests[-1].body)


def test_a_reader_that_goes_away_ends_the_command_quietly(simulator: Simulator, shell: Any) -> None:
    propose(simulator, "yes | head -1; echo ${PIPESTATUS:-done}; kill -TERM $$")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("r")
        assert terminal.wait() == -signal.SIGTERM
        assert "Broken pipe" not in terminal.received


def test_a_shell_that_is_not_there_is_78(
    simulator: Simulator, shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/nowhere/sh")
    propose(simulator, "ls")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("r")
        assert terminal.wait() == 78
        assert "set SHELL" in terminal.received


def test_without_shell_it_is_sh(
    simulator: Simulator, shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHELL")
    propose(simulator, "echo $0")
    with shell("do it") as terminal:
        terminal.wait_for(QUESTION)
        terminal.type("r")
        assert terminal.wait() == 0
        assert "/bin/sh" in terminal.received


def test_a_kill_at_the_question_runs_nothing_and_keeps_what_was_asked(
    simulator: Simulator, shell: Any, run: Run
) -> None:
    propose(simulator, "touch made")
    with shell("do it", "--name", "cmd") as terminal:
        terminal.wait_for(QUESTION)
        terminal.process.kill()
        assert terminal.wait() == -signal.SIGKILL
    assert not Path("made").exists()
    assert "touch made" in run("sessions", "show", "cmd").text
