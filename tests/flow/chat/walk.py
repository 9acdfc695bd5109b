"""Random walks over real processes of `chat`: lines, failures, signals and kills, beside a model.

`python -m tests.flow.chat.walk [SEED] [COUNT]` walks so often; a walk that fails names its seed.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Literal

from claude_cli.errors import ClaudeCliError
from claude_cli.session.store import Store
from claude_cli.simulator.server.server import Simulator
from tests.conftest import MODEL
from tests.flow.chat.model import DELTA, Model, order, texts

PATIENCE = 30.0
MARK = "/set keys"
MARKED = 'keys = "emacs"'
Fault = Literal["", "529", "cut=0", "cut=1", "stall=0", "stall=1", "stall=2"]
Ending = Literal["close", "kill", "terminate"]


class Process:
    """A chat with its stdin a pipe. What it says on stderr is read as it comes."""

    def __init__(self, simulator: Simulator, *flags: str) -> None:
        environment = os.environ | {
            "ANTHROPIC_BASE_URL": simulator.base_url,
            "ANTHROPIC_API_KEY": "sk-walk",
        }
        command = [sys.executable, "-m", "claude_cli", "chat", "--keep-going", "--retries", "0"]
        self._process = subprocess.Popen(
            [*command, "--debug", "-m", MODEL, *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self._said: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def write(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def wait_for(self, words: str, times: int) -> None:
        """Wait until so many lines of stderr have these words."""
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while self.count(words) < times:
                in_time = self._news.wait(deadline - time.monotonic())
                assert in_time, f"{words!r} did not come: {self._said[-20:]}"

    def count(self, words: str) -> int:
        return sum(words in line for line in self._said)

    def end(self, ending: Ending) -> None:
        assert self._process.stdin
        if ending != "close":
            self._process.send_signal(signal.SIGKILL if ending == "kill" else signal.SIGTERM)
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stderr
        self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            with self._news:
                self._said.append(line.decode())
                self._news.notify_all()


class Walk:
    """One conversation, and the processes that lead it one after the other."""

    def __init__(self, simulator: Simulator, seed: int) -> None:
        self._simulator = simulator
        self._random = random.Random(seed)
        self._model = Model()
        self._number = 0
        self._process: Process | None = None
        self._told: list[str] = []
        """What was done, for whom a walk fails."""

    def go(self, steps: int) -> None:
        try:
            for _ in range(steps):
                self._step()
            self._end("close")
        except AssertionError as error:
            error.add_note(f"what was done: {self._told}")
            raise
        finally:
            if self._process:
                self._process.end("kill")

    def _step(self) -> None:
        kind = self._random.choice(("say", "say", "say", "retry", "edit", "undo", "clear", "end"))
        if kind in ("say", "retry", "edit"):
            self._turn(kind)
        elif kind == "end":
            self._end(self._random.choice(("close", "kill")))
        elif kind == "undo":
            self._line("/undo")
            if self._model.last is not None:
                self._model.go_back()
        else:
            self._line("/clear")
            self._model.clear()

    def _turn(self, kind: str) -> None:
        self._number += 1
        prompt = f"question {self._number}"
        instead = kind != "say"
        if instead and self._model.last is None:
            self._line(f"/{kind}")
            return
        if kind == "retry":
            prompt = str(self._model.last)
        line = {"say": prompt, "retry": "/retry", "edit": f"/edit {prompt}"}[kind]
        faults: tuple[Fault, ...] = ("", "", "", "529", "cut=0", "cut=1", "stall=0", "stall=2")
        fault = self._random.choice(faults)
        answer = f"{self._number:0{DELTA}} and more than this"
        came = order(self._simulator, answer, fault)
        self._told.append(f"{line} {fault}")
        sent = self._model.sent(prompt, instead=instead)
        if fault.startswith("stall"):
            self._break_off(line, came, prompt, instead=instead)
        else:
            self._line(line)
            self._model.take(prompt, came, instead=instead)
        asked = texts(self._simulator.requests[-1].body["messages"])
        assert asked == sent, (asked, sent)

    def _break_off(self, line: str, came: str, prompt: str, *, instead: bool) -> None:
        """End the process in the middle of an answer; of a kill only what was sent is left."""
        process = self._running()
        begun, deltas = process.count('"message_start"'), process.count('"content_block_delta"')
        process.write(line)
        process.wait_for('"message_start"', begun + 1)
        process.wait_for('"content_block_delta"', deltas + len(came) // DELTA)
        ending: Ending = self._random.choice(("kill", "terminate"))
        process.end(ending)
        if ending == "terminate" and (kept := self._kept_of(prompt)) == came[:-DELTA]:
            came = kept  # the last delta had come, and was not taken in yet
        self._model.take(prompt, came if ending == "terminate" else "", instead=instead)
        self._end(ending)

    def _kept_of(self, prompt: str) -> str:
        """What the file has of an answer to this prompt, the last one."""
        kept = texts(Store().open("walk").context())
        return kept[-1] if kept[-2:-1] == [prompt] else ""

    def _line(self, line: str) -> None:
        """Have a line taken, and wait until that is done."""
        self._told.append(line)
        process = self._running()
        marks = process.count(MARKED)
        process.write(line)
        process.write(MARK)
        process.wait_for(MARKED, marks + 1)

    def _running(self) -> Process:
        if self._process is None:
            exists = bool(list(Store().named("walk")))
            self._process = Process(self._simulator, "-r" if exists else "--name", "walk")
        return self._process

    def _end(self, ending: Ending) -> None:
        """End the process, if there is one; then the file says what the model says."""
        self._told.append(ending)
        if self._process:
            self._process.end(ending)
        self._process = None
        try:
            session = Store().open("walk")
        except ClaudeCliError:
            assert (self._model.texts, self._model.waiting) == ([], None)
            return
        self._model.check(session)
        assert session.notices() == []


def walk(seed: int, steps: int) -> None:
    """Raises AssertionError where a file says something else than the model."""
    with Simulator(tokens_per_second=100) as simulator:  # deltas come one by one
        Walk(simulator, seed).go(steps)


def main() -> None:
    seed, count = (int(text) for text in [*sys.argv[1:], "1", "20"][:2])
    for number in range(seed, seed + count):
        with tempfile.TemporaryDirectory() as home:
            os.environ["CLAUDE_CLI_HOME"] = home
            print(f"walk {number}", flush=True)
            walk(number, 40)


if __name__ == "__main__":
    main()
