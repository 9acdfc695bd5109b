"""Runs of the program that are ended by a signal on their way, at a step that a test chooses.

A step is a function of ours that is entered, or a call of the operating system that one makes. A
process that has loaded the program forks each run: hundreds take no longer than a dozen starts.
It is this module, run as `python -m tests.storms.forks ORDERS REPLIES` with two file descriptors.
"""

import atexit
import json
import os
import pkgutil
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Self

from tests.conftest import Ran
from tests.thorough import THOROUGH

STORMS = 11
"""How many tests there are; each has its share of the kills."""
SHARE = max(int(os.environ.get("KILLS") or (550 if THOROUGH else 22)) // STORMS, 1)
PATIENCE = 10.0
"""Seconds that a process has to end when all is over; a run has six times as many."""
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
OURS = f"{os.sep}claude_cli{os.sep}"


class Fork:
    """A run that was started; its output is in files."""

    def __init__(self, forks: "Forks", pid: int, name: str, signum: int) -> None:
        self._forks, self._pid, self._name, self._signum = forks, pid, name, signum
        self._code: int | None = None

    def has_ended(self) -> bool:
        if self._code is None:
            self._code = self._forks.ask({"look at": self._pid})
        return self._code is not None

    def wait(self) -> Ran:
        """Wait until it ends. Raises AssertionError where it ended as no run may."""
        deadline = time.monotonic() + 6 * PATIENCE
        while not self.has_ended():
            assert time.monotonic() < deadline, "it does not end"
            time.sleep(0.002)
        code = self._code or 0
        out, err = (Path(f"{self._name}.{end}").read_bytes() for end in ("out", "err"))
        ran = Ran(code, out, err.decode())
        assert code >= 0 or code == -self._signum, ran
        assert code not in (1, 70) and "Traceback" not in ran.stderr, ran
        self._forks.ended[signal.Signals(-code).name if code < 0 else "came to its end"] += 1
        return ran


class Forks:
    """Starts runs. Use it by `with`; environment and folder are those of the moment of a start."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)
        self.dice = random.Random()
        self.ended: Counter[str] = Counter()
        """How the runs ended: by which signal, or of themselves."""

    def __enter__(self) -> Self:
        ours, theirs = os.pipe(), os.pipe()
        command = [sys.executable, "-m", "tests.storms.forks", str(ours[0]), str(theirs[1])]
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        self._process = subprocess.Popen(
            command, env=env, pass_fds=(ours[0], theirs[1]), stdin=subprocess.DEVNULL
        )
        os.close(ours[0])
        os.close(theirs[1])
        self._orders = os.fdopen(ours[1], "w")
        self._replies = os.fdopen(theirs[0])
        return self

    def __exit__(self, *details: object) -> None:
        self._orders.close()
        self._replies.close()
        self._process.wait(60)

    def ask(self, order: dict[str, Any]) -> int | None:
        print(json.dumps(order), file=self._orders, flush=True)
        answer: int | None = json.loads(self._replies.readline())
        return answer

    def start(
        self, *arguments: str, step: int | str = 0, signum: int = signal.SIGKILL, terminal: str = ""
    ) -> Fork:
        """Start a run that gets a signal when it enters its `step`th step, or the function of
        that qualified name, with "A > B" the next B after the first A; with 0 never."""
        name = str(self._folder / str(next(self._numbers)))
        order = {
            "arguments": arguments,
            "step": step,
            "signal": int(signum),
            "folder": str(Path.cwd()),
            "environment": dict(os.environ),
            "name": name,
            "terminal": terminal,
        }
        return Fork(self, self.ask(order) or 0, name, signum)

    def run(self, *arguments: str, step: int | str = 0, signum: int = signal.SIGKILL) -> Ran:
        return self.start(*arguments, step=step, signum=signum).wait()

    def moments(self) -> Iterator[tuple[int, signal.Signals]]:
        """A share of all kills, each a step and a signal. The steps lie all over the last run
        that came to its end with `step=0`."""
        steps = int((self._folder / "steps").read_text())
        for number in range(SHARE):
            step = 1 + int((number + self.dice.random()) * steps / SHARE)
            yield step, self.dice.choice(SIGNALS)


def left_behind(mark: str) -> list[str]:
    """The programs that still run and have STORM=`mark` in their environment, once they had time
    to notice that who started them is gone."""
    deadline = time.monotonic() + PATIENCE
    while (found := _marked(f"STORM={mark}\0".encode())) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def _marked(mark: bytes) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            if mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def _count_steps(deadly: int | str, signum: int, folder: Path) -> None:
    numbers = count(1)
    last = 0
    way = str(deadly).split(" > ")

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal last
        if (
            event == "call"
            or (event == "c_call" and getattr(argument, "__module__", None) in ("posix", "fcntl"))
        ) and OURS in frame.f_code.co_filename:
            last = next(numbers)
            if way and way[0] in (str(last), frame.f_code.co_qualname):
                way.pop(0)
                if not way:
                    # In Python 3.11 a traced thread waits, busily, until the main thread has seen
                    # to the signal, and that may wait for what this thread is about to give.
                    sys.setprofile(None)
                    os.kill(os.getpid(), signum)

    threading.setprofile(note)
    sys.setprofile(note)
    if not deadly:

        @atexit.register
        def tell() -> None:
            sys.setprofile(None)
            (folder / "steps").write_text(str(last))


def _become(order: dict[str, Any]) -> None:
    """Be the run that was ordered, to its end."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    name, terminal = order["name"], order["terminal"]
    if terminal:
        for number in (0, 1, 2):
            os.dup2(os.open(terminal, os.O_RDWR), number)
        Path(f"{name}.out").touch()
        Path(f"{name}.err").touch()
    else:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, end in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{name}.{end}", os.O_WRONLY | os.O_CREAT, 0o600), number)
    for number, mode in enumerate("rww"):  # what a new process makes of its three streams
        stream = os.fdopen(number, mode, encoding="utf-8", closefd=False)
        setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
    sys.argv = ["claude-cli", *order["arguments"]]
    from claude_cli.app import main

    _count_steps(order["step"], order["signal"], Path(name).parent)
    sys.exit(main())


def _load() -> None:
    import claude_cli

    for module in pkgutil.walk_packages(claude_cli.__path__, "claude_cli."):
        if not module.name.endswith("__main__") and ".simulator" not in module.name:
            import_module(module.name)


def main() -> None:
    _load()
    orders, replies = os.fdopen(int(sys.argv[1])), os.fdopen(int(sys.argv[2]), "w")
    for line in orders:
        order = json.loads(line)
        answer: int | None
        if "look at" in order:
            ended, status = os.waitpid(order["look at"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        elif (answer := os.fork()) == 0:
            os.close(orders.fileno())
            os.close(replies.fileno())
            return _become(order)
        print(json.dumps(answer), file=replies, flush=True)


if __name__ == "__main__":
    main()
