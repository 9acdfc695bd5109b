"""`--until-done` and `--go-on`: the parts of an answer become one, for everybody who reads it."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from claude_cli.types import Message
from tests.conftest import MODEL, Run, Spawn

TAKES_PREFILL = "claude-haiku-4-5"
SCHEMA = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
USAGE = ("input_tokens", "output_tokens")


def cut(simulator: Simulator, *parts: str, **fields: Any) -> None:
    """Let the simulator answer in parts, each but the last cut at max_tokens."""
    *others, last = parts
    for part in others:
        simulator.enqueue(text=part, stop_reason="max_tokens", usage=dict.fromkeys(USAGE, 10))
    simulator.enqueue(text=last, usage=dict.fromkeys(USAGE, 5), **fields)


def answers(name: str = "talk") -> list[Message]:
    """The answers on the chain of the session."""
    turns = Store().open(name).transcript.turns()
    return [r["message"] for turn in turns for r in turn if r["kind"] == "assistant"]


def contents(simulator: Simulator) -> list[Any]:
    return [(m["role"], m["content"]) for m in simulator.requests[-1].body["messages"]]


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_an_answer_that_is_cut_is_gone_on_with_until_it_ends(
    simulator: Simulator, run: Run, command: str
) -> None:
    cut(simulator, "The tide comes in twi", "comes in twice a day, ", "and goes.")
    ran = run(command, "hi", "--until-done", "--name", "talk")
    assert (ran.code, ran.text) == (0, "The tide comes in twice a day, and goes.\n")
    assert len(simulator.requests) == 3
    (message,) = answers()
    assert message["content"] == [{"type": "text", "text": ran.text.rstrip()}]
    assert message["stop_reason"] == "end_turn"
    assert [(message["usage"] or {}).get(name) for name in USAGE] == [25, 25]


def test_without_it_a_cut_answer_is_3(simulator: Simulator, run: Run) -> None:
    cut(simulator, "half", "more")
    assert run("ask", "hi").code == 3
    assert len(simulator.requests) == 1


def test_a_model_that_takes_prefill_goes_on_by_prefill(simulator: Simulator, run: Run) -> None:
    cut(simulator, "Twice \n\n", "\n\na day")
    ran = run("ask", "-m", TAKES_PREFILL, "hi", "--until-done")
    assert (ran.code, ran.text) == (0, "Twice \n\na day\n")
    assert contents(simulator)[-1] == ("assistant", [{"type": "text", "text": "Twice"}])


def test_behind_a_prefill_of_the_users_own_it_is_one_prefill(
    simulator: Simulator, run: Run
) -> None:
    cut(simulator, " a day, and", " goes")
    ran = run("ask", "-m", TAKES_PREFILL, "hi", "--prefill", "Twice", "--until-done",
              "--name", "talk")  # fmt: skip
    assert (ran.code, ran.text) == (0, "Twice a day, and goes\n")
    assert [role for role, _ in contents(simulator)] == ["user", "assistant"]
    assert contents(simulator)[-1][1] == [{"type": "text", "text": "Twice a day, and"}]
    assert answers()[0]["content"] == [{"type": "text", "text": " a day, and goes"}]
    run("ask", "-r", "talk", "more")
    assert contents(simulator)[1][1] == [{"type": "text", "text": "Twice a day, and goes"}]


def test_behind_an_answer_that_a_body_begins_nothing_of_it_is_lost(
    simulator: Simulator, run: Run
) -> None:
    begun = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Twice"}]
    Path("body.json").write_text(json.dumps({"messages": begun}))
    cut(simulator, " a day, and", " goes")
    ran = run("ask", "-m", TAKES_PREFILL, "--body", "body.json", "--until-done", "-n")
    assert (ran.code, ran.text) == (0, " a day, and goes\n")
    said = [("assistant", "Twice"), ("assistant", [{"type": "text", "text": " a day, and"}])]
    assert contents(simulator) == [("user", "hi"), *said]


def test_a_model_that_thinks_is_asked_in_words(simulator: Simulator, run: Run) -> None:
    content = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "The tide comes in"},
    ]
    simulator.enqueue(content=content, stop_reason="max_tokens")
    again = [{"type": "thinking", "thinking": "so"}, {"type": "text", "text": "comes in twice"}]
    simulator.enqueue(content=again)
    ran = run("ask", "-m", TAKES_PREFILL, "--thinking", "1024", "hi", "--until-done", "--name",
              "talk")  # fmt: skip
    assert (ran.code, ran.text) == (0, "The tide comes in twice\n")
    assert contents(simulator)[-1][0] == "user"
    assert [block["type"] for block in answers()[0]["content"]] == ["thinking", "text"]


def test_the_joined_answer_is_held_to_the_schema(simulator: Simulator, run: Run) -> None:
    cut(simulator, '{"n"', ': "no number"}')
    assert run("ask", "--schema", SCHEMA, "hi", "--until-done").code == 6
    cut(simulator, '{"n"', ": 7}")
    ran = run("ask", "--schema", SCHEMA, "hi", "--until-done")
    assert (ran.code, ran.text) == (0, '{"n": 7}\n')
    assert "format" in simulator.requests[0].body["output_config"]
    assert "output_config" not in simulator.requests[-1].body


def test_a_code_block_is_taken_out_of_all_parts(simulator: Simulator, run: Run) -> None:
    cut(simulator, "So:\n```sh\nls ", "-l\n```\n")
    ran = run("ask", "-x", "hi", "--until-done")
    assert (ran.code, ran.text) == (0, "ls -l\n")


def test_json_is_one_message_and_events_are_what_was_sent(simulator: Simulator, run: Run) -> None:
    cut(simulator, "The tide comes in", "comes in twice")
    ran = run("ask", "--format", "json", "hi", "--until-done")
    assert ran.json["content"] == [{"type": "text", "text": "The tide comes in twice"}]
    assert ran.json["claude_cli"]["turns"] == 2
    assert ran.json["usage"]["output_tokens"] == 15
    cut(simulator, "The tide comes in", "comes in twice")
    ran = run("ask", "--format", "events", "hi", "--until-done")
    events = [json.loads(line) for line in ran.text.splitlines()]
    said = "".join(event.get("delta", {}).get("text", "") for event in events)
    assert said == "The tide comes incomes in twice"


def test_a_part_that_adds_no_text_ends_it_with_3(simulator: Simulator, run: Run) -> None:
    cut(simulator, "half", " \n", "never asked for")
    ran = run("ask", "hi", "--until-done", "--name", "talk")
    assert (ran.code, ran.text, len(simulator.requests)) == (3, "half \n", 2)
    assert run("ask", "hi", "--until-done", "--allow-truncated").code == 0
    assert answers()[0]["stop_reason"] == "max_tokens"


def test_it_goes_on_at_most_max_turns_times(simulator: Simulator, run: Run) -> None:
    cut(simulator, "one ", "two ", "three ", "four")
    ran = run("ask", "hi", "--until-done", "--max-turns", "2")
    assert (ran.code, ran.text) == (3, "one two three \n")
    assert "--max-turns" in ran.stderr


def test_a_refusal_of_the_rest_is_4(simulator: Simulator, run: Run) -> None:
    cut(simulator, "half ", "more", stop_reason="refusal")
    assert run("ask", "hi", "--until-done").code == 4


def test_max_cost_is_checked_before_each_part(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="half ", stop_reason="max_tokens", usage={"output_tokens": 10**6})
    ran = run("ask", "hi", "--until-done", "--max-cost", "1")
    assert (ran.code, ran.text) == (7, "half \n")


@pytest.mark.parametrize(
    "failure",
    [{"error": {"status": 529}}, {"error": {"status": 400}}, {"raw": {"body": "<html>"}}],
)
def test_a_part_that_fails_is_75_and_what_came_is_kept(
    simulator: Simulator, run: Run, failure: dict[str, Any]
) -> None:
    simulator.enqueue(text="half ", stop_reason="max_tokens")
    simulator.enqueue(**failure)
    ran = run("ask", "hi", "--until-done", "--name", "talk", "--retries", "0")
    assert (ran.code, ran.text, "--go-on" in ran.stderr) == (75, "", True)
    simulator.enqueue(text="more")
    assert run("ask", "-r", "talk", "--go-on").text == "more\n"
    assert answers()[0]["content"] == [{"type": "text", "text": "half more"}]


def test_a_part_that_breaks_off_is_kept_with_the_others(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="one ", stop_reason="max_tokens")
    simulator.inject("slow=0x1", "end=2x1")
    ran = run("ask", "hi", "--until-done", "--name", "talk", "--retries", "0")
    assert ran.code == 75
    (message,) = answers()
    assert message["content"][0]["text"].startswith("one ")
    assert len(message["content"][0]["text"]) > len("one ")


def test_a_call_in_the_rest_is_run_and_its_result_goes_behind_the_whole(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    tool = tmp_path / "tool.json"
    schema = {"type": "object", "properties": {}}
    command = {"name": "now", "description": "d", "input_schema": schema, "command": ["date"]}
    tool.write_text(json.dumps(command))
    simulator.enqueue(text="It is", stop_reason="max_tokens")
    call = {"type": "tool_use", "name": "now", "input": {}}
    simulator.enqueue(content=[{"type": "text", "text": " now"}, call])
    simulator.enqueue(text="noon.")
    ran = run("ask", "hi", "-T", str(tool), "--approve", "always", "--until-done")
    assert ran.code == 0
    roles = [role for role, _ in contents(simulator)]
    assert roles == ["user", "assistant", "user"]
    said, called = contents(simulator)[1][1]
    assert (said["text"], called["name"]) == ("It is now", "now")


# Going on by hand


def test_the_rest_is_printed_and_the_session_has_the_whole(simulator: Simulator, run: Run) -> None:
    cut(simulator, "The tide comes in twi", "twice a day")
    assert run("ask", "hi", "--name", "talk").code == 3
    ran = run("stream", "-r", "talk", "--go-on")
    assert (ran.code, ran.text) == (0, "ce a day\n")
    (message,) = answers()
    assert message["content"] == [{"type": "text", "text": "The tide comes in twice a day"}]
    shown = run("sessions", "show", "talk").text
    assert shown.count("twi") == 1
    assert "Branch" not in shown
    (listed,) = run("sessions", "list", "--format", "json").json
    assert (listed["turns"], listed["tokens"]) == (1, 30)
    assert run("sessions", "search", "tide").text.count("talk:1\t") == 1
    assert run("sessions", "search", "tide").text.count("\n") == 1


def test_what_is_taken_out_of_an_answer_is_taken_out_of_the_whole(
    simulator: Simulator, run: Run
) -> None:
    cut(simulator, "```sh\nls ", "-l\n```\n")
    run("ask", "hi", "--name", "talk")
    assert run("ask", "-r", "talk", "--go-on", "-x").text == "ls -l\n"
    cut(simulator, '{"n": ', '"x"}')
    run("ask", "-r", "talk", "again")
    assert run("ask", "-r", "talk", "--go-on", "--schema", SCHEMA).code == 6


def test_the_rest_of_a_rest_can_be_cut_and_gone_on_with(simulator: Simulator, run: Run) -> None:
    cut(simulator, "one ", "two ", "three ", "four")
    run("ask", "hi", "--name", "talk")
    assert run("ask", "-c", "--go-on").code == 3
    ran = run("ask", "-c", "--go-on", "--until-done")
    assert (ran.code, ran.text) == (0, "three four\n")
    assert answers()[0]["content"] == [{"type": "text", "text": "one two three four"}]
    assert (answers()[0]["usage"] or {}).get("input_tokens") == 35
    assert [role for role, _ in contents(simulator)] == ["user", "assistant", "user"]


def test_a_cut_call_is_not_run_and_not_in_the_whole(simulator: Simulator, run: Run) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}}
    text = {"type": "text", "text": "It is"}
    simulator.enqueue(content=[text, call], stop_reason="max_tokens")
    simulator.enqueue(text=" noon")
    body = json.dumps({"tools": [{"name": "now", "input_schema": {"type": "object"}}]})
    Path("body.json").write_text(body)
    ran = run("ask", "--body", "body.json", "hi", "--until-done", "--name", "talk")
    assert (ran.code, len(simulator.requests)) == (3, 1)
    assert run("ask", "-r", "talk", "--go-on").text == " noon\n"
    assert answers()[0]["content"] == [{"type": "text", "text": "It is noon"}]


def test_a_dry_run_and_a_count_show_the_request_of_the_rest(simulator: Simulator, run: Run) -> None:
    cut(simulator, "half", "more")
    run("ask", "hi", "--name", "talk")
    shown = run("ask", "-r", "talk", "--go-on", "--dry-run").json
    assert [message["role"] for message in shown["messages"]] == ["user", "assistant", "user"]
    assert run("count", "-r", "talk", "--go-on").code == 0
    assert len(answers()) == 1


def test_in_a_chat_continue_makes_one_answer(simulator: Simulator, run: Run) -> None:
    cut(simulator, "The tide comes in ", "tide comes in twice a day")
    ran = run("chat", "--keep-going", "--name", "talk", stdin=b"hi\n/continue\n/show\n")
    assert (ran.code, len(simulator.requests)) == (3, 2)
    assert ran.text.split("\n\n")[1:3] == ["twice a day", "The tide comes in twice a day"]
    ran = run("chat", "-r", "talk", stdin=b"/usage\n")
    assert "1 answer: 15 in, 15 out" in ran.stderr


def test_a_chat_goes_on_by_itself_if_told_to(simulator: Simulator, run: Run) -> None:
    cut(simulator, "one ", "two")
    ran = run("chat", "--until-done", "-m", MODEL, stdin=b"hi\n")
    assert (ran.code, ran.text) == (0, "one two\n\n")


def test_an_answer_in_one_piece_is_gone_on_with_too(simulator: Simulator, run: Run) -> None:
    cut(simulator, "The tide comes in twi", "comes in twice a day")
    ran = run("ask", "hi", "--until-done", "--no-stream")
    assert (ran.code, ran.text) == (0, "The tide comes in twice a day\n")


def test_in_a_fork_the_whole_is_in_the_fork_alone(simulator: Simulator, run: Run) -> None:
    cut(simulator, "half", " more")
    run("ask", "hi", "--name", "talk")
    assert run("ask", "-r", "talk", "--go-on", "--fork", "--name", "other").code == 0
    assert answers("other")[0]["content"] == [{"type": "text", "text": "half more"}]
    assert answers("talk")[0]["content"] == [{"type": "text", "text": "half"}]


def test_what_is_not_kept_is_gone_on_with_in_memory(simulator: Simulator, run: Run) -> None:
    cut(simulator, "one ", "two")
    assert run("ask", "hi", "--until-done", "-n").text == "one two\n"
    assert run("sessions", "list", "--all").text == ""


def test_without_the_cut_answer_there_is_nothing_to_go_on_with(
    simulator: Simulator, run: Run
) -> None:
    cut(simulator, "half", "more")
    run("ask", "hi", "--name", "talk")
    assert run("ask", "-r", "talk", "--go-on", "--history", "0").code == 2
    Path("body.json").write_text('{"messages": [{"role": "user", "content": "hi"}]}')
    assert run("ask", "-r", "talk", "--go-on", "--body", "body.json").code == 2
    assert len(simulator.requests) == 1


# Killed and interrupted


def stalls_in_the_second_part(simulator: Simulator, spawn: Spawn) -> "subprocess.Popen[bytes]":
    """A run whose first part has come, and whose second hangs after its first words."""
    simulator.enqueue(text="The tide comes in", stop_reason="max_tokens")
    simulator.enqueue(text=" twice a day", delta_characters=6)
    simulator.inject("slow=0x1", "stall=1x1")
    process = spawn("stream", "hi", "--until-done", "--name", "talk")
    assert process.stdout
    seen = b""
    while b" twice" not in seen:
        seen += process.stdout.read1(100)  # type: ignore[attr-defined]
    assert seen == b"The tide comes in twice"
    return process


def test_what_was_whole_before_a_kill_is_kept(simulator: Simulator, spawn: Spawn, run: Run) -> None:
    process = stalls_in_the_second_part(simulator, spawn)
    process.kill()
    process.wait()
    assert answers()[0]["content"] == [{"type": "text", "text": "The tide comes in"}]
    simulator.enqueue(text="comes in twice a day")
    assert run("ask", "-r", "talk", "--go-on").text == " twice a day\n"


def test_what_came_before_ctrl_c_is_kept_as_one(
    simulator: Simulator, spawn: Spawn, run: Run
) -> None:
    process = stalls_in_the_second_part(simulator, spawn)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == -signal.SIGINT
    assert answers()[0]["content"] == [{"type": "text", "text": "The tide comes in twice"}]
    simulator.enqueue(text=" a day")
    assert run("ask", "-r", "talk", "--go-on", "--format", "json").json["content"] == [
        {"type": "text", "text": "The tide comes in twice a day"}
    ]


def test_a_container_that_is_gone_for_the_rest_is_not_named_again_in_its_turn(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.py"
    rows.write_text('def rows(n: int) -> str:\n    """Rows."""\n    return "a"\n')
    container = {"id": "container_1", "expires_at": "2099-01-01T00:00:00Z"}
    call = {"type": "tool_use", "id": "toolu_1", "name": "rows", "input": {"n": 1}}
    simulator.enqueue(text="half", stop_reason="max_tokens", container=container)
    simulator.enqueue(error={"status": 400, "message": "container: Container c has expired"})
    simulator.enqueue(content=[call], stop_reason="tool_use")
    simulator.enqueue(text="done")
    tools = ("-T", "code_execution", "-T", str(rows), "--approve", "always")
    assert run("ask", "hi", "--name", "s", "-m", "claude-opus-5", *tools).code == 3
    ran = run("ask", "-r", "s", "--go-on", *tools)
    assert ran.code == 0, ran.stderr
    named = [request.body.get("container") for request in simulator.requests]
    assert named == [None, "container_1", None, None]


def test_a_container_that_is_gone_for_one_rest_is_not_named_by_the_next(
    simulator: Simulator, run: Run
) -> None:
    container = {"id": "container_1", "expires_at": "2099-01-01T00:00:00Z"}
    simulator.enqueue(text="zero", container=container)
    simulator.enqueue(text="one, ", stop_reason="max_tokens")
    simulator.enqueue(error={"status": 400, "message": "container: Container c has expired"})
    simulator.enqueue(text="two, ", stop_reason="max_tokens")
    simulator.enqueue(text="three")
    run("ask", "hi", "--name", "s", "-m", "claude-opus-5", "-T", "code_execution")
    ran = run("ask", "count", "-r", "s", "--until-done")
    assert (ran.code, ran.text) == (0, "one, two, three\n"), ran.stderr
    named = [request.body.get("container") for request in simulator.requests]
    assert named == [None, *["container_1"] * 2, None, None]
