"""Programs run to their end, and what is left of them."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from claude_cli.child.run import Ended, run
from tests.tools.calls import is_gone, number_in


def shell(code: str, seconds: float = 5.0, **limits: int) -> Ended:
    return run(["sh", "-c", code], seconds=seconds, **limits)  # type: ignore[arg-type]


def test_both_streams_and_the_status_come_back() -> None:
    assert shell("echo out; echo oops >&2; exit 3") == Ended(3, b"out\n", "oops")


def test_stdin_is_written_however_large_and_its_end_is_seen() -> None:
    counted = run(["wc", "-c"], seconds=5, stdin=b"x" * 1_000_000)
    assert counted.stdout.split() == ["1000000"]
    assert run(["cat"], seconds=5) == Ended(0, b"", "")


def test_one_that_prints_too_much_is_ended_at_once() -> None:
    began = time.monotonic()
    ended = shell("trap '' PIPE; while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", 60)
    assert (ended.status, ended.trouble) == (None, "printed more than 64 KB")
    assert len(ended.stdout) == 64 * 1024
    assert time.monotonic() - began < 30


def test_the_end_of_a_long_stderr_is_kept() -> None:
    ended = shell("yes | head -c 100000 >&2; echo last >&2", most_stderr=100)
    assert ended.stderr.startswith("[cut] ")
    assert ended.stderr.endswith("last")
    assert len(ended.stderr) < 110


def test_one_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    ended = shell("echo half; sleep 60 & echo $! > pid; wait", 0.5)
    assert ended == Ended(None, b"half\n", "", "did not end within 0.5 s")
    assert is_gone(number_in(Path("pid")))


def test_what_it_leaves_in_its_group_ends_with_it() -> None:
    assert shell("sleep 60 & echo $! > pid; echo done") == Ended(0, b"done\n", "")
    assert is_gone(number_in(Path("pid")))


def test_one_that_closed_its_output_is_waited_for() -> None:
    assert shell("exec >&- 2>&-; sleep 0.3; exit 4").status == 4


def test_a_group_of_its_own_has_no_terminal() -> None:
    ids = run([sys.executable, "-c", "import os; print(os.getpid(), os.getsid(0))"], seconds=20)
    pid, session = ids.stdout.split()
    assert pid == session


def test_a_stop_ends_it() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    assert run(["sleep", "60"], seconds=60, stop=stop).status is None
    assert time.monotonic() - began < 30


def test_what_cannot_be_started_is_an_error() -> None:
    with pytest.raises(OSError):
        run(["/nonexistent/program"], seconds=1)
    with pytest.raises(ValueError):
        run(["a\0b"], seconds=1)


def test_nothing_is_left_open() -> None:
    def held() -> int:
        return len(os.listdir("/dev/fd")) + threading.active_count()

    before = held()
    for code in ("echo a", "exit 1", "sleep 60 & true") * 3:
        shell(code)
    deadline = time.monotonic() + 30
    while held() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert held() <= before
