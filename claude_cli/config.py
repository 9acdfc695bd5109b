"""The config file: TOML whose keys are flags, and `[profiles.NAME]` tables laid over them.

Typer reads the result as its `default_map`, so flags and environment win without merging code here.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from claude_cli.errors import ConfigError

TABLES = frozenset({"profiles", "prices", "tools"})
"""Top-level tables that are no flags."""
SETTINGS = frozenset({"key-command"})
"""Other keys, of the file and of a profile, that are no flags."""


class Config:
    """The config file at `path`, read when first asked for; a missing one is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def values(self) -> dict[str, Any]:
        """The whole file. Raises ConfigError with the line where the syntax breaks."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"cannot read {self.path}: {error.strerror}") from error
        import tomllib

        try:
            return tomllib.loads(text.decode("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: {error}", hint="claude-cli config edit") from error

    def table(self, name: str) -> dict[str, Any]:
        """One of the tables that are no flags; empty where the file has none."""
        table = self.values.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{self.path}: {name} is no table", hint=f"write it as [{name}]")
        return table

    def defaults(self, profile: str | None) -> dict[str, Any]:
        """Flag values by parameter name, as they would be typed; the profile's over the file's.

        A value is a text or a list of texts. Raises ConfigError for a table that is no value.
        """
        values = {key: value for key, value in self._keys(profile).items() if key not in SETTINGS}
        return typed_values(self.path, {key.replace("-", "_"): v for key, v in values.items()})

    def setting(self, name: str, profile: str | None) -> Any:
        """One of SETTINGS; None where neither the profile nor the file has it."""
        return self._keys(profile).get(name)

    def _keys(self, profile: str | None) -> dict[str, Any]:
        values = {key: value for key, value in self.values.items() if key not in TABLES}
        if profile is not None:
            values |= self._profile(profile)
        return {key.replace("_", "-"): value for key, value in values.items()}

    def _profile(self, name: str) -> dict[str, Any]:
        profiles = self.table("profiles")
        found = profiles.get(name)
        if not isinstance(found, dict):
            raise ConfigError(
                f"no profile {name!r} in {self.path}",
                hint=f"known profiles: {', '.join(profiles) or 'none'}",
            )
        return found


def typed_values(path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """TOML values as the text that a command line would have; of a list, each of its parts.

    Raises ConfigError, with the file, for a table: no flag takes one.
    """
    for name, value in values.items():
        if isinstance(value, dict):
            key = name.replace("_", "-")
            raise ConfigError(f"{path}: {key}: a table is no value of a flag", hint=_near(key))
    return {name: _as_typed(value) for name, value in values.items()}


def _near(key: str) -> str | None:
    """The table that may have been meant."""
    from difflib import get_close_matches

    near = get_close_matches(key, TABLES, 1)
    return f"did you mean [{near[0]}]?" if near else None


def _as_typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_typed(part) for part in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
