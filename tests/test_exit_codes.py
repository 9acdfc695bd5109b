"""What each failure means to a script: one exit code, one error line on stderr.

Signals, which have no exit code of ours, are in test_signals.py.
"""

import json
import re
import socket
import sys
from pathlib import Path

import pytest

from claude_cli import app
from claude_cli.app import COMMANDS
from claude_cli.errors import ClaudeCliError, ExitCode
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Ran, Run, Spawn

BOTH = pytest.mark.parametrize("command", ["ask", "stream"])

TOLD_AS_WARNING = (ExitCode.OK, ExitCode.CUT, ExitCode.REFUSAL)

TRIED: set[ExitCode] = set()
"""The codes that a test below has seen."""


def expect(ran: Ran, code: ExitCode, *words: str) -> None:
    """Check the code, and for a failure the one line that says why."""
    assert ran.code == code, ran
    TRIED.add(code)
    errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == (code not in TOLD_AS_WARNING), ran.stderr
    assert [word for word in words if word not in ran.stderr] == []


@BOTH
def test_0_complete(simulator: Simulator, run: Run, command: str) -> None:
    expect(run(command, "hi"), ExitCode.OK)


def test_73_a_file_that_fails_where_nobody_foresaw_it_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        Path("missing").unlink()

    monkeypatch.setitem(COMMANDS, "fails", f"{__name__}:fails")
    monkeypatch.setattr(sys.modules[__name__], "fails", fails, raising=False)
    assert app.run(["fails"]) == ExitCode.CREATE
    assert capsys.readouterr().err == "error: missing: No such file or directory\n"


@BOTH
def test_2_wrong_usage(simulator: Simulator, run: Run, command: str) -> None:
    expect(run(command, "hi", "--nope"), ExitCode.USAGE, "--nope", f"claude-cli {command} --help")
    assert simulator.requests == []


@BOTH
@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
def test_3_cut(simulator: Simulator, run: Run, command: str, reason: str) -> None:
    simulator.enqueue(text="as far", stop_reason=reason)
    ran = run(command, "hi")
    expect(ran, ExitCode.CUT)
    assert ran.text == "as far\n"


@BOTH
def test_4_refusal(simulator: Simulator, run: Run, command: str) -> None:
    simulator.enqueue(text="No.", stop_reason="refusal")
    ran = run(command, "hi")
    expect(ran, ExitCode.REFUSAL)
    assert ran.text == "No.\n"


def test_5_some_requests_of_a_batch_failed(run: Run) -> None:
    turns = [{"role": "user", "content": "hi"}]
    rows = [{"messages": turns}, {"messages": turns, "temperature": 5}]
    lines = (
        json.dumps({"custom_id": f"r{number}", "params": row}) + "\n"
        for number, row in enumerate(rows)
    )
    Path("in.jsonl").write_text("".join(lines))
    expect(run("batch", "run", "in.jsonl", "--live", "--simulate"), ExitCode.BATCH)


@BOTH
def test_6_the_answer_does_not_fit_the_schema(simulator: Simulator, run: Run, command: str) -> None:
    simulator.enqueue(text='{"city": 1}')
    shape = '{"type": "object", "properties": {"city": {"type": "string"}}}'
    ran = run(command, "hi", "--schema", shape)
    expect(ran, ExitCode.SCHEMA)
    assert ran.text == '{"city": 1}\n'


@BOTH
def test_7_it_could_cost_more_than_was_allowed(
    simulator: Simulator, run: Run, command: str
) -> None:
    expect(run(command, "hi", "--max-cost", "0.00001"), ExitCode.COST, "more than --max-cost")


STATUSES = {
    ExitCode.INPUT: [400, 404, 413, 422],
    ExitCode.ACCESS: [401, 402, 403],
    ExitCode.TEMPORARY: [408, 409, 429, 500, 502, 503, 504, 529],
    ExitCode.PROTOCOL: [418, 451],
}
EACH_STATUS = [(status, code) for code, statuses in STATUSES.items() for status in statuses]


@BOTH
@pytest.mark.parametrize(("status", "code"), EACH_STATUS)
def test_65_75_76_77_by_the_status_of_the_answer(
    simulator: Simulator, run: Run, command: str, status: int, code: ExitCode
) -> None:
    simulator.inject(f"{status}:retry-after=0.01")
    ran = run(command, "hi", "--retries", "0")
    expect(ran, code, f"error: {status} ")
    assert ran.stdout == b""
    assert re.search(r"^request id: req_\w+$", ran.stderr, re.MULTILINE)


@pytest.mark.parametrize(("status", "code"), EACH_STATUS)
def test_what_is_temporary_is_tried_again_and_nothing_else(
    simulator: Simulator, run: Run, status: int, code: ExitCode
) -> None:
    simulator.inject(f"{status}:retry-after-ms=1")
    ran = run("ask", "hi", "--retries", "1")
    expect(ran, code)
    assert len(simulator.requests) == (2 if code is ExitCode.TEMPORARY else 1)
    assert ran.stderr.count("retrying in") == len(simulator.requests) - 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("invalid_request_error", ExitCode.INPUT),
        ("request_too_large", ExitCode.INPUT),
        ("authentication_error", ExitCode.ACCESS),
        ("billing_error", ExitCode.ACCESS),
        ("permission_error", ExitCode.ACCESS),
        ("overloaded_error", ExitCode.TEMPORARY),
        ("rate_limit_error", ExitCode.TEMPORARY),
        ("api_error", ExitCode.TEMPORARY),
        ("an_error_of_tomorrow", ExitCode.TEMPORARY),
    ],
)
def test_an_error_event_counts_by_its_type(
    simulator: Simulator, run: Run, kind: str, code: ExitCode
) -> None:
    simulator.inject(f"error={kind}")
    expect(run("stream", "hi"), code, kind)


def test_66_an_input_or_session_that_cannot_be_read(simulator: Simulator, run: Run) -> None:
    for flags in (["-a", "gone"], ["-r", "gone"], ["-s", "@gone"], ["--env-file", "gone"]):
        expect(run("ask", "hi", *flags), ExitCode.UNREADABLE, "gone")
    assert simulator.requests == []


def test_69_nobody_there(simulator: Simulator, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    expect(run("ask", "hi", "--base-url", url, "--retries", "0"), ExitCode.UNREACHABLE, url[7:])


def stumble() -> None:
    """A command with a bug, whose text holds a secret."""
    raise KeyError("sk-ant-secret")


def test_70_a_bug_says_so_without_its_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "stumble", f"{__name__}:stumble")
    ran = run("stumble")
    expect(ran, ExitCode.BUG, "a bug in claude-cli: KeyError", "hint: ", "--debug")
    assert "sk-ant-secret" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_73_a_session_that_cannot_be_made(simulator: Simulator, run: Run, tmp_path: Path) -> None:
    expect(run("ask", "hi", "-r", str(tmp_path)), ExitCode.CREATE, str(tmp_path))


def test_74_stdout_that_cannot_be_written(simulator: Simulator, spawn: Spawn) -> None:
    with open("/dev/full", "wb") as full:
        process = spawn("ask", "hi", stdout=full)
        _, err = process.communicate(timeout=30)
    expect(Ran(process.returncode, b"", err.decode()), ExitCode.WRITE, "stdout")


def test_76_an_answer_that_is_none(simulator: Simulator, run: Run) -> None:
    simulator.enqueue(raw={"status": 200, "headers": {"content-type": "text/html"}, "body": "<p>"})
    expect(run("ask", "hi"), ExitCode.PROTOCOL, "text/html")


def test_78_no_key_with_every_way_to_one(run: Run) -> None:
    ran = run("ask", "hi")
    expect(ran, ExitCode.CONFIG, "console.anthropic.com/settings/keys", "--simulate")
    assert "no API key" in ran.stderr


def test_every_code_has_been_seen() -> None:
    """One is missing where a code was added without a test, or a test above has failed."""
    if len(TRIED) < 5:
        pytest.skip("only a part of this file was run in this process")
    assert set(ExitCode) - TRIED == set()


def test_no_failure_is_exit_1_and_each_has_a_code_of_its_own() -> None:
    kinds = ClaudeCliError.__subclasses__()
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert {ExitCode.BUG, 1} & set(codes) == set()
    assert 1 not in set(ExitCode)
    assert all(code.meaning for code in ExitCode)
