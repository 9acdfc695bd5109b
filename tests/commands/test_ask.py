"""`ask` and `stream` against the simulator: what is sent, what is printed, what is kept."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.faulty_server import PEM

BOTH = pytest.mark.parametrize("command", ["ask", "stream"])


def sent(simulator: Simulator) -> Any:
    """The body of the last request."""
    return simulator.requests[-1].body


@BOTH
def test_stdout_is_the_answer_and_one_newline(simulator: Simulator, run: Run, command: str) -> None:
    simulator.enqueue(text="**Hello** [bold]\tyou\x1b[2J")
    ran = run(command, "hi")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"**Hello** [bold]\tyou\x1b[2J\n", "")


@BOTH
def test_an_answer_that_ends_in_a_newline_gets_no_second(
    simulator: Simulator, run: Run, command: str
) -> None:
    simulator.enqueue(text="one\n")
    assert run(command, "hi").stdout == b"one\n"


def test_the_prompt_words_are_joined_by_a_space(simulator: Simulator, run: Run) -> None:
    run("ask", "what", "is  this", "--", "-x")
    assert sent(simulator)["messages"][0]["content"] == [
        {"type": "text", "text": "what is  this -x"}
    ]


def test_stdin_goes_before_the_prompt_byte_for_byte(simulator: Simulator, run: Run) -> None:
    run("ask", "explain", stdin=b"\xef\xbb\xbfline 1\r\nline 2 \xe2\x80\xa8\n")
    assert sent(simulator)["messages"][0]["content"] == [
        {"type": "text", "text": "line 1\r\nline 2 \u2028\n"},
        {"type": "text", "text": "explain"},
    ]


@pytest.mark.parametrize("arguments", [["-"], []])
def test_stdin_alone_is_the_prompt(simulator: Simulator, run: Run, arguments: list[str]) -> None:
    run("ask", *arguments, stdin=b"from stdin")
    assert sent(simulator)["messages"][0]["content"] == [{"type": "text", "text": "from stdin"}]


def test_no_stdin_leaves_the_pipe_alone(simulator: Simulator, run: Run) -> None:
    run("ask", "--no-stdin", "hi", stdin=b"ignored")
    assert len(sent(simulator)["messages"][0]["content"]) == 1


def test_two_readers_of_stdin_are_wrong_usage(run: Run) -> None:
    ran = run("ask", "-", "--body", "-", stdin=b"{}")
    assert ran.code == 2
    assert "stdin" in ran.stderr


def test_a_system_prompt_comes_as_text_or_from_a_file(simulator: Simulator, run: Run) -> None:
    Path("role.txt").write_text("be brief")
    run("ask", "-s", "@role.txt", "hi")
    assert sent(simulator)["system"] == "be brief"
    run("ask", "-s", "@@home", "hi")
    assert sent(simulator)["system"] == "@home"


def test_a_body_is_the_start_and_the_prompt_a_further_turn(simulator: Simulator, run: Run) -> None:
    synthetic = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]
    Path("body.json").write_text(json.dumps({"max_tokens": 7, "messages": synthetic}))
    run("ask", "--body", "body.json", "and 3+3?", "--max-tokens", "9")
    assert sent(simulator)["messages"][:2] == synthetic
    assert sent(simulator)["messages"][2]["content"] == [{"type": "text", "text": "and 3+3?"}]
    assert sent(simulator)["max_tokens"] == 9


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, '"x"', "\xff"])
def test_a_body_that_is_no_object_is_refused(run: Run, text: str) -> None:
    Path("body.json").write_bytes(text.encode("latin-1"))
    ran = run("ask", "--simulate", "--body", "body.json")
    assert ran.code == 65
    assert ran.stderr.splitlines()[-1].startswith("error: ") or "hint" in ran.stderr


def test_verbose_tells_how_much_of_stdin_goes_along(run: Run) -> None:
    piped = "the rest of the loop's file, é\n".encode()
    ran = run("ask", "-v", "--dry-run", "hi", stdin=piped)
    assert f"{len(piped)} bytes of stdin go along" in ran.stderr
    assert "bytes of stdin" not in run("ask", "-v", "--dry-run", "hi", stdin=b"").stderr
    assert "bytes of stdin" not in run("ask", "--dry-run", "hi", stdin=piped).stderr


def test_quiet_does_not_hide_that_a_model_is_retired(run: Run, simulator: Simulator) -> None:
    flags = ["-q", "-m", "claude-3-opus-20240229", "--max-tokens", "9999999"]
    stderr = run("ask", "--dry-run", *flags, "hi").stderr
    assert [line for line in stderr.splitlines() if "was retired" in line] == stderr.splitlines()
    assert stderr
    assert "was retired" in run("chat", *flags, "-n", stdin=b"hi").stderr
    Path("rows.txt").write_text("one\n")
    assert "was retired" in run("batch", "run", "rows.txt", "--dry-run", *flags).stderr


@pytest.mark.parametrize("prompt", ["", "  "])
def test_an_empty_prompt_is_wrong_usage(simulator: Simulator, run: Run, prompt: str) -> None:
    assert run("ask", prompt).code == 2
    assert run("ask").code == 2
    assert simulator.requests == []


def test_json_is_the_message_as_sent_and_our_own_facts(simulator: Simulator, run: Run) -> None:
    extra = {"type": "text", "text": "hi", "citations": None, "brand_new": {"a": [1]}}
    simulator.enqueue(content=[extra, {"type": "hologram", "data": "x"}])
    ran = run("ask", "hi", "--format", "json")
    assert ran.json["content"] == [extra, {"type": "hologram", "data": "x"}]
    facts = ran.json["claude_cli"]
    assert facts["request_id"].startswith("req_")
    assert facts["turns"] == 1
    assert facts["organization_id"]
    assert facts["seconds"] >= facts["first_token_seconds"] >= 0


@BOTH
def test_events_are_the_data_lines_as_sent(simulator: Simulator, run: Run, command: str) -> None:
    simulator.enqueue(text="one two three")
    ran = run(command, "hi", "--format", "events")
    events = [json.loads(line) for line in ran.text.splitlines()]
    assert [events[0]["type"], events[-1]["type"]] == ["message_start", "message_stop"]
    assert "ping" in {event["type"] for event in events}
    deltas = [e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta"]
    assert "".join(deltas) == "one two three"


FENCES = "Here:\n\n```sh\nls -l\n```\n\nor\n\n```py\nprint(1)\n```\n"


def test_extract_prints_one_code_block_alone(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text=FENCES, repeat=2)
    assert run("ask", "hi", "-x").stdout == b"ls -l\n"
    assert run("ask", "hi", "--extract-last").stdout == b"print(1)\n"


def test_nothing_to_extract_is_told_and_nothing_printed(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="no code here")
    ran = run("stream", "hi", "-x")
    assert (ran.code, ran.stdout) == (65, b"")


@pytest.mark.parametrize(
    ("reason", "told", "goes_on"),
    [
        ("end_turn", "3 out", False),
        ("refusal", "the model refused", False),
        ("max_tokens", "the answer is cut at max_tokens", True),
    ],
)
def test_where_nothing_is_extracted_cost_and_cause_are_told(
    simulator: Simulator, run: Run, reason: str, told: str, goes_on: bool
) -> None:
    usage = {"input_tokens": 4, "output_tokens": 3}
    simulator.enqueue(text="no code here", stop_reason=reason, usage=usage)
    ran = run("ask", "hi", "-x", "-u", "--name", "talk")
    assert (ran.code, ran.stdout) == (65, b"")
    assert told in ran.stderr
    assert "4 in, 3 out" in ran.stderr
    assert "claude-cli sessions show talk" in ran.stderr
    assert ("ask -r talk --go-on" in ran.stderr) is goes_on


def test_usage_is_told_on_stderr(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="x", usage={"input_tokens": 1000, "output_tokens": 500})
    ran = run("ask", "hi", "-u")
    assert "1000 in, 500 out" in ran.stderr


@pytest.mark.parametrize(
    ("reason", "code"),
    [("end_turn", 0), ("stop_sequence", 0), ("max_tokens", 3), ("refusal", 4),
     ("model_context_window_exceeded", 3), ("something_new", 0)],
)  # fmt: skip
def test_the_stop_reason_decides_the_exit_code_and_the_answer_is_printed(
    simulator: Simulator, run: Run, reason: str, code: int
) -> None:
    simulator.enqueue(text="as far as it goes", stop_reason=reason, repeat=2)
    ran = run("ask", "hi")
    assert (ran.code, ran.text) == (code, "as far as it goes\n")
    assert bool(ran.stderr) == bool(code)
    assert run("ask", "hi", "--allow-truncated").code == 0


def test_no_stream_asks_for_the_whole_message(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(text="whole")
    assert run("stream", "hi", "--no-stream").text == "whole\n"
    assert sent(simulator)["stream"] is False


def test_a_dry_run_prints_the_body_and_needs_no_key(run: Run) -> None:
    ran = run("ask", "--dry-run", "hi", "-o", "x.y:=1")
    assert ran.code == 0
    assert ran.json["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    assert ran.json["x"] == {"y": 1}


def test_curl_prints_a_command_that_runs_as_it_is(simulator: Simulator, run: Run) -> None:
    tricky = 'it\'s $HOME `id` "q" \\ EOF\nEND_OF_BODY\n雪'
    ran = run("ask", "--curl", tricky, "--beta", "files-api-2025-04-14")
    assert CANARY not in ran.text
    assert simulator.requests == []
    subprocess.run(["sh", "-c", ran.text], check=True, capture_output=True)
    assert sent(simulator)["messages"][0]["content"] == [{"type": "text", "text": tricky}]
    headers = {name.lower(): value for name, value in simulator.requests[-1].headers.items()}
    assert headers["x-api-key"] == CANARY
    assert headers["anthropic-beta"] == "files-api-2025-04-14"


def test_curl_waits_no_longer_than_the_request_would(run: Run) -> None:
    flags = ("--max-time", "9.5", "--proxy", "http://localhost:9", "--ca-bundle", str(PEM))
    words = shlex.split(run("ask", "--curl", "hi", *flags).text.replace("\\\n", ""))
    for flag, value in (("--max-time", "9.5"), ("--proxy", flags[3]), ("--cacert", flags[5])):
        assert words[words.index(flag) + 1] == value
    assert "--max-time" not in run("ask", "--curl", "hi").text


def test_curl_keeps_a_typed_secret_out(run: Run) -> None:
    ran = run("ask", "--curl", "hi", "-H", "X-Api-Key: sk-typed")
    assert "sk-typed" not in ran.text
    assert shlex.split(ran.text.replace("\\\n", ""))[0] == "curl"


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("flags", [("--files-from", ""), ("--body", ""), ("-s", "@"), ("-s", "@-")])
def test_a_file_whose_name_is_empty_or_stdin_is_not_there(run: Run, flags: tuple[str, str]) -> None:
    ran = run("ask", "hi", *flags, stdin=b"x")
    assert ran.code == 66
    assert ("cannot read ''" in ran.stderr) is not ("stdin cannot be named here" in ran.stderr)


@pytest.mark.parametrize("line", [["ask"], ["compare", "-m", "opus", "-m", "haiku"]])
def test_a_style_that_there_is_not_is_told_before_anything_is_sent(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, line: list[str]
) -> None:
    with ControllingTerminal(*line, "hi", "--theme", "nosuch") as terminal:
        assert terminal.wait() == 2
    assert "there is no Pygments style nosuch" in terminal.received
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = run(*line, "hi", "--theme", "nosuch", "--format", "markdown")
    assert (ran.code, simulator.requests) == (2, [])


def test_flags_that_exclude_each_other_are_told(run: Run) -> None:
    for pair in (
        ["--dry-run", "--curl"],
        ["-x", "--extract-last"],
        ["-q", "-v"],
        ["-x", "--schema=a, b"],
    ):
        ran = run("ask", "hi", "--simulate", *pair)
        assert ran.code == 2, pair
        assert pair[0] in ran.stderr


def test_the_simulator_needs_no_key_and_says_that_it_was_one(run: Run) -> None:
    ran = run("ask", "--simulate", "what is a river?")
    assert ran.code == 0
    assert "what is a river?" in ran.text
    assert "simulated" in ran.stderr


def test_quiet_says_nothing(run: Run) -> None:
    assert run("ask", "--simulate", "-q", "hi").stderr == ""


def test_verbose_shows_headers_and_debug_bodies_never_the_key(
    simulator: Simulator, run: Run
) -> None:
    verbose = run("ask", "-v", "hello there").stderr
    assert "> POST http" in verbose
    assert "request-id" in verbose
    assert "hello there" not in verbose
    debug = run("ask", "--debug", "hello there").stderr
    assert "hello there" in debug
    assert CANARY not in verbose + debug


def test_a_pipe_that_stays_silent_is_told_of(simulator: Simulator, spawn: Spawn) -> None:
    process = spawn("ask", "hi", stdin=subprocess.PIPE)
    assert process.stderr is not None
    assert b"--no-stdin" in process.stderr.readline()
    out, _ = process.communicate(b"late input", timeout=10)
    assert process.returncode == 0
    assert b"hi" in out
    assert sent(simulator)["messages"][0]["content"][0]["text"] == "late input"


@pytest.mark.parametrize("guard", ["--dry-run", "--curl"])
def test_what_is_no_json_is_not_printed_as_such(run: Run, guard: str) -> None:
    Path("body.json").write_text('{"x": NaN}')
    assert run("ask", guard, "hi", "-o", "x:=NaN").code == 2
    ran = run("ask", guard, "hi", "--body", "body.json")
    assert (ran.code, ran.stdout) == (65, b"")


def test_curl_keeps_every_secret_header_out(run: Run) -> None:
    secrets = ["-H", "cookie: sid=SECRET", "-H", "x-gateway-token: SECRET", "-H", "x-plain: seen"]
    text = run("ask", "--curl", "hi", *secrets).text
    assert "SECRET" not in text
    assert '"x-gateway-token: $X_GATEWAY_TOKEN"' in text
    assert "x-plain: seen" in text


def test_a_partial_answer_is_in_the_ledger(simulator: Simulator, run: Run) -> None:
    simulator.inject("cutx1")
    assert run("stream", "hi").code == 75
    assert run("usage", "--format", "json").json[0]["requests"] == 1


def test_a_forced_tool_is_forced_once(simulator: Simulator, run: Run) -> None:
    Path("echo.toml").write_text(
        'name = "echo"\ndescription = "Says it again."\ncommand = ["cat"]\n'
        'input_schema = {type = "object"}\n'
    )
    tools = ["-T", "echo.toml", "--approve", "always", "--tool-choice", "any"]
    ran = run("ask", "hi", *tools, "--no-parallel-tools")
    assert ran.code == 0
    first, second = (request.body["tool_choice"] for request in simulator.requests)
    assert first == {"type": "any", "disable_parallel_tool_use": True}
    assert second == {"type": "auto", "disable_parallel_tool_use": True}
