"""Tools through `ask` and `stream`: which calls run, what goes back, what is told, what is kept."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.tools.calls import is_gone, number_in

ANY: dict[str, Any] = {"type": "object"}
NUMBER: dict[str, Any] = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
}
ALWAYS = ["-T", "tools.json", "--approve", "always"]
BOTH = pytest.mark.parametrize("command", ["ask", "stream"])


def declare(*tools: dict[str, Any]) -> None:
    """Write tools.json: each tool with what it needs to be one."""
    entries = [{"description": "a tool", "input_schema": ANY, **tool} for tool in tools]
    Path("tools.json").write_text(json.dumps(entries))


def shell(name: str, code: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": ["sh", "-c", code], **more}


def call(name: str, number: int = 1, **tool_input: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": tool_input}


def anew(name: str) -> dict[str, Any]:
    """A call that gets another id each time the simulator sends it."""
    return {key: value for key, value in call(name).items() if key != "id"}


def bodies(simulator: Simulator) -> list[Any]:
    return [received.body for received in simulator.requests]


def results(simulator: Simulator) -> list[Any]:
    """The content of the user message that the last request ends in."""
    message = bodies(simulator)[-1]["messages"][-1]
    assert message["role"] == "user"
    content: list[Any] = message["content"]
    return content


def records() -> list[dict[str, Any]]:
    """The records of the only session."""
    (path,) = (Path(os.environ["CLAUDE_CLI_HOME"]) / "data/sessions").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


# What happens to a call, by how the message that holds it ended.

OK = {"type": "tool_result", "tool_use_id": "toolu_1", "content": '{"n": 1}'}
CALLS: dict[str, tuple[list[dict[str, Any]], list[str], list[bool]]] = {
    "ok": ([call("echo", n=1)], [], [False]),
    "fails": ([call("broken")], [], [True]),
    "times out": ([call("slow")], [], [True]),
    "denied": ([call("echo", n=1)], ["--approve", "never"], [True]),
    "bad input": ([call("echo", n="one")], [], [True]),
    "parallel": ([call("echo", 1, n=1), call("broken", 2), call("echo", 3, n=3)], [],
                 [False, True, False]),
}  # fmt: skip
ENDINGS = {
    "end_turn": 0,
    "stop_sequence": 0,
    "max_tokens": 3,
    "model_context_window_exceeded": 3,
    "refusal": 4,
    "something_new": 0,
}


def declare_matrix() -> None:
    declare(
        shell("echo", "touch ran; cat", input_schema=NUMBER),
        shell("broken", "touch ran; echo no such luck >&2; exit 7"),
        shell("slow", "touch ran; exec sleep 30", timeout=0.2),
    )


@pytest.mark.parametrize("kind", CALLS)
def test_each_call_is_answered_by_one_result(simulator: Simulator, run: Run, kind: str) -> None:
    declare_matrix()
    content, flags, errors = CALLS[kind]
    simulator.enqueue(content=content)
    simulator.enqueue(text="done")
    ran = run("ask", "hi", *ALWAYS, *flags)
    assert (ran.code, ran.text) == (0, "done\n")
    answered = results(simulator)
    assert [block["type"] for block in answered] == ["tool_result"] * len(content)
    assert [block["tool_use_id"] for block in answered] == [block["id"] for block in content]
    assert [block.get("is_error", False) for block in answered] == errors
    assert len(ran.stderr.splitlines()) == len(content)


@pytest.mark.parametrize("reason", ENDINGS)
@pytest.mark.parametrize("kind", CALLS)
def test_a_call_runs_only_where_the_answer_stopped_for_it(
    simulator: Simulator, run: Run, kind: str, reason: str
) -> None:
    declare_matrix()
    content, flags, _ = CALLS[kind]
    simulator.enqueue(content=content, stop_reason=reason)
    assert run("ask", "hi", *ALWAYS, *flags).code == ENDINGS[reason]
    assert len(simulator.requests) == 1
    assert not Path("ran").exists()


@pytest.mark.parametrize("reason", ["tool_use", *ENDINGS])
@BOTH
def test_an_unknown_name_is_for_somebody_else(
    simulator: Simulator, run: Run, command: str, reason: str
) -> None:
    declare_matrix()
    simulator.enqueue(content=[call("echo", 1, n=1), call("missing", 2)], stop_reason=reason)
    ran = run(command, "hi", *ALWAYS)
    assert ran.code == ENDINGS.get(reason, 0)
    assert len(simulator.requests) == 1
    assert not Path("ran").exists()
    assert (b'"tool_use"' in ran.stdout) is (reason == "tool_use")


def test_what_a_failed_tool_said_goes_to_the_model(simulator: Simulator, run: Run) -> None:
    declare_matrix()
    simulator.enqueue(content=[call("broken", 1), call("slow", 2), call("echo", 3, m=1)])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", *ALWAYS)
    contents = [block["content"] for block in results(simulator)]
    assert contents[0] == "exit status 7\nstderr:\nno such luck"
    assert contents[1] == "timed out after 0.2 s"
    assert contents[2].startswith("The input does not fit the schema of echo:")
    for line, ended in zip(
        ran.stderr.splitlines(), ["failed: exit status 7", "timed out", "invalid"], strict=True
    ):
        assert ended in line


# Calls that nobody here can run.


@pytest.mark.parametrize("flags", [[], ["--format", "text"], ["--format", "json"]])
@BOTH
def test_a_call_that_nobody_here_can_run_prints_the_message_as_json(
    simulator: Simulator, run: Run, command: str, flags: list[str]
) -> None:
    declare({"name": "remote"})
    content = [{"type": "text", "text": "I ask."}, call("remote", city="Taipei")]
    simulator.enqueue(content=content)
    ran = run(command, "hi", *ALWAYS, *flags)
    assert ran.code == 0
    printed = json.loads(ran.text.removeprefix("I ask."))
    assert printed["content"] == content
    assert printed["stop_reason"] == "tool_use"
    assert printed["claude_cli"]["turns"] == 1


def test_one_call_that_cannot_run_keeps_the_others_from_running(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("touch", "touch ran"), {"name": "remote"})
    simulator.enqueue(content=[call("touch", 1), call("remote", 2)])
    assert len(run("ask", "hi", *ALWAYS).json["content"]) == 2
    assert not Path("ran").exists()


# The loop.


@pytest.mark.parametrize(("flags", "turns"), [((), 10), (("--max-turns", "3"), 3)])
def test_the_turn_limit_ends_the_loop_with_3(
    simulator: Simulator, run: Run, flags: tuple[str, ...], turns: int
) -> None:
    declare(shell("touch", "echo x >> ran"))
    simulator.enqueue(content=[anew("touch")], repeat=12)
    ran = run("ask", "hi", *ALWAYS, *flags)
    assert ran.code == 3
    assert "--max-turns" in ran.stderr
    assert len(simulator.requests) == turns
    assert Path("ran").read_text() == "x\n" * (turns - 1)


def test_a_paused_turn_goes_on_unchanged_and_without_a_new_message(
    simulator: Simulator, run: Run
) -> None:
    paused = [
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "x"}},
    ]
    simulator.enqueue(content=paused, stop_reason="pause_turn")
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "-T", "web_search", "--format", "json")
    assert ran.code == 0
    assert ran.json["claude_cli"]["turns"] == 2
    first, second = bodies(simulator)
    assert second == first | {"messages": [*first["messages"], paused_message(paused)]}


def paused_message(content: list[Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def test_a_turn_is_resumed_at_most_ten_times(simulator: Simulator, run: Run) -> None:
    search = {"type": "server_tool_use", "name": "web_search", "input": {"q": "x"}}
    simulator.enqueue(content=[search], stop_reason="pause_turn", repeat=99)
    ran = run("ask", "hi", "-T", "web_search")
    assert len(simulator.requests) == 11
    roles = [message["role"] for message in bodies(simulator)[-1]["messages"]]
    assert roles == ["user"] + ["assistant"] * 10
    assert ran.code == 3
    assert "paused" in ran.stderr


def test_unparsable_input_is_never_run(simulator: Simulator, run: Run) -> None:
    declare(shell("touch", "touch ran"))
    simulator.enqueue(sse=cut_call_stream('{"path": "/et'))
    simulator.enqueue(text="done")
    ran = run("ask", "hi", *ALWAYS)
    assert (ran.code, ran.text) == (0, "done\n")
    assert not Path("ran").exists()
    (result,) = results(simulator)
    assert result["is_error"] is True
    assert "does not fit" in result["content"]


def cut_call_stream(partial: str) -> str:
    """A stream whose one call, of `touch`, has `partial` as its input."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "content": [],
               "model": "claude-sonnet-4-6", "stop_reason": None, "usage": usage}  # fmt: skip
    delta = {"type": "input_json_delta", "partial_json": partial}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": call("touch")},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": usage},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def test_usage_and_cost_add_up_over_the_turns(simulator: Simulator, run: Run) -> None:
    declare(shell("echo", "cat"))
    usage = {"input_tokens": 1000, "output_tokens": 500}
    simulator.enqueue(content=[anew("echo")], usage=usage, repeat=2)
    simulator.enqueue(text="done", usage=usage)
    ran = run("ask", "hi", *ALWAYS, "-u", "--format", "json")
    assert "3000 in, 1500 out" in ran.stderr
    assert "$0.0315" in ran.stderr
    assert ran.json["claude_cli"]["turns"] == 3
    assert ran.json["claude_cli"]["cost_usd"] == 0.0315
    assert ran.json["usage"]["input_tokens"] == 1000
    assert run("usage", "--by", "model", "--format", "json").json[0]["requests"] == 3


@BOTH
def test_events_has_the_events_of_every_message(
    simulator: Simulator, run: Run, command: str
) -> None:
    declare(shell("echo", "cat"))
    simulator.enqueue(content=[call("echo", n=1)])
    simulator.enqueue(text="done")
    ran = run(command, "hi", *ALWAYS, "--format", "events")
    kinds = [json.loads(line)["type"] for line in ran.text.splitlines()]
    assert kinds.count("message_start") == kinds.count("message_stop") == 2
    assert "input_json_delta" in ran.text
    assert "text_delta" in ran.text


def test_results_come_in_the_order_of_the_calls_in_one_message(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("slow", "sleep 0.2; echo slow"), shell("fast", "echo fast"))
    said = [{"type": "text", "text": "both"}, call("slow", 1), call("fast", 2), call("slow", 3)]
    simulator.enqueue(content=said)
    simulator.enqueue(text="done")
    ran = run("ask", "hi", *ALWAYS)
    assert ran.text == "both\n\ndone\n"
    assert [block["content"] for block in results(simulator)] == ["slow", "fast", "slow"]
    assert [m["role"] for m in bodies(simulator)[-1]["messages"]] == ["user", "assistant", "user"]


def test_thinking_goes_back_byte_for_byte_and_empty_text_does_not(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("echo", "cat"))
    thinking = {"type": "thinking", "thinking": "雪 \u2028 é\n", "signature": "EqQBCg=="}
    redacted = {"type": "redacted_thinking", "data": "opaque+/="}
    asked = call("echo", z=1, a={"y": [1.0, None], "b": "\u00e9"})
    simulator.enqueue(content=[thinking, redacted, {"type": "text", "text": ""}, asked])
    simulator.enqueue(text="done")
    run("ask", "hi", *ALWAYS, "--thinking", "adaptive")
    sent = bodies(simulator)[-1]["messages"][1]["content"]
    assert json.dumps(sent) == json.dumps([thinking, redacted, asked])


def test_every_request_of_the_loop_has_the_tools_and_all_else(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("echo", "cat"))
    simulator.enqueue(content=[call("echo")])
    simulator.enqueue(text="done")
    run("ask", "hi", *ALWAYS, "-s", "be brief", "--effort", "low")
    first, second = bodies(simulator)
    assert {**second, "messages": 0} == {**first, "messages": 0}
    assert second["messages"][:1] == first["messages"]


def test_content_blocks_of_a_tool_go_back_as_blocks(simulator: Simulator, run: Run) -> None:
    blocks = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    Path("blocks.json").write_text(json.dumps(blocks))
    declare(shell("read", "cat blocks.json"))
    simulator.enqueue(content=[call("read")])
    simulator.enqueue(text="done")
    run("ask", "hi", *ALWAYS)
    assert results(simulator)[0]["content"] == blocks


def test_functions_of_a_python_file_are_tools(simulator: Simulator, run: Run) -> None:
    Path("sums.py").write_text('def add(a: int, b: int) -> int:\n    "Add."\n    return a + b\n')
    simulator.enqueue(content=[call("add", 1, a=2, b=3), call("add", 2, a=4, b=5)])
    simulator.enqueue(text="done")
    ran = run("ask", "hi", "-T", "sums.py", "--approve", "always")
    assert ran.text == "done\n"
    assert [block["content"] for block in results(simulator)] == ["5", "9"]


def test_no_tool_sees_the_key_that_a_command_gave_whatever_holds_it(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setenv("MY_VAULT", "gw-0123456789-canary")
    monkeypatch.setenv("MY_NOTE", "not a secret")
    config = Path(os.environ["CLAUDE_CLI_HOME"]) / "config/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('key-command = ["printenv", "MY_VAULT"]\n')
    Path("envs.py").write_text("import os\ndef seen() -> str:\n    return str(dict(os.environ))\n")
    declare(shell("env", "env"))
    simulator.enqueue(content=[call("env", 1), call("seen", 2)])
    simulator.enqueue(text="done")
    assert run("ask", "hi", *ALWAYS, "-T", "envs.py").code == 0
    for block in results(simulator):
        assert "not a secret" in block["content"]
        assert "canary" not in block["content"]


# The session.


def test_every_step_is_a_record(simulator: Simulator, run: Run) -> None:
    declare(shell("echo", "cat"))
    simulator.enqueue(content=[call("echo", n=1)])
    simulator.enqueue(text="done")
    run("ask", "hi", *ALWAYS, "--name", "s")
    kinds = [record["kind"] for record in records() if record["kind"] in ("user", "assistant")]
    assert kinds == ["user", "assistant", "user", "assistant"]
    said = bodies(simulator)[-1]["messages"]
    run("ask", "-r", "s", "again")
    assert bodies(simulator)[-1]["messages"][:3] == said
    assert bodies(simulator)[-1]["tools"] == bodies(simulator)[0]["tools"]


def test_a_failure_in_the_middle_of_the_loop_keeps_the_results(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("echo", "cat"))
    simulator.enqueue(content=[call("echo", n=1)])
    simulator.enqueue(error={"status": 400, "message": "no"})
    assert run("ask", "hi", *ALWAYS, "--name", "s").code == 65
    assert run("ask", "-r", "s", "again").code == 0
    assert results(simulator) == [OK, {"type": "text", "text": "again"}]


@pytest.mark.parametrize("flags", [["--max-turns", "1"], []], ids=["turn limit", "not ours"])
def test_a_call_without_a_result_gets_an_error_result_when_the_session_goes_on(
    simulator: Simulator, run: Run, flags: list[str]
) -> None:
    declare(shell("echo", "cat") if flags else {"name": "echo"})
    simulator.enqueue(content=[call("echo", n=1)])
    run("ask", "hi", *ALWAYS, *flags, "--name", "s")
    assert run("ask", "-r", "s", "go on").code == 0
    result, prompt = results(simulator)
    assert (result["tool_use_id"], result["is_error"]) == ("toolu_1", True)
    assert prompt["text"] == "go on"


def check_orphan(run: Run) -> None:
    """The session `s` is sound, ends in a call without a result, and shows it."""
    assert run("sessions", "check").code == 0
    assert "wait" in run("sessions", "show", "s").text
    last = records()[-1]
    assert (last["kind"], last["message"]["stop_reason"]) == ("assistant", "tool_use")


WAITING = "sleep 60 & echo $! > grandchild; echo $$ > child; wait"


def test_a_crash_between_call_and_result_is_visible(
    simulator: Simulator, run: Run, spawn: Spawn
) -> None:
    declare(shell("wait", WAITING))
    simulator.enqueue(content=[call("wait")])
    process = spawn("ask", "hi", *ALWAYS, "--name", "s")
    child = number_in(Path("child"))
    process.kill()
    process.wait()
    os.killpg(child, signal.SIGKILL)
    check_orphan(run)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_a_signal_ends_the_whole_group_of_the_tool(
    simulator: Simulator, run: Run, spawn: Spawn, signum: signal.Signals
) -> None:
    declare(shell("wait", WAITING))
    simulator.enqueue(content=[call("wait")])
    process = spawn("ask", "hi", *ALWAYS, "--name", "s")
    child = number_in(Path("child"))
    process.send_signal(signum)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signum
    assert b"Traceback" not in err
    assert is_gone(child)
    assert is_gone(number_in(Path("grandchild")))
    check_orphan(run)


def test_a_second_signal_ends_at_once_and_leaves_no_tool_behind(
    simulator: Simulator, spawn: Spawn
) -> None:
    declare(shell("stay", "trap '' TERM; echo $$ > child; while :; do sleep 0.1; done"))
    simulator.enqueue(content=[call("stay")])
    process = spawn("ask", "hi", *ALWAYS)
    child = number_in(Path("child"))
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert process.returncode == -signal.SIGINT
    process.communicate(timeout=30)
    assert is_gone(child)


def test_a_grandchild_that_keeps_the_pipe_open_does_not_hang_the_turn(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("fork", "sleep 60 & echo $! > grandchild; echo started"))
    simulator.enqueue(content=[call("fork")])
    simulator.enqueue(text="done")
    assert run("ask", "hi", *ALWAYS).text == "done\n"
    assert results(simulator)[0]["content"] == "started"
    assert is_gone(number_in(Path("grandchild")))


def peak_of(process: "subprocess.Popen[bytes]") -> int:
    """The most memory that a running process had so far, in KiB; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) if "VmHWM:" in status else 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_flood_of_output_is_cut_and_memory_stays_flat(simulator: Simulator, spawn: Spawn) -> None:
    declare(shell("flood", "yes"), shell("shout", "yes >&2 & sleep 0.5; kill $!; exit 1"))
    simulator.enqueue(content=[call("flood", 1), call("shout", 2)])
    simulator.enqueue(text="done")
    process = spawn("ask", "hi", *ALWAYS)
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process))
        time.sleep(0.02)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"done\n")
    assert 0 < peak < 150_000  # some 105 MB on Python 3.13; the flood has no end
    for result in results(simulator):
        assert result["is_error"] is True
        assert len(result["content"]) < 300_000


# Consent.


def test_where_nobody_can_be_asked_the_call_is_denied_and_the_flag_named(
    simulator: Simulator, spawn: Spawn
) -> None:
    declare(shell("touch", "touch ran"))
    simulator.enqueue(content=[call("touch")])
    simulator.enqueue(text="done")
    process = spawn("ask", "hi", "-T", "tools.json", start_new_session=True)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"done\n")
    assert b"--approve" in err
    assert "nobody" in results(simulator)[0]["content"]
    assert not Path("ran").exists()


def on_terminal(prompts: list[str], keys: list[str], **streams: Any) -> ControllingTerminal:
    """Ask with tools on a terminal, and answer each consent question with the next key."""
    terminal = ControllingTerminal("ask", *prompts, "-T", "tools.json", **streams)
    for times, key in enumerate(keys, 1):
        terminal.wait_for("[q]uit: ", times)
        terminal.type(f"{key}\n")
    return terminal


@pytest.mark.parametrize(
    ("keys", "ran", "asked_again"),
    [(["y", "y"], 2, True), (["n", "n"], 0, True), (["a"], 2, True), (["y", "n"], 1, True),
     (["?", "", "yes", "no"], 1, True), (["q"], 0, False), (["y", "q"], 0, False)],
)  # fmt: skip
def test_the_user_is_asked_on_the_terminal_although_stdin_is_a_pipe(
    simulator: Simulator, keys: list[str], ran: int, asked_again: bool
) -> None:
    declare(shell("touch", "echo x >> ran"))
    simulator.enqueue(content=[call("touch", 1, n=1), call("touch", 2, n=2)])
    simulator.enqueue(text="done")
    with on_terminal(
        ["hi"], keys, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as terminal:
        assert terminal.wait() == (0 if asked_again else 3)
        assert 'touch {"n": 1}' in terminal.received
        assert terminal.process.stdout is not None
        assert terminal.process.stdout.read() == (b"done\n" if asked_again else b"")
    assert (len(Path("ran").read_text().split()) if Path("ran").exists() else 0) == ran
    assert len(simulator.requests) == (2 if asked_again else 1)


def test_view_shows_the_whole_input_made_harmless(simulator: Simulator) -> None:
    declare(shell("touch", "echo x >> ran"))
    simulator.enqueue(content=[call("touch", text="begin" + "x" * 500 + "\x1b[2J\u202eend")])
    simulator.enqueue(text="all done")
    with on_terminal(["hi"], ["v", "y"]) as terminal:
        terminal.wait_for("all done")
        assert terminal.wait() == 0
        shown = terminal.received
    assert "x" * 500 in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert Path("ran").exists()


def test_the_config_file_approves_by_name(simulator: Simulator, spawn: Spawn) -> None:
    configure('[tools.approve]\nlook = "always"\n"rm_*" = "never"\n')
    declare(shell("look", "echo seen"), shell("rm_all", "touch ran"))
    simulator.enqueue(content=[call("look", 1), call("rm_all", 2)])
    simulator.enqueue(text="done")
    process = spawn("ask", "hi", "-T", "tools.json", start_new_session=True)
    process.communicate(timeout=30)
    first, second = results(simulator)
    assert first["content"] == "seen"
    assert second["is_error"] is True
    assert not Path("ran").exists()


def configure(text: str) -> None:
    folder = Path(os.environ["CLAUDE_CLI_HOME"]) / "config"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


@pytest.mark.parametrize(
    "text", ['[tools]\napprove = "always"\n', '[tools.approve]\nx = "allways"\n', "tools = 3\n"]
)
def test_a_rule_that_is_none_is_told_before_anything_is_sent(
    simulator: Simulator, run: Run, text: str
) -> None:
    configure(text)
    declare(shell("x", "true"))
    simulator.enqueue(content=[call("x")])
    ran = run("ask", "hi", *ALWAYS)
    assert ran.code == 78
    assert "config.toml" in ran.stderr
    assert simulator.requests == []


def test_a_tool_never_sees_the_key(simulator: Simulator, run: Run) -> None:
    declare(shell("env", "env"))
    simulator.enqueue(content=[call("env")])
    simulator.enqueue(text="done")
    run("ask", "hi", *ALWAYS)
    assert "PATH=" in results(simulator)[0]["content"]
    assert CANARY not in results(simulator)[0]["content"]


def test_what_a_call_and_its_tool_say_is_harmless_on_stderr(simulator: Simulator, run: Run) -> None:
    declare(shell("fail", "printf '\\033[2J'; exit 3"))
    simulator.enqueue(content=[call("fail", text="\x1b]52;c;aGk=\x07\n[bold]")])
    simulator.enqueue(text="done")
    stderr = run("ask", "hi", *ALWAYS).stderr
    assert "\x1b" not in stderr
    assert len(stderr.splitlines()) == 1


# What is sent.


def test_a_dry_run_shows_exactly_what_is_sent_and_local_keys_never(
    simulator: Simulator, run: Run
) -> None:
    declare(shell("echo", "cat", timeout=5, env={"A": "secret"}, strict=True))
    flags = ["-T", "tools.json", "-T", 'web_search:{"max_uses":3}', "--tool-choice", "echo"]
    shown = run("ask", "hi", *flags, "--dry-run")
    simulator.enqueue(text="done")
    run("ask", "hi", *flags)
    assert shown.json == bodies(simulator)[-1]
    assert set(shown.json["tools"][0]) == {"name", "description", "input_schema", "strict"}
    assert "secret" not in shown.text


@pytest.mark.parametrize(
    ("model", "tool"),
    [
        ("claude-opus-5", {"type": "web_search_20260318", "name": "web_search"}),
        ("claude-haiku-4-5", {"name": "web_search", "allowed_callers": ["direct"]}),
    ],
)
def test_a_server_tool_by_name_is_the_one_that_the_model_takes(
    run: Run, model: str, tool: dict[str, Any]
) -> None:
    (sent,) = run("ask", "hi", "-m", model, "-T", "web_search", "--dry-run").json["tools"]
    assert sent.items() >= tool.items()


def test_a_server_tool_that_ran_on_the_server_is_not_for_us(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "use the web search", "-T", "web_search")
    assert ran.code == 0
    assert len(simulator.requests) == 1
    assert not ran.text.startswith("{")


def test_betas_that_tools_need_are_in_the_header(simulator: Simulator, run: Run) -> None:
    screen = {"type": "computer_20251124", "display_width_px": 9, "display_height_px": 9}
    Path("screen.json").write_text(json.dumps(screen))
    flags = ["-T", "screen.json", "--beta", "files-api-2025-04-14", "-m", "claude-opus-4-6"]
    run("ask", "hi", *flags)
    expected = "files-api-2025-04-14,computer-use-2025-11-24"
    assert simulator.requests[-1].headers["anthropic-beta"] == expected
    assert expected in run("ask", "hi", *flags, "--curl").text
    run("count", "hi", *flags)
    assert simulator.requests[-1].headers["anthropic-beta"] == expected


@pytest.mark.parametrize(
    ("spec", "code"),
    [("nothing", 2), ("missing.json", 66), ("bad.json", 65), ("web_search:{", 2)],
)
def test_a_spec_that_is_no_tool_is_refused_before_anything_is_sent(
    simulator: Simulator, run: Run, spec: str, code: int
) -> None:
    Path("bad.json").write_text("[")
    ran: Ran = run("ask", "hi", "-T", spec)
    assert ran.code == code
    assert ran.stderr.startswith("error: ")
    assert simulator.requests == []
