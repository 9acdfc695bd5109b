"""A turn goes on where the server paused it, in its container; a refused turn stays behind."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
COMPACTED = {"type": "compaction", "content": "Summary so far"}


def sent(simulator: Simulator) -> list[dict[str, Any]]:
    """The bodies of the Messages requests."""
    posts = [r for r in simulator.requests if r.path == "/v1/messages"]
    return [r.body for r in posts]


def test_a_paused_answer_goes_on_without_its_empty_text(simulator: Simulator, run: Run) -> None:
    empty = {"type": "text", "text": ""}
    simulator.enqueue(content=[empty, SEARCH], stop_reason="pause_turn")
    simulator.enqueue(content=[FOUND, {"type": "text", "text": "done"}])
    ran = run("ask", "hi", "-n", "-m", "claude-opus-5", "-T", "web_search")
    assert (ran.code, ran.text) == (0, "done\n")
    assert sent(simulator)[1]["messages"][-1] == {"role": "assistant", "content": [SEARCH]}


EDIT = 'context_management:={"edits":[{"type":"compact_20260112","pause_after_compaction":true}]}'


def test_an_answer_that_was_paused_after_a_compaction_goes_on(
    simulator: Simulator, run: Run
) -> None:
    simulator.enqueue(content=[COMPACTED], stop_reason="compaction")
    simulator.enqueue(text="the answer")
    ran = run("ask", "hi", "-n", "-m", "claude-opus-5", "-o", EDIT)
    assert (ran.code, ran.text) == (0, "the answer\n")
    [compacted] = sent(simulator)[1]["messages"][-1]["content"]
    assert compacted.items() >= COMPACTED.items()


def test_a_compaction_that_is_the_answer_is_not_sent_again(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(content=[COMPACTED], stop_reason="compaction")
    edit = EDIT.replace("true", "false")
    assert run("ask", "hi", "-n", "-m", "claude-opus-5", "-o", edit).code == 0
    assert len(sent(simulator)) == 1


def test_compactions_without_end_are_cut(simulator: Simulator, run: Run) -> None:
    for _ in range(20):
        simulator.enqueue(content=[COMPACTED], stop_reason="compaction")
    run("ask", "hi", "-n", "-m", "claude-opus-5", "-o", EDIT)
    assert len(sent(simulator)) == 11


@pytest.fixture
def tool(tmp_path: Path) -> str:
    path = tmp_path / "rows.py"
    path.write_text('def rows(n: int) -> str:\n    """Rows."""\n    return \'a\'\n')
    return str(path)


def test_the_container_of_an_answer_goes_with_the_rest_of_the_turn_and_of_the_session(
    simulator: Simulator, run: Run, tool: str
) -> None:
    code = {"type": "server_tool_use", "id": "srvtoolu_2", "name": "code_execution", "input": {}}
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_2"}
    call = {"type": "tool_use", "id": "toolu_1", "name": "rows", "input": {"n": 1}}
    ran = {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_2"}
    ran["content"] = {  # type: ignore[assignment]
        "type": "code_execution_result",
        "stdout": "",
        "stderr": "",
        "return_code": 0,
        "content": [],
    }
    container = {"id": "container_1", "expires_at": "2030-01-01T00:00:00Z"}
    simulator.enqueue(
        content=[code, call | {"caller": caller}], stop_reason="tool_use", container=container
    )
    simulator.enqueue(content=[ran, {"type": "text", "text": "done"}])
    ask = ("-m", "claude-opus-5", "-T", "code_execution", "-T", tool, "--approve", "always")
    assert run("ask", "hi", "--name", "s", *ask).code == 0
    assert run("ask", "again", "-r", "s").code == 0
    assert [body.get("container") for body in sent(simulator)] == [None, *["container_1"] * 2]


def test_a_refused_turn_is_kept_and_told_and_not_sent_again(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="one")
    simulator.enqueue(text="I cannot", stop_reason="refusal")
    run("ask", "first", "--name", "s")
    assert run("ask", "forbidden", "-r", "s").code == 4
    ran = run("ask", "second", "-r", "s")
    assert (ran.code, "a refused turn is not sent again" in ran.stderr) == (0, True)
    assert "forbidden" not in json.dumps(sent(simulator)[-1])
    assert "forbidden" in run("sessions", "show", "s").text


def test_thinking_is_sent_back_only_behind_what_it_was_made_from(
    simulator: Simulator, run: Run
) -> None:
    ask = ("-q", "-m", "claude-fable-5-2")
    run("ask", "one", "--name", "s", "-s", "be brief", *ask)
    run("ask", "two", "-r", "s", "-q")
    assert json.dumps(sent(simulator)[-1]).count('"type": "thinking"') == 1
    for change in (("-s", "be long"), ("--history", "1"), ("-T", "web_search")):
        ran = run("ask", "three", "-r", "s", "--dry-run", *change)
        assert (ran.code, '"thinking"' in ran.text) == (0, False)
    assert run("ask", "three", "-r", "s", "--dry-run").text.count('"type": "thinking"') == 2


CHANGES: list[tuple[str, ...]] = [
    (),
    (),
    ("-s", "be brief"),
    ("-s", "be long"),
    ("--history", "1"),
    ("-T", "web_search"),
    ("-m", "claude-opus-5-5"),
    ("-m", "claude-sonnet-5-5"),
    ("-m", "claude-opus-4-8"),
    ("--fork",),
]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_changes_on_the_way_the_api_takes_the_next_turn(
    simulator: Simulator, run: Run, seed: int
) -> None:
    random, said = Random(seed), "q"
    run("ask", said, "--name", "s", "-m", "claude-fable-5-2")
    for number in range(12):
        if random.random() < 0.3:
            line = random.choice([b"/undo\n", b"/retry\n", b"/edit other\n"])
            run("chat", "-c", "-n" if random.random() < 0.1 else "-q", stdin=line)
        ran = run("ask", f"q{number}", "-c", *random.choice(CHANGES))
        assert ran.code == 0, ran.stderr
