"""Forked runs for the storms, and what must hold at the end of each."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.disk import appendlog
from claude_cli.simulator.server.server import Simulator
from tests.storms.forks import Forks, left_behind


@pytest.fixture(scope="session")
def _forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with Forks(tmp_path_factory.mktemp("storms")) as forks:
        yield forks


@pytest.fixture
def forks(
    _forks: Forks,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Forks]:
    """Runs that reach the simulator. At the end: no process of theirs is there, no file of ours
    lies beside the user's, and every line that was kept is whole."""
    monkeypatch.setenv("STORM", str(tmp_path))
    _forks.ended.clear()
    yield _forks
    print(f"{request.node.name}: {dict(_forks.ended)}")
    assert left_behind(str(tmp_path)) == []
    assert [path.name for path in Path().glob(".*")] == []
    temporary = re.compile(r"\..*\.[0-9a-f]{8}")
    home = tmp_path / "home"
    assert [path for path in home.rglob(".*") if temporary.fullmatch(path.name)] == []
    for path in home.rglob("*.jsonl"):
        assert [line for line in appendlog.read_records(path) if line.damage] == [], path
