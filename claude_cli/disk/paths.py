"""Where claude-cli keeps its files. Asking for a path creates nothing.

`CLAUDE_CLI_HOME` puts config, data, state and cache below one folder; otherwise they are the
platform's own (XDG on Linux). Never the current folder: a relative or missing home is refused.
"""

import os
from pathlib import Path

from claude_cli.errors import ConfigError

APP = "claude-cli"


def config_dir() -> Path:
    return _dir("config")


def data_dir() -> Path:
    return _dir("data")


def state_dir() -> Path:
    return _dir("state")


def cache_dir() -> Path:
    return _dir("cache")


def config_file() -> Path:
    return config_dir() / "config.toml"


def _dir(kind: str) -> Path:
    home = os.environ.get("CLAUDE_CLI_HOME")
    if home:
        return _absolute(Path(home).expanduser() / kind, "CLAUDE_CLI_HOME")
    import platformdirs

    dirs = platformdirs.PlatformDirs(APP, appauthor=False)
    found = {
        "config": dirs.user_config_path,
        "data": dirs.user_data_path,
        "state": dirs.user_state_path,
        "cache": dirs.user_cache_path,
    }[kind]
    return _absolute(found, f"the user's {kind} folder")


def _absolute(path: Path, what: str) -> Path:
    if not path.is_absolute():
        raise ConfigError(
            f"{what} is not an absolute path: {path}",
            hint="set HOME or CLAUDE_CLI_HOME to an absolute path",
        )
    return path
