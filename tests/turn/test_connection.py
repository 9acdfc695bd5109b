"""From connection flags and environment to a client: what is refused, and how it is told."""

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run


@pytest.mark.parametrize("line", ["no colon", ": empty", "x y: 1", "content-length: 1", "x: \x7f"])
def test_a_header_of_the_environment_that_is_none_names_its_variable(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"x-fine: 1\n{line}")
    ran = run("ask", "hi")
    assert (ran.code, ran.stdout) == (78, b"")
    assert ran.stderr.startswith("error: environment variable ANTHROPIC_CUSTOM_HEADERS: ")
    assert simulator.requests == []


def test_simulate_asks_nothing_of_the_url_of_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.example")
    assert run("ask", "--simulate", "hi").text.startswith('You said: "hi"')
    assert "plain http" in run("ask", "--dry-run", "hi").stderr
