"""Commands as tools: what they get, what comes back, and that nothing of them stays behind."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from claude_cli.tools import result
from claude_cli.tools.command import Command
from claude_cli.tools.tool import Output, Status
from tests.tools.calls import is_gone, number_in, python, shell


def run(command: Command, tool_input: Any = None) -> Output:
    return command.run({} if tool_input is None else tool_input, threading.Event())


def test_the_input_is_json_on_stdin_and_stdout_is_the_result() -> None:
    doubled = python("import json, sys; print(2 * json.load(sys.stdin)['n'])")
    assert run(doubled, {"n": 21}) == Output("42")


def test_text_in_the_input_is_readable_utf8_on_one_line() -> None:
    assert run(shell("cat"), {"city": "臺北\n", "odd": "\ud800"}) == Output(
        '{"city": "臺北\\n", "odd": "\ufffd"}'
    )


def test_a_list_of_content_blocks_comes_back_as_blocks() -> None:
    blocks = [{"type": "text", "text": "hi"}]
    assert run(python(f"print({json.dumps(blocks)!r})")) == Output(blocks)  # type: ignore[arg-type]


def test_no_shell_reads_the_arguments() -> None:
    assert run(Command(("echo", "$HOME; true", "*"))) == Output("$HOME; true *")


def test_it_runs_in_the_folder_of_the_user() -> None:
    assert run(shell("pwd")) == Output(str(Path.cwd()))


def test_it_sees_no_key_but_what_the_manifest_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "canary")
    seen = run(python("import os; print(dict(os.environ))", UNITS="metric")).content
    assert "canary" not in seen
    assert "'UNITS': 'metric'" in seen


def test_a_failure_comes_back_with_its_status_and_what_both_streams_said() -> None:
    output = run(shell("echo 2 failed; echo boom >&2; exit 3"))
    said = "exit status 3\nstdout:\n2 failed\nstderr:\nboom"
    assert output == Output(said, Status.FAILED, "exit status 3")


def test_a_stream_that_said_nothing_is_not_named() -> None:
    assert run(shell("exit 3")).content == "exit status 3"
    assert run(shell("echo boom >&2; exit 1")).content == "exit status 1\nstderr:\nboom"


def test_of_a_long_stdout_the_end_is_told_where_the_reason_stands() -> None:
    output = run(shell("yes | head -c 1000000; echo 2 failed; exit 1"))
    assert len(output.content) < result.ERROR_LIMIT + 100
    assert str(output.content).startswith("exit status 1\nstdout:\n[cut] ")
    assert str(output.content).endswith("2 failed")


def test_a_crash_names_the_signal() -> None:
    output = run(shell("kill -SEGV $$"))
    assert (output.status, output.content) == (Status.FAILED, "ended by SIGSEGV")


def test_stderr_of_a_success_is_no_part_of_the_result() -> None:
    assert run(shell("echo fine; echo noise >&2")) == Output("fine")


@pytest.mark.parametrize("program", ["no-such-program", "/", "./no\udcffne"])
def test_a_program_that_cannot_start_is_a_failure(program: str) -> None:
    output = run(Command((program,)))
    assert output.status is Status.FAILED
    assert str(output.content).startswith("cannot start")
    assert str(output.content).isascii()


def test_a_timeout_ends_the_whole_group_and_keeps_what_was_said() -> None:
    began = time.monotonic()
    code = "sleep 60 & echo $! > pid; echo half; echo waiting >&2; wait"
    output = run(shell(code, timeout=1))
    assert (output.status, output.detail) == (Status.TIMED_OUT, "timed out after 1 s")
    assert output.content == "timed out after 1 s\nstdout:\nhalf\nstderr:\nwaiting"
    assert time.monotonic() - began < 8.5
    assert is_gone(number_in(Path("pid")))


def test_a_tool_that_ignores_the_polite_signal_is_killed() -> None:
    output = run(shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", timeout=1))
    assert output.status is Status.TIMED_OUT
    assert is_gone(number_in(Path("pid")))


def test_a_grandchild_that_holds_the_pipes_neither_hangs_nor_outlives_the_call() -> None:
    began = time.monotonic()
    output = run(shell("sleep 60 & echo $! > pid; echo done"))
    assert output == Output("done")
    assert time.monotonic() - began < 8.5
    assert is_gone(number_in(Path("pid")))


def test_a_grandchild_that_left_the_group_does_not_hang_the_call() -> None:
    began = time.monotonic()
    output = run(
        python(
            "import os, subprocess, pathlib\n"
            "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
            "pathlib.Path('pid').write_text(f'{child.pid}\\n')\n"
            "print('done')"
        )
    )
    os.kill(number_in(Path("pid")), 9)
    assert output == Output("done")
    assert time.monotonic() - began < 8


def test_a_last_word_of_the_rest_of_the_group_is_kept() -> None:
    assert run(shell("echo first; (sleep 0.02; echo last) &")) == Output("first\nlast")


def test_long_output_is_cut_with_a_mark() -> None:
    output = run(python(f"print('x' * {3 * result.TEXT_LIMIT})"))
    assert output.status is Status.OK
    assert len(output.content) < result.TEXT_LIMIT + 100
    assert "[cut: the first 262144 of 786432 bytes]" in output.content


def test_an_endless_output_is_ended() -> None:
    began = time.monotonic()
    output = run(shell("echo $$ > pid; exec yes", timeout=30))
    assert output.status is Status.FAILED
    assert "more than 16 MB" in output.detail
    assert len(output.content) < result.TEXT_LIMIT + 200
    assert time.monotonic() - began < 8
    assert is_gone(number_in(Path("pid")))


def test_of_an_endless_stderr_the_end_is_kept_until_the_timeout() -> None:
    output = run(shell("yes | head -c 1000000 >&2; echo last words >&2; exit 1"))
    assert len(output.content) < result.ERROR_LIMIT + 40
    assert str(output.content).startswith("exit status 1\nstderr:\n[cut] ")
    assert str(output.content).endswith("last words")


def test_an_input_that_nobody_reads_does_not_hang() -> None:
    large = {"text": "x" * 1_000_000}
    assert run(shell("echo unread"), large) == Output("unread")
    assert run(shell("sleep 9", timeout=0.2), large).status is Status.TIMED_OUT


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert run(shell(r"printf 'a\377b'")) == Output("a\ufffdb")
    assert str(run(shell(r"printf 'a\377b' >&2; exit 1")).content).endswith("a\ufffdb")


def test_a_closed_stdin_and_stdout_are_no_failure() -> None:
    assert run(shell("exec <&- >&-; sleep 0.05"), {"text": "x" * 200_000}) == Output("")


def test_a_stop_from_outside_ends_the_group_at_once() -> None:
    stop = threading.Event()
    began = time.monotonic()

    def stop_once_it_runs() -> None:
        number_in(Path("pid"))
        stop.set()

    threading.Thread(target=stop_once_it_runs).start()
    shell("echo $$ > pid; sleep 60; true", timeout=30).run({}, stop)
    assert time.monotonic() - began < 8.5
    assert is_gone(number_in(Path("pid")))


def test_calls_leave_neither_pipes_nor_threads() -> None:
    def held() -> int:
        return len(os.listdir("/dev/fd")) + threading.active_count()

    before = held()
    for code in ("echo a", "exit 1", "sleep 60 & true") * 3:
        run(shell(code), {"text": "x" * 100_000})
    deadline = time.monotonic() + 30
    while held() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert held() <= before
