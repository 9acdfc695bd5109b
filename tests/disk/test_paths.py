"""Where files live: below one folder or the platform's own, and never the current folder."""

from contextlib import suppress
from pathlib import Path

import pytest

from claude_cli.disk import paths
from claude_cli.errors import ConfigError


def test_claude_cli_home_holds_all_four(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAUDE_CLI_HOME", str(tmp_path / "h"))
    found = [paths.config_dir(), paths.data_dir(), paths.state_dir(), paths.cache_dir()]
    assert found == [tmp_path / "h" / kind for kind in ("config", "data", "state", "cache")]
    assert not (tmp_path / "h").exists()


def test_the_platform_decides_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLAUDE_CLI_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in paths.config_file().parents
    assert "claude-cli" in paths.data_dir().parts


def test_a_relative_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CLI_HOME", "here")
    with pytest.raises(ConfigError, match="CLAUDE_CLI_HOME"):
        paths.data_dir()


def test_a_relative_xdg_path_or_a_missing_home_is_never_the_current_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CLAUDE_CLI_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    with suppress(ConfigError):  # platformdirs ignores it from 4.12 on, before it is refused
        assert paths.data_dir().is_absolute()
        assert Path.cwd() not in paths.data_dir().parents
    monkeypatch.delenv("HOME", raising=False)
    assert paths.state_dir().is_absolute()
    assert Path.cwd() not in paths.state_dir().parents
