"""A command that a hint proposes can be typed as it stands, whatever is called how."""

import os
import shlex
from pathlib import Path

import pytest

from claude_cli.disk import paths
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run

NAME = "a day's trip"
TAKEN = ["ask", "--name", NAME, "hi"]


@pytest.mark.parametrize(
    ("lines", "proposed"),
    [
        ([TAKEN, TAKEN], ["-r", NAME]),
        ([["ask", "-t", NAME, "hi"]], ["templates", "edit", NAME]),
        ([["ask", "--save", NAME, "hi"]], ["ask", "-t", NAME]),
        ([["ask", "--save", NAME, "hi"]] * 2, ["templates", "edit", NAME]),
    ],
    ids=["name", "no template", "saved", "template"],
)
def test_a_name_is_quoted_for_the_shell(
    run: Run, simulator: Simulator, lines: list[list[str]], proposed: list[str]
) -> None:
    told = [run(*line).stderr for line in lines]
    assert shlex.join(proposed) in told[-1]


def test_a_folder_is_quoted_for_the_shell(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CLI_HOME", str(tmp_path / NAME))
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    paths.config_dir().mkdir(parents=True)
    key = paths.config_dir() / "key"
    key.write_text("sk-ant\n")
    key.chmod(0o644)
    assert shlex.join(["chmod", "600", str(key)]) in run("auth", "status", "--check").stderr
    key.chmod(0o600)
    os.chmod(key.parent, 0o777)
    assert shlex.join(["chmod", "o-w", str(key.parent)]) in run("ask", "hi").stderr
    (key.parent / "config.toml").write_text("")
    assert shlex.join(["chmod", "o-w", str(key.parent)]) in run("ask", "hi").stderr


@pytest.mark.parametrize("command", ["ask", "stream", "shell", "count"])
def test_without_a_prompt_no_other_command_is_proposed(
    run: Run, simulator: Simulator, command: str
) -> None:
    ran = run(command)
    assert (ran.code, simulator.requests) == (2, [])
    assert "nothing to ask" in ran.stderr and "type a prompt behind the command" in ran.stderr
