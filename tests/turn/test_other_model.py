"""`--fallback`: another model answers for one that is not there, or too busy for a first word."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli import ledger
from claude_cli.errors import InputError, TemporaryFailure
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.other_model import OtherModel
from tests.conftest import Run

OPUS, HAIKU, SONNET = "claude-opus-5", "claude-haiku-4-5", "claude-sonnet-4-6"
FALLBACK = ("--fallback", HAIKU, "--retries", "0", "--format", "json")


def models(simulator: Simulator) -> list[str]:
    return [request.body["model"] for request in simulator.requests]


@pytest.mark.parametrize("fault", ["529x1", "500x1", "503x1", "event", "begun"])
def test_a_model_that_is_too_busy_is_stood_in_for(
    run: Run, simulator: Simulator, fault: str
) -> None:
    if fault == "event":
        simulator.enqueue(sse=BUSY)
    elif fault == "begun":
        simulator.enqueue(sse=BEGUN + BUSY)
    else:
        simulator.inject(fault)
    ran = run("ask", "hi", "-m", OPUS, *FALLBACK)
    assert ran.code == 0, ran.stderr
    assert ran.json["claude_cli"]["fallback_from"] == OPUS
    assert models(simulator) == [OPUS, HAIKU]
    assert "is asked instead" in ran.stderr
    assert "partial" not in run("sessions", "show", "--format", "json", _last(run)).text


def test_an_empty_name_is_no_other_model(run: Run, simulator: Simulator) -> None:
    simulator.inject("529x1")
    ran = run("ask", "hi", "-m", OPUS, "--fallback", "", "--retries", "0")
    assert (ran.code, models(simulator)) == (75, [OPUS])


@pytest.mark.usefixtures("simulator")
def test_a_name_that_is_mistyped_is_told_before_it_is_needed(run: Run) -> None:
    ran = run("ask", "hi", "-m", OPUS, "--fallback", "sonet")
    assert (ran.code, "did you mean sonnet?" in ran.stderr) == (0, True), ran.stderr


BEGUN = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message",'
    '"role":"assistant","model":"m","content":[],"usage":{"input_tokens":5,"output_tokens":1}}}\n\n'
)
BUSY = (
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy"}}\n\n'
)


@pytest.mark.parametrize("command", ["ask", "stream", "chat"])
def test_a_model_that_is_not_there_is_stood_in_for(
    run: Run, simulator: Simulator, command: str
) -> None:
    stdin = b"hi\n" if command == "chat" else b""
    words = [] if command == "chat" else ["hi"]
    ran = run(command, *words, "-m", "claude-opus-99", *FALLBACK, stdin=stdin)
    assert ran.code == 0, ran.stderr
    assert ran.json["claude_cli"]["fallback_from"] == "claude-opus-99"


def test_the_model_that_answered_is_billed_and_kept_and_the_first_is_asked_again(
    run: Run, simulator: Simulator
) -> None:
    simulator.inject("529x1")
    assert run("ask", "hi", "-m", OPUS, *FALLBACK).code == 0
    assert [row.key.startswith(HAIKU) for row in ledger.sums("model").rows] == [True]
    session = run("sessions", "show", "--format", "json", _last(run)).text
    assert HAIKU in session
    assert run("ask", "-c", "and more").code == 0
    assert models(simulator)[-1] == OPUS


def _last(run: Run) -> str:
    listed: list[dict[str, Any]] = run("sessions", "list", "--format", "json").json
    return str(listed[0]["id"])


def test_without_need_nothing_is_told_and_nothing_else_sent(run: Run, simulator: Simulator) -> None:
    ran = run("ask", "hi", "-m", OPUS, *FALLBACK)
    assert "fallback_from" not in ran.json["claude_cli"]
    assert (models(simulator), "instead" in ran.stderr) == ([OPUS], False)


def test_after_the_first_word_nobody_else_is_asked(run: Run, simulator: Simulator) -> None:
    simulator.inject("errorx1")
    assert run("ask", "hi", "-m", OPUS, *FALLBACK).code == 75
    assert models(simulator) == [OPUS]


@pytest.mark.parametrize("fault", ["400x1", "429x1", "401x1", "404x1"])
def test_other_errors_are_errors(run: Run, simulator: Simulator, fault: str) -> None:
    simulator.inject(fault)
    assert run("ask", "hi", "-m", OPUS, *FALLBACK).code != 0
    assert models(simulator) == [OPUS]


def test_what_the_other_model_does_not_take_is_left_out_and_told(
    run: Run, simulator: Simulator
) -> None:
    simulator.inject("529x1")
    flags = ("--effort", "high", "--thinking", "adaptive", "--max-tokens", "100000")
    ran = run("ask", "hi", "-m", OPUS, *flags, *FALLBACK)
    assert ran.code == 0, ran.stderr
    assert "without thinking and effort" in ran.stderr
    sent = simulator.requests[1].body
    assert ("thinking" in sent, "output_config" in sent, sent["max_tokens"]) == (
        False,
        False,
        64_000,
    )


def test_a_tool_loop_goes_on_with_the_other_model_and_without_thinking(
    run: Run, simulator: Simulator
) -> None:
    Path("t.py").write_text('def look(x: str) -> str:\n    "Looks."\n    return x\n')
    call = {"type": "tool_use", "name": "look", "input": {"x": "a"}}
    simulator.enqueue(content=[{"type": "thinking", "thinking": "Hm."}, call])
    simulator.enqueue(error={"status": 529, "type": "overloaded_error", "message": "Busy"})
    flags = ("--thinking", "2048", "-T", "t.py", "--approve", "always", "--no-save")
    ran = run("ask", "hi", "-m", SONNET, *flags, *FALLBACK)
    assert ran.code == 0, ran.stderr
    last = simulator.requests[-1].body
    assert [block["type"] for block in last["messages"][1]["content"]] == ["tool_use"]
    assert "thinking" not in last
    assert "the thinking so far" in ran.stderr


def test_a_server_tool_is_the_one_that_the_other_model_takes() -> None:
    tool = {"type": "web_search_20260318", "name": "web_search", "max_uses": 3}
    body = {"model": OPUS, "max_tokens": 9, "messages": [], "tools": [tool]}
    asked, _ = OtherModel(HAIKU).asked(body)
    assert asked["tools"] == [{**tool, "allowed_callers": ["direct"]}]
    assert body["tools"] == [tool]


def test_the_start_of_an_answer_cannot_be_left_out() -> None:
    start = {"role": "assistant", "content": "It"}
    body = {"model": SONNET, "messages": [{"role": "user", "content": "hi"}, start]}
    busy = TemporaryFailure("529", status=529)
    assert not OtherModel(OPUS).stands_in(busy, body)
    assert OtherModel(HAIKU).stands_in(busy, body)
    assert not OtherModel(HAIKU).stands_in(InputError("404: nothing", status=404), body)


def test_max_cost_holds_for_either_model(run: Run, simulator: Simulator) -> None:
    line = ("ask", "hi", "-m", HAIKU, "--max-tokens", "1000", "--max-cost", "0.01", "-n")
    assert run(*line).code == 0
    assert run(*line, "--fallback", OPUS).code == 7


def test_rows_of_a_live_batch_are_answered_by_the_other_model(
    run: Run, simulator: Simulator
) -> None:
    Path("rows.txt").write_text("one\ntwo\n")
    simulator.inject("529x1")
    line = ("batch", "run", "rows.txt", "Say {line}", "-m", OPUS, "--retries", "0")
    ran = run(*line, "--live", "--concurrency", "1", "--fallback", HAIKU)
    assert ran.code == 0, ran.stderr
    answers = [json.loads(line)["result"]["message"]["model"] for line in ran.text.splitlines()]
    assert sorted(answers) == [f"{HAIKU}-20251001", OPUS]
    assert "was asked instead for 1 row" in ran.stderr
    assert run(*line, "--fallback", HAIKU).code == 2
