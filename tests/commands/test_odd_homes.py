"""Places that are not there: below a file, as for service accounts whose home is /dev/null."""

from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run


@pytest.fixture(autouse=True)
def below_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").touch()
    monkeypatch.setenv("CLAUDE_CLI_HOME", str(Path("file/home").absolute()))


def test_a_question_is_answered_and_the_loss_of_the_session_told(
    simulator: Simulator, run: Run
) -> None:
    ran = run("ask", "hi")
    assert (ran.code, ran.text != "") == (0, True)
    assert "not kept" in ran.stderr


@pytest.mark.parametrize(
    "command", ["sessions list", "batch list", "config show", "usage", "templates list"]
)
def test_what_is_listed_is_empty(simulator: Simulator, run: Run, command: str) -> None:
    assert run(*command.split()).code == 0


def test_a_key_is_looked_for_and_not_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    ran = run("models", "list")
    assert (ran.code, "no API key" in ran.stderr) == (78, True)
