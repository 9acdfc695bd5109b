"""Groups of processes of a program that dies while its threads still start some."""

import subprocess
import sys

import pytest

from claude_cli.child import group
from tests.tools.calls import is_gone

DYING = """
import os, threading, time
from claude_cli.child import group

def start_many():
    try:
        while True:
            process = group.start(["sleep", "20"])
            print(process.pid, flush=True)
            if len(group._running) > 5:
                enough.set()
    except OSError as error:
        print(error, flush=True)
    done.set()

enough, done = threading.Event(), threading.Event()
popen = group.subprocess.Popen

def slow(*arguments, **options):
    process = popen(*arguments, **options)
    time.sleep(0.02)  # between the start of a process and its place in the table
    return process

group.subprocess.Popen = slow
threading.Thread(target=start_many, daemon=True).start()
enough.wait()
group.kill_all()
done.wait(2)
os._exit(0)
"""


def test_a_program_that_dies_leaves_no_process_that_a_thread_is_starting() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DYING], capture_output=True, text=True, check=True, timeout=60
    )
    *pids, last = ran.stdout.split("\n")[:-1]
    assert last == "this program is ending"
    assert len(pids) >= 6
    assert all(is_gone(int(pid), seconds=5) for pid in pids)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("exit 3", "exit status 3"),
        ("kill -TERM $$", "ended by SIGTERM"),
        ("kill -40 $$", "ended by signal 40"),  # of those for real time, which have no names
    ],
)
def test_how_a_program_ended_is_told_in_words(line: str, words: str) -> None:
    ended = subprocess.run(["sh", "-c", line], check=False)
    assert group.exit_words(ended.returncode) == words
