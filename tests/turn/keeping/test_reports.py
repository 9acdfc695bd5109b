"""What is told of the session of a turn: where an answer is that broke off."""

import json
import re
import shlex
import signal
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.controlling_terminal import ControllingTerminal


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A file with one tool."""
    file = tmp_path / "rows.py"
    file.write_text('def rows(n: int) -> str:\n    """Rows."""\n    return "a"\n')
    return file


@pytest.mark.parametrize("command", ["ask", "stream"])
@pytest.mark.parametrize(("fault", "code"), [("cut=1x1", 75), ("errorx1", 75), ("malformedx1", 76)])
def test_where_the_partial_answer_is_gets_told(
    simulator: Simulator, run: Run, sessions: Path, command: str, fault: str, code: int
) -> None:
    simulator.inject(fault)
    ran = run(command, "hi")
    [file] = sessions.glob("*.jsonl")
    assert ran.code == code
    assert ran.stderr.splitlines()[0] == (
        f"the partial answer is in session {file.stem}: claude-cli sessions show {file.stem}, "
        f"or claude-cli ask -r {file.stem} --go-on"
    )
    assert json.loads(file.read_bytes().splitlines()[-1])["status"] == "partial"


def test_the_name_of_the_session_is_told_as_a_shell_takes_it(
    simulator: Simulator, run: Run
) -> None:
    simulator.inject("cut=1x1")
    notice = run("ask", "hi", "--name", "Tom's talk").stderr.splitlines()[0]
    spec = shlex.split(notice.partition(": claude-cli ")[2])[2].rstrip(",")
    assert spec == "Tom's talk"
    assert run("sessions", "show", spec).code == 0


@pytest.mark.parametrize("flags", [("-n",), ("-q",)])
def test_nothing_is_told_of_a_place_where_none_is_or_where_it_shall_be_quiet(
    simulator: Simulator, run: Run, flags: tuple[str, ...]
) -> None:
    simulator.inject("cut=1x1")
    ran = run("ask", "hi", *flags)
    assert (ran.code, "session" in ran.stderr) == (75, False)


@pytest.mark.parametrize("fault", ["529x1", "cut=0x1"])
def test_of_an_answer_that_never_began_nothing_is_told(
    simulator: Simulator, run: Run, fault: str
) -> None:
    run("ask", "one", "--name", "talk")
    simulator.inject(fault)
    ran = run("ask", "two", "-r", "talk", "--retries", "0")
    assert (ran.code, "answer" in ran.stderr.partition("error:")[0]) == (75, False)


def test_the_half_of_an_answer_that_was_to_go_on_is_told(
    simulator: Simulator, run: Run, sessions: Path
) -> None:
    simulator.enqueue(text="the first half", stop_reason="pause_turn")
    simulator.enqueue(raw={"status": 529})
    ran = run("ask", "hi", "--retries", "0", "-m", "claude-haiku-4-5")
    [file] = sessions.glob("*.jsonl")
    assert ran.code == 75
    assert ran.stderr.startswith(f"what was answered is in session {file.stem}: ")
    assert "--go-on" in ran.stderr


def test_an_answer_that_ends_in_a_call_is_not_said_to_go_on(
    simulator: Simulator, run: Run, rows: Path
) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "rows", "input": {"n": 1}}
    simulator.enqueue(content=[call], stop_reason="tool_use")
    simulator.enqueue(raw={"status": 529})
    ran = run("ask", "hi", "--retries", "0", "--name", "s", "-T", str(rows), "--approve", "always")
    assert ran.code == 75
    assert "what was answered is in session s: claude-cli sessions show s\n" in ran.stderr


def test_ctrl_c_at_the_question_of_a_call_leaves_a_line_for_what_is_told(
    simulator: Simulator, rows: Path
) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "rows", "input": {"n": 1}}
    simulator.enqueue(content=[call], stop_reason="tool_use")
    with ControllingTerminal("ask", "hi", "-T", str(rows)) as terminal:
        terminal.wait_for("[q]uit: ")
        terminal.type("\x03")
        assert terminal.wait() == -signal.SIGINT
    told = terminal.received.partition("[q]uit: ")[2]
    assert re.match(r"(\^C)?\r\n\rwhat was answered is in session ", told), told


def test_what_is_told_after_ctrl_c_goes_over_its_echo(simulator: Simulator) -> None:
    simulator.inject("stall=3x1")
    with ControllingTerminal("ask", "hi") as terminal:
        terminal.wait_for("You said")
        terminal.type("\x03")
        assert terminal.wait() == -signal.SIGINT
    assert "\rthe partial answer is in session " in terminal.received


def test_a_chat_from_a_pipe_that_a_broken_answer_ends_tells_where_it_is(
    simulator: Simulator, run: Run
) -> None:
    simulator.inject("cut=1x1")
    assert "the partial answer is in session " in run("chat", stdin=b"hi\n").stderr
    simulator.inject("400x1")
    assert "answer" not in run("chat", stdin=b"hi\n").stderr
