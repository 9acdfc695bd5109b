"""The page about the simulator: its servers serve, its tables are complete, its scripts play."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("termios")

from claude_cli.simulator.answers.scripted import _KINDS, _MESSAGE_FIELDS
from claude_cli.simulator.wire.faults import KINDS, PLACES, parse_fault
from tests.conftest import Ran, Run, Spawn
from tests.docs.pages import DOCS, block, examples

PAGE = DOCS / "simulator.md"
Ask = Callable[[], Ran]


@pytest.mark.parametrize(
    "command", [line for line in examples() if line.startswith("claude-cli simulator")]
)
def test_each_simulator_of_the_documents_serves(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    Path("replies.jsonl").write_text(block(PAGE, "json", '"error"'))
    arguments = re.sub(r"--port \d+", "", command).split()[1:]
    ask = reach(spawn(*arguments), run, monkeypatch)
    if "--fault 529x2 --fault cut=3" in command:
        assert [ask().code for _ in range(3)] == [75] * 3
        assert "overloaded" not in ask().stderr
    elif "--fault" in command:
        assert ask().code in (75, 77)
    elif "--script" in command:
        assert ask().json["content"][0]["text"] == "It is low at noon."
        assert "Busy" in ask().stderr
        assert ask().json["content"][0]["name"] == "get_tide"
    else:
        assert ask().code == 0


def reach(server: "subprocess.Popen[bytes]", run: Run, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Wait for its address; return what asks it, once."""
    assert server.stdout is not None
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.stdout.readline().decode().strip())
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x")
    return lambda: run("ask", "hi", "--format", "json", "--retries", "0")


def test_the_toml_script_is_replayed(
    spawn: Spawn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("replies.toml").write_text(block(PAGE, "toml", "[[reply]]"))
    ask = reach(spawn("simulator", "--script", "replies.toml"), run, monkeypatch)
    answers = [ask().json["content"][0]["text"] for _ in range(3)]
    assert answers[:2] == ["It is low at noon."] * 2
    assert answers[2] != answers[0]


def first_column(heading: str) -> set[str]:
    """What stands between backquotes in the first column of the page's table."""
    table = PAGE.read_text().partition(f"| {heading} |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {word for first in firsts for word in re.findall("`([^`]+)`", first)}


def test_the_page_names_every_kind_of_fault() -> None:
    faults = [parse_fault(spec) for spec in first_column("fault")]
    kinds = {(fault.place, fault.kind) for fault in faults}
    assert kinds == KINDS.keys() | {(place, "status") for place in PLACES}


def test_the_page_names_every_key_of_a_scripted_reply() -> None:
    assert first_column("key") == {*_KINDS, *_MESSAGE_FIELDS, "repeat", "delta_characters"}
