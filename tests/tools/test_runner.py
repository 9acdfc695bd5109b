"""Answering the calls of one message: order, consent, parallel runs, interrupts."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.tools.consent import Approvals, Decision, Verdict
from claude_cli.tools.runner import MAX_PARALLEL, run_calls
from claude_cli.tools.tool import Status, ToolOutcome, ToolSpec
from claude_cli.types import ContentBlock, JSONValue
from tests.tools.calls import allow, call, is_gone, number_in, python, shell, tool

ECHO = tool("echo", shell("cat"))


def run_call(known: ToolSpec | None, made: ContentBlock) -> ToolOutcome:
    """Answers one call that nobody is asked about."""
    [outcome] = run_calls([known] if known else [], [made], allow)
    return outcome


def test_a_call_becomes_the_result_block_with_its_id() -> None:
    outcome = run_call(ECHO, call("echo", 7, a=1))
    assert outcome.block == {
        "type": "tool_result",
        "tool_use_id": "toolu_7",
        "content": '{"a": 1}',
    }
    assert outcome.status is Status.OK and outcome.detail == ""
    assert 0 < outcome.seconds < 5


def test_a_failure_is_marked_as_an_error() -> None:
    outcome = run_call(tool("t", shell("echo boom >&2; exit 1")), call("t"))
    assert outcome.block["is_error"] is True
    assert outcome.block["content"] == "exit status 1\nstderr:\nboom"
    assert (outcome.status, outcome.detail) == (Status.FAILED, "exit status 1")


@pytest.mark.parametrize("nothing", [{}, {"input": None}, {"input": {}}])
def test_a_call_without_input_is_one_with_an_empty_object(nothing: dict[str, Any]) -> None:
    made: Any = {"type": "tool_use", "id": "toolu_1", "name": "echo", **nothing}
    assert run_call(ECHO, made).block["content"] == "{}"


def test_an_empty_result_has_no_content() -> None:
    assert "content" not in run_call(tool("t", shell("true")), call("t")).block


@pytest.mark.parametrize("known", [None, tool("server", None)])
def test_a_tool_that_nobody_can_run_here_is_an_error_result(known: Any) -> None:
    outcome = run_call(known, call("nothing"))
    assert outcome.status is Status.UNKNOWN
    assert outcome.block["is_error"] is True
    assert outcome.block["content"] == "There is no tool nothing here."


def test_a_bad_input_is_told_to_the_model_and_never_run() -> None:
    touch = tool("touch", shell("touch ran"), properties={"n": {"type": "integer"}}, required=["n"])
    bads: list[JSONValue] = [{}, {"n": "1"}, [1], None, "\ud800"]
    for bad in bads:
        bad_call: ContentBlock = {"type": "tool_use", "id": "a", "name": "touch", "input": bad}
        outcome = run_call(touch, bad_call)
        assert outcome.status is Status.INVALID
        assert "does not fit the schema of touch:\n" in str(outcome.block["content"])
        str(outcome.block["content"]).encode()
    assert not Path("ran").exists()


def test_a_malformed_call_is_answered_too() -> None:
    bare: ContentBlock = {"type": "tool_use"}
    assert run_call(None, bare).block["tool_use_id"] == ""
    assert "\ufffd" in str(run_call(None, call("\ud800")).block["content"])


def test_a_tool_of_the_api_takes_any_object() -> None:
    bash = tool("bash", shell("cat"))
    del bash.definition["input_schema"]
    assert run_call(bash, call("bash", command="ls")).status is Status.OK
    malformed: Any = {"type": "tool_use", "id": "a", "name": "bash", "input": 3}
    assert run_call(bash, malformed).status is Status.INVALID


def test_results_come_in_the_order_of_the_calls() -> None:
    slow = tool("slow", shell("sleep 0.15; echo slow"))
    fast = tool("fast", shell("echo fast"))
    calls = [call("slow", 1), call("missing", 2), call("fast", 3), call("slow", 4)]
    outcomes = run_calls([slow, fast], calls, allow)
    assert [o.block["tool_use_id"] for o in outcomes] == [f"toolu_{n}" for n in (1, 2, 3, 4)]
    assert [o.name for o in outcomes] == ["slow", "missing", "fast", "slow"]
    assert [o.status is Status.OK for o in outcomes] == [True, False, True, True]


def test_calls_run_at_the_same_time() -> None:
    meet = "touch {0}; for i in $(seq 99); do [ -e {1} ] && exec echo met; sleep 0.05; done; exit 1"
    tools = [tool("a", shell(meet.format("a", "b"))), tool("b", shell(meet.format("b", "a")))]
    outcomes = run_calls(tools, [call("a"), call("b")], allow)
    assert [o.block["content"] for o in outcomes] == ["met", "met"]


def test_more_calls_than_run_at_once_are_all_answered() -> None:
    count = MAX_PARALLEL + 3
    outcomes = run_calls([ECHO], [call("echo", n, n=n) for n in range(count)], allow)
    assert [o.block["content"] for o in outcomes] == [f'{{"n": {n}}}' for n in range(count)]


def test_sixteen_calls_run_at_once_and_no_more() -> None:
    wait = "while [ $(ls {0}.* | wc -l) -lt 16 ]; do sleep 0.02; done"
    started = f"touch started.$$; {wait.format('started')}; sleep 0.3"
    counted = f"ls started.* | wc -l >counted.$$; {wait.format('counted')}; cat counted.$$"
    calls = [call("count", n) for n in range(17)]
    outcomes = run_calls([tool("count", shell(f"{started}; {counted}"))], calls, allow)
    counts = [int(str(outcome.block["content"])) for outcome in outcomes]
    assert counts == [16] * 16 + [17]


def test_no_calls_have_no_outcomes() -> None:
    assert run_calls([ECHO], [], allow) == []


def test_consent_is_asked_one_by_one_before_anything_runs() -> None:
    asked: list[JSONValue] = []

    def decide(name: str, tool_input: JSONValue) -> Verdict:
        assert threading.current_thread() is threading.main_thread()
        assert not Path("ran").exists()
        asked.append(tool_input)
        return Verdict(True)

    touch = tool("touch", shell("touch ran"))
    run_calls([touch], [call("touch", 1, n=1), call("touch", 2, n=2)], decide)
    assert asked == [{"n": 1}, {"n": 2}]
    assert Path("ran").exists()


def test_nobody_is_asked_about_a_call_that_cannot_run() -> None:
    def decide(name: str, tool_input: JSONValue) -> Verdict:
        raise AssertionError("asked")

    outcomes = run_calls([tool("server", None)], [call("server"), call("none")], decide)
    assert Status.OK not in {outcome.status for outcome in outcomes}


def test_a_denied_call_is_an_error_result_and_the_others_run() -> None:
    answers = iter([Decision.NO, Decision.YES])
    approvals = Approvals("ask", ask=lambda name, tool_input: next(answers))
    denied, ran = run_calls([ECHO], [call("echo", 1), call("echo", 2)], approvals.decide)
    assert denied.status is Status.DENIED
    assert denied.block["is_error"] is True
    assert "user denied" in str(denied.block["content"])
    assert ran.status is Status.OK


def test_with_nobody_to_ask_the_outcome_holds_the_notice() -> None:
    [outcome] = run_calls([ECHO], [call("echo")], Approvals("ask").decide)
    assert "nobody was there" in str(outcome.block["content"])
    assert "--approve" in outcome.detail


def test_after_quit_nothing_runs_and_every_call_has_its_result() -> None:
    answers = iter([Decision.YES, Decision.QUIT])
    approvals = Approvals("ask", ask=lambda name, tool_input: next(answers))
    touch = tool("touch", shell("touch ran"))
    outcomes = run_calls([touch], [call("touch", n) for n in range(3)], approvals.decide)
    assert [o.status for o in outcomes] == [Status.QUIT] * 3
    assert [o.block["tool_use_id"] for o in outcomes] == ["toolu_0", "toolu_1", "toolu_2"]
    assert not Path("ran").exists()


INTERRUPTED = """
import os, signal, sys, threading, time
sys.path.insert(0, {root!r})
from pathlib import Path
from claude_cli.tools.runner import run_calls
from claude_cli.tools.python_file import PythonFile
from tests.tools.calls import allow, call, number_in, shell, tool

def interrupt():
    number_in(Path("one")), number_in(Path("two"))
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
python = PythonFile(Path("slow.py"))
tools, _ = python.load()
sleep = tool("sleep", shell("sleep 60 & echo $! > one; wait", 60))
try:
    run_calls([sleep, *tools], [call("sleep"), call("slow")], allow)
except KeyboardInterrupt:
    print("interrupted")
python.close()
"""


def test_an_interrupt_ends_every_process_and_goes_on() -> None:
    Path("slow.py").write_text(
        "import os, pathlib, time\n"
        "def slow() -> None:\n"
        "    pathlib.Path('two').write_text(f'{os.getpid()}\\n')\n"
        "    time.sleep(60)\n"
    )
    root = str(Path(__file__).parents[2])
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(root=root)], capture_output=True, timeout=20
    )
    assert (ran.stdout, ran.stderr) == (b"interrupted\n", b"")
    assert time.monotonic() - began < 8
    assert is_gone(number_in(Path("one")))
    assert is_gone(number_in(Path("two")))


def test_an_interrupt_of_a_single_call_ends_its_process() -> None:
    class Interrupt(threading.Event):
        """Raises in the middle of the wait, as Ctrl-C does."""

        def is_set(self) -> bool:
            if Path("pid").exists():
                raise KeyboardInterrupt
            return False

    sleep = shell("echo $$ > pid; sleep 60; true")
    with pytest.raises(KeyboardInterrupt):
        sleep.run({}, Interrupt())
    assert is_gone(number_in(Path("pid")))


def test_the_work_of_a_tool_is_not_ours() -> None:
    """What a tool does to its own process stays there."""
    code = "import os, signal; os.kill(os.getppid(), 0); os.killpg(0, signal.SIGKILL)"
    assert run_call(tool("t", python(code)), call("t")).status is Status.FAILED
