"""Kills at any step of every command that keeps something, and what must stand after each.

A few each; `.ci/long storms` runs as many as KILLS says.
"""

import json
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("fcntl")

from claude_cli.disk import appendlog
from claude_cli.ledger import ledger_file
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run
from tests.storms.forks import Forks, left_behind
from tests.storms.sessions import answers, kept, pairs
from tests.tools.mcp import scripted_server

WRITERS = 6


def test_six_writers_of_one_session_lose_no_answer_that_was_told(
    forks: Forks, run: Run, simulator: Simulator
) -> None:
    assert forks.run("ask", "--name", "s", "begin").code == 0
    assert forks.run("ask", "-r", "s", "begin").code == 0
    told: dict[str, str] = {}
    paid = 2
    moments = list(forks.moments())
    for number in range(0, len(moments), WRITERS):
        started = {}
        for step, signum in moments[number : number + WRITERS]:
            prompt = f"question {number} {step}"
            started[prompt] = forks.start("ask", "-r", "s", prompt, step=step, signum=signum)
        for prompt, fork in started.items():
            ran = fork.wait()
            paid += ran.code == 0
            if ran.stdout:
                told[prompt] = ran.text.rstrip("\n")
        assert told.items() <= pairs(Store().find("s")).items()
        after = run("ask", "-c", "-q", f"after {number}")
        assert after.code == 0, after.stderr
        told[f"after {number}"] = after.text.rstrip("\n")
        paid += 1
    assert told.items() <= pairs(Store().find("s")).items()
    assert len([*appendlog.read_records(ledger_file())]) >= paid
    [listed] = run("sessions", "list", "--format", "json").json
    assert listed["name"] == "s"


AFTER_THE_ANSWER = (
    *("_keep", "Conversation.answered", "Session.append_answer", "new_answer"),
    *("Session.append_answer > SessionFile._between", "Spending.charge", "LedgerWriter.write"),
    *("LedgerWriter.write > _write_at_end > lock", "add_usage"),
)
"""Functions that are entered once it was shown whole: before it is kept, between its place in the
file and in memory, likewise for the ledger, and before the turn is over."""


@pytest.mark.parametrize("step", AFTER_THE_ANSWER)
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_answer_that_was_shown_is_kept_and_counted_once_whenever_the_signal_comes(
    forks: Forks, run: Run, step: str, signum: signal.Signals
) -> None:
    ran = forks.run("stream", "--name", "s", "hi", step=step, signum=signum)
    assert ran.code == -signum
    [(prompt, answer)] = answers(Store().find("s"))
    assert (prompt, answer.rstrip("\n")) == ("hi", ran.text.rstrip("\n"))
    assert len([*appendlog.read_records(ledger_file())]) == 1


def test_a_comparison_is_kept_whole_or_its_name_is_told(forks: Forks, run: Run) -> None:
    command = ("compare", "-m", "opus", "-m", "haiku", "--name")
    assert forks.run(*command, "whole", "hi").code == 0
    for number, (step, signum) in enumerate(forks.moments()):
        ran = forks.run(*command, f"c{number}", "hi", step=step, signum=signum)
        again = run(*command, f"c{number}", "hi", "--format", "json")
        assert again.code == 0 or (again.code == 2 and "hint:" in again.stderr), again.stderr
        if ran.code == 0:
            assert again.code == 2
        assert run("sessions", "list", "--format", "json").code == 0


def test_a_call_of_an_mcp_server_leaves_no_process(forks: Forks, run: Run, tmp_path: Path) -> None:
    entry = {
        "command": sys.executable,
        "args": [scripted_server.__file__, "behaves"],
        "env": {"STORM": str(tmp_path)},
    }
    Path("mcp.json").write_text(json.dumps({"mcpServers": {"sums": entry}}))
    tool = ("--mcp", "mcp.json", "--approve", "always", "--tool-choice", "mcp__sums__add")
    assert forks.run("ask", "--name", "m", *tool, "add").code == 0
    assert forks.run("ask", "-r", "m", *tool, "add").code == 0
    for step, signum in forks.moments():
        ran = forks.run("ask", "-r", "m", *tool, f"add {step}", step=step, signum=signum)
        assert left_behind(str(tmp_path)) == []
        after = run("ask", "-r", "m", "-q", "and?")
        assert after.code == 0, after.stderr
        assert ran.code != 0 or f"add {step}" in str(kept("m"))


def is_told(replayed: Ran) -> bool:
    """Whether it says that the exchange is not in the cassette, or only a part of its answer."""
    return replayed.code == 65 or (replayed.code == 75 and "was recorded" in replayed.stderr)


def test_a_cassette_plays_what_was_recorded_before_the_kill(forks: Forks, run: Run) -> None:
    assert forks.run("ask", "--record", "tape", "begin").code == 0
    assert forks.run("ask", "--record", "tape", "begin").code == 0
    for step, signum in forks.moments():
        ran = forks.run("ask", "--record", "tape", f"say {step}", step=step, signum=signum)
        assert all(json.loads(line) for line in Path("tape").read_bytes().splitlines())
        replayed = run("ask", "--replay", "tape", f"say {step}")
        assert replayed.code == 0 or (not ran.stdout and is_told(replayed)), replayed.stderr
        assert replayed.stdout == ran.stdout or not ran.stdout
    assert oct(Path("tape").stat().st_mode & 0o777) == "0o600"


def test_a_cassette_that_is_killed_at_its_first_line_can_be_recorded_again(
    forks: Forks, run: Run
) -> None:
    assert forks.run("ask", "--record", "whole", "begin").code == 0
    for number, (step, signum) in enumerate(forks.moments()):
        tape = f"tape {number}"
        forks.run("ask", "--record", tape, "hi", step=step, signum=signum)
        assert run("ask", "--record", tape, "hi").code == 0
        assert run("ask", "--replay", tape, "hi").code == 0


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364600000000600023081d02f0000000049454e44ae426082"
)


def test_attachments_and_the_index_stand_after_each_kill(forks: Forks, run: Run) -> None:
    Path("p.png").write_bytes(PNG)
    assert forks.run("ask", "--name", "whole", "-a", "p.png", "hi").code == 0
    for number, (step, signum) in enumerate(forks.moments()):
        Path("p.png").write_bytes(PNG + str(number).encode())  # a blob of its own
        command = ("ask", "--name", f"n{number}", "-a", "p.png", "hi")
        ran = forks.run(*command, step=step, signum=signum)
        listed = {row["name"] for row in run("sessions", "list", "--all", "--format", "json").json}
        assert ran.code != 0 or f"n{number}" in listed
        if f"n{number}" in listed:
            after = run("ask", "-r", f"n{number}", "-q", "and?")
        else:
            after = run(*command)
        assert after.code == 0, after.stderr
        assert run("sessions", "check").code == 0
        assert kept(f"n{number}")[-1]
