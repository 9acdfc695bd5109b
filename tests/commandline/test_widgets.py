"""Alt-E in real shells: the line becomes a command that is not run, or stays as it was."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_cli.commandline.widgets import WIDGETS
from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run

NUMBERS = itertools.count()
PATIENCE = 30.0
START = {"bash": "bash --norc", "zsh": "zsh -f", "fish": "fish --no-config"}
LOAD = {
    "bash": 'eval "$(claude-cli completion bash --widget)"',
    "zsh": 'eval "$(claude-cli completion zsh --widget)"',
    "fish": "function fish_prompt; echo 'P> '; end; claude-cli completion fish --widget | source",
}
COMMAND = "echo 'größte 檔案' && touch made"


class Window:
    """A shell in a window of tmux."""

    def __init__(self, command: str, columns: int) -> None:
        self._tmux = ["tmux", "-L", f"widget-{os.getpid()}-{next(NUMBERS)}", "-f", "/dev/null"]
        size = ("-x", str(columns), "-y", "24", "-c", os.getcwd())
        self._run("new-session", "-d", "-s", "w", *size, command)

    def type(self, *keys: str) -> None:
        self._run("send-keys", "-t", "w", "--", *keys)

    def wait_for(self, shown: Callable[[str], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not shown(text := self._run("capture-pane", "-p", "-J", "-t", "w")):
            assert time.monotonic() < deadline, text
            time.sleep(0.02)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _run(self, *arguments: str) -> str:
        ran = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, check=True, text=True, timeout=10
        )
        return ran.stdout


@pytest.fixture(params=START)
def window(
    request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Window]:  # fmt: skip
    for program in ("tmux", request.param):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed: apt-get install {program}")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "claude-cli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m claude_cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    for name, value in {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PS1": "P> ",
                        "fish_greeting": "", "ANTHROPIC_API_KEY": CANARY}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    window = Window(START[request.param], 80)
    window.type(f"{LOAD[request.param]}; clear; echo rea''dy", "Enter")
    window.wait_for(lambda text: "ready" in text.split("\n"))
    yield window
    window.close()


def last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


def test_alt_e_makes_a_command_of_the_line_and_does_not_run_it(
    window: Window, simulator: Simulator
) -> None:
    simulator.enqueue(text=json.dumps({"command": COMMAND, "explanation": "Shows it."}))
    window.type("largest files in 檔案", "M-e")
    window.wait_for(lambda text: last_line(text).endswith(COMMAND))
    body = simulator.requests[-1].body
    assert body["messages"][-1]["content"][0]["text"] == "largest files in 檔案"
    assert not Path("made").exists()
    window.type("-and-more", "Enter")
    window.wait_for(lambda text: "größte 檔案" in text.split("\n"))
    window.wait_for(lambda text: Path("made-and-more").exists())


def test_ctrl_c_leaves_the_line_as_it_was(window: Window, simulator: Simulator) -> None:
    simulator.inject("stall=0")
    window.type("largest files", "M-e")
    deadline = time.monotonic() + PATIENCE
    while not simulator.requests:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    window.type("C-c")
    window.wait_for(lambda text: last_line(text).rstrip().endswith("largest files"))
    window.type(" here")
    window.wait_for(lambda text: last_line(text).rstrip().endswith("largest files here"))


def test_a_failure_is_told_and_leaves_the_line_as_it_was(
    window: Window, simulator: Simulator
) -> None:
    simulator.enqueue(error={"status": 400, "message": "simulated trouble"})
    window.type("largest files", "M-e")
    window.wait_for(lambda text: "simulated trouble" in text)
    window.type(" here")
    window.wait_for(lambda text: last_line(text).rstrip().endswith("largest files here"))


@pytest.mark.parametrize("shell", WIDGETS)
def test_the_key_binding_is_printed(run: Run, shell: str) -> None:
    assert run("completion", shell, "--widget").text == WIDGETS[shell]


def test_powershell_has_none(run: Run) -> None:
    assert run("completion", "powershell", "--widget").code == 2
