"""Forked runs for the storms, and what must hold at the end of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.disk import appendlog
from claude_cli.disk.atomic_file import write_whole
from claude_cli.simulator.server.server import Simulator
from tests.storms.forks import Forks, left_behind

UNFINISHED = ".*.unfinished-claude-cli"
"""What a killed writer of a file leaves. It stays until the next file is written in its folder."""


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
    home = tmp_path / "home"
    for unfinished in [*Path().glob(UNFINISHED), *home.rglob(UNFINISHED)]:
        write_whole(unfinished.with_name("next"), b"")
        assert not unfinished.exists()
    assert [path.name for path in Path().glob(".*")] == []
    for path in home.rglob("*.jsonl"):
        assert [line for line in appendlog.read_records(path) if line.damage] == [], path
