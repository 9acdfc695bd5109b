"""The config file: TOML whose keys are flags, and `[profiles.NAME]` tables laid over them.

Typer reads the result as its `default_map`, so flags and environment win without merging code here.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

from claude_cli.errors import ConfigError

TABLES = frozenset({"profiles", "prices", "tools"})
"""Top-level tables that are no flags."""


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
        """Flag values by parameter name, the profile's over the file's own."""
        values = {key: value for key, value in self.values.items() if key not in TABLES}
        if profile is not None:
            values |= self._profile(profile)
        return {key.replace("-", "_"): value for key, value in values.items()}

    def _profile(self, name: str) -> dict[str, Any]:
        profiles = self.values.get("profiles", {})
        found = profiles.get(name) if isinstance(profiles, dict) else None
        if not isinstance(found, dict):
            raise ConfigError(
                f"no profile {name!r} in {self.path}",
                hint=f"known profiles: {', '.join(profiles) or 'none'}",
            )
        return found
