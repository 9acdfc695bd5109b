"""Ctrl-Z and `fg` in the middle of an answer."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

import claude_cli
from claude_cli.ui.job_control import holding_terminal
from tests.ui.live.live_screen import Size
from tests.ui.shell_job import PATIENCE, ShellJob

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGTSTP"), reason="no job control here")

WORDS = [f"w{n:03}" for n in range(90)]
FINAL = f"{' '.join(WORDS[:20])}\n\n"
OPEN = " ".join(WORDS[20:50])
REST = f" {' '.join(WORDS[50:])}\n"
SIZES = [(80, 24), (40, 12)]
OTHERS = [None, (80, 12), (50, 24), (120, 30)]


@pytest.fixture(autouse=True)
def stops_are_the_systems_before_and_after() -> Iterator[None]:
    kept = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    yield
    assert signal.signal(signal.SIGTSTP, kept) is signal.SIG_DFL


def words(rows: list[str]) -> list[str]:
    return re.findall(r"w\d{3}", " ".join(rows))


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_tail_goes_away_for_the_shell_and_comes_back_below(
    size: Size, other: Size | None
) -> None:
    with ShellJob(size) as job:
        job.say(FINAL + OPEN)
        job.wait_for(WORDS[49])
        job.stop()
        rows = job.screen.text()
        assert words(rows) == WORDS[:20]
        assert rows[-2:] == ["[1]+  Stopped", "$"]
        if other:
            job.resize(other)
        job.type("fg\n")
        job.wait_for(WORDS[49])  # though nothing new has come
        job.say(REST)
        assert job.end() == 0
        rows = job.screen.text()
        assert words(rows) == WORDS
        assert words(rows[rows.index("[1]+  Stopped") :]) == WORDS[20:]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_tail_as_tall_as_the_screen_leaves_nothing_behind(size: Size) -> None:
    with ShellJob(size) as job:
        tall = [f"t{n:03}" for n in range(400)]
        job.say(FINAL + " ".join(tall))
        job.wait_for(tall[-1])
        for _ in range(2):
            job.stop()
            assert "t" not in "".join(job.screen.text()).replace("Stopped", "")
            job.type("fg\n")
            job.wait_for(tall[-1])
        assert job.end() == 0
        assert re.findall(r"t\d{3}", " ".join(job.screen.text())) == tall


def test_a_tail_that_the_terminal_has_folded_since_goes_away_as_well() -> None:
    with ShellJob((80, 24)) as job:
        job.say(FINAL + OPEN)
        job.wait_for(WORDS[49])
        job.resize((30, 24))
        job.stop()
        assert words(job.screen.text()) == WORDS[:20]
        job.type("fg\n")
        assert job.end() == 0
        assert words(job.screen.text()) == WORDS[:50]


def test_keys_are_shown_while_the_shell_has_the_terminal_and_not_in_the_answer() -> None:
    with ShellJob((80, 24), echo=False) as job:
        job.say("one")
        job.wait_for("one")
        assert not job.echoes
        job.stop()
        assert job.echoes
        job.type("fg\n")
        job.wait_for("one")
        assert not job.echoes
        assert job.end() == 0
        assert job.echoes


def test_where_no_shell_could_let_it_go_on_it_is_not_stopped() -> None:
    with ShellJob((80, 24), shell=False) as job:
        job.say("one")
        job.wait_for("one")
        job.type("\x1a")
        job.wait_for("one", times=2)
        job.say(" two")
        assert job.end() == 0
        assert job.screen.text() == ["one two"]


def test_who_took_the_terminal_last_lets_go_first_and_takes_it_back_last() -> None:
    program = """
import os, signal
from contextlib import contextmanager
from claude_cli.ui.job_control import holding_terminal
def holder(name):
    @contextmanager
    def let_go():
        print(name, "lets go")
        yield
        print(name, "is back")
    return holding_terminal(let_go)
with holder("one"), holder("other"):
    os.kill(os.getpid(), signal.SIGTSTP)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(claude_cli.__file__).parents[1],
        start_new_session=True,  # without a shell nothing stops
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
    )
    order = ["other lets go", "one lets go", "one is back", "other is back"]
    assert ran.stdout.decode().splitlines() == order


def test_stops_that_are_ignored_stay_ignored() -> None:
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        with holding_terminal(nullcontext):
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)


def test_stops_are_caught_until_nobody_holds_the_terminal() -> None:
    with holding_terminal(nullcontext):
        with holding_terminal(nullcontext):
            pass
        assert callable(signal.getsignal(signal.SIGTSTP))


def test_another_thread_cannot_hold_the_terminal() -> None:
    caught = []

    def hold() -> None:
        with holding_terminal(nullcontext):
            caught.append(signal.getsignal(signal.SIGTSTP))

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert caught == [signal.SIG_DFL]
