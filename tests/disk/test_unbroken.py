"""Signals that come in steps that belong together."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli import signals
from claude_cli.disk.lock import locked
from claude_cli.disk.unbroken import unbroken
from claude_cli.errors import Interrupted, TemporaryFailure


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    names = [getattr(signal, name) for name in ("SIGINT", *Interrupted.CAUSES)]
    before = {signum: signal.getsignal(signum) for signum in names}
    signals.install()
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.mark.parametrize(
    ("signum", "error"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Interrupted)],
)
def test_a_signal_waits_for_the_last_of_the_steps(
    signum: signal.Signals, error: type[BaseException]
) -> None:
    done = []
    with pytest.raises(error), unbroken():
        with unbroken():
            os.kill(os.getpid(), signum)
        done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    with unbroken():  # it was raised once
        pass


def test_a_signal_takes_the_place_of_an_error_of_the_steps() -> None:
    with pytest.raises(KeyboardInterrupt) as stop, unbroken():
        os.kill(os.getpid(), signal.SIGINT)
        raise ValueError
    assert isinstance(stop.value.__context__, ValueError)


def test_steps_that_wait_for_a_lock_give_up_soon_when_a_signal_waits(tmp_path: Path) -> None:
    started = time.monotonic()
    with locked(tmp_path / ".lock"), pytest.raises(KeyboardInterrupt), unbroken():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(TemporaryFailure), locked(tmp_path / ".lock", wait=60):
            pass
    assert time.monotonic() - started < 30


def test_steps_of_another_thread_hold_no_signal_back() -> None:
    inside, over = threading.Event(), threading.Event()

    def steps() -> None:
        with unbroken():
            inside.set()
            over.wait(30)

    thread = threading.Thread(target=steps)
    thread.start()
    assert inside.wait(30)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        over.wait(30)
    over.set()
    thread.join()
