"""The config file: TOML whose keys are flags, and `[profiles.NAME]` tables laid over them.

The key `profile` names the one that counts where nobody names another.

Typer reads the result as its `default_map`, so flags and environment win without merging code here.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Any

from claude_cli.disk import inputfile
from claude_cli.disk.private_files import open_to_all
from claude_cli.errors import NOT_THERE, ConfigError, InputError, InputUnreadable

LIMIT = 1024 * 1024
"""Bytes of the file."""
ALIASES, PLATFORM_MODELS = "aliases", "platform-models"
TABLES = ("profiles", "prices", "tools", ALIASES, PLATFORM_MODELS, "loaders", "mcp-url")
"""Top-level tables that are no flags."""
NAMES = (ALIASES, PLATFORM_MODELS)
"""Those of TABLES whose keys are names of models, and so may have dots."""
PROFILE = "profile"
SETTINGS = (PROFILE, "key-command")
"""Other keys, of the file and but for PROFILE of a profile, that no flag defaults to."""


class Config:
    """The config file at `path`, read when first asked for; a missing one is empty.

    `text`: what it holds, where that is known.
    """

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self._text = text

    @cached_property
    def text(self) -> str:
        """The file as it was written. Raises ConfigError where it is no UTF-8, unreadable, or
        in a folder into which everybody may write."""
        if self._text is not None:
            return self._text
        try:
            text = inputfile.read_text(self.path, limit=LIMIT)
        except (InputUnreadable, InputError) as error:
            if isinstance(error.__cause__, NOT_THERE):
                return ""
            raise ConfigError(error.message) from error
        if folder := open_to_all(self.path):
            raise ConfigError(
                f"everybody may write into {folder}: {self.path} could send the key elsewhere",
                hint=f"chmod o-w {quote(str(folder))}",
            )
        return text

    @cached_property
    def values(self) -> dict[str, Any]:
        """The whole file. Raises ConfigError with the line where the syntax breaks."""
        return parse(self.path, self.text, hint="claude-cli config edit") if self.text else {}

    def table(self, name: str) -> dict[str, Any]:
        """One of the tables that are no flags; empty where the file has none."""
        table = self.values.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{self.path}: {name} is no table", hint=f"write it as [{name}]")
        return table

    @property
    def aliases(self) -> dict[str, str]:
        """What the user calls models: `[aliases]`. Raises ConfigError for one that is no name."""
        return self._names_of_models(ALIASES)

    @property
    def platform_models(self) -> dict[str, str]:
        """A model's name on its platform → its name in the catalogue: `[platform-models]`.

        Raises ConfigError for one that is no name.
        """
        return self._names_of_models(PLATFORM_MODELS)

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """The keys of NAMES, with their tables, and their values."""
        for table in NAMES:
            for name, model in self._names_of_models(table).items():
                yield f"{table}.{name}", model

    def _names_of_models(self, table: str) -> dict[str, str]:
        models = self.table(table)
        for name, model in models.items():
            if not isinstance(model, str):
                raise ConfigError(f"{self.path}: {table}.{name} is no name of a model")
        return models

    @property
    def loaders(self) -> dict[str, list[str]]:
        """Suffix → the command that makes text of such a file: `[loaders]`.

        Raises ConfigError for one that is no list of words with {path} in it.
        """
        table = self.table("loaders")
        for suffix, command in table.items():
            words = command if isinstance(command, list) else []
            if not any(isinstance(word, str) and "{path}" in word for word in words[1:]) or not all(
                isinstance(word, str) for word in words
            ):
                raise ConfigError(
                    f"{self.path}: loaders.{suffix} is no command",
                    hint='a list with {path} in it: docx = ["pandoc", "-t", "gfm", "{path}"]',
                )
        return {suffix.lower().lstrip("."): command for suffix, command in table.items()}

    def defaults(self, profile: str | None) -> dict[str, Any]:
        """Flag values by parameter name, as they would be typed; the profile's over the file's.

        A value is a text or a list of texts. Raises ConfigError for a table that is no value, and
        where a table should be and is none.
        """
        own, nearer = (typed_values(self.path, values) for values in self.written(profile))
        return own | nearer

    def written(self, profile: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The file's own values and the profile's, with the types that they have in the file."""
        for name in TABLES:
            self.table(name)
        for name in self.table("profiles"):
            self._profile(name)
        own, nearer = (
            {key.replace("-", "_"): value for key, value in keys.items() if key not in SETTINGS}
            for keys in self._keys(profile)
        )
        return own, nearer

    def setting(self, name: str, profile: str | None) -> Any:
        """One of SETTINGS; None where neither the profile nor the file has it."""
        own, nearer = self._keys(profile)
        return (own | nearer).get(name)

    def chosen(self, profile: str | None) -> str | None:
        """The profile that counts: the one that was named, else the file's own; "" is none."""
        if profile is None:
            profile = self.values.get(PROFILE)
        if not isinstance(profile, str | None):
            raise ConfigError(f"{self.path}: {PROFILE} is no name", hint=f'{PROFILE} = "NAME"')
        return profile or None

    def _keys(self, profile: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        own = {spell(key): value for key, value in self.values.items() if key not in TABLES}
        chosen = self.chosen(profile)
        nearer = self._profile(chosen) if chosen else {}
        return own, {spell(key): value for key, value in nearer.items()}

    def _profile(self, name: str) -> dict[str, Any]:
        profiles = self.table("profiles")
        if name not in profiles:
            raise ConfigError(
                f"no profile {name!r} in {self.path}",
                hint=f"known profiles: {', '.join(profiles) or 'none'}",
            )
        found = profiles[name]
        if not isinstance(found, dict):
            raise ConfigError(f"{self.path}: profiles.{name} is no table")
        if PROFILE in found:
            raise ConfigError(f"{self.path}: profiles.{name}: a profile cannot name a profile")
        return found


NO_CONFIG = Config(Path(), "")


def parse(path: Path, text: str, *, hint: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises ConfigError with `path`, the line and `hint`."""
    from claude_cli.values.documents import read_toml

    try:
        return read_toml(text, str(path))
    except InputError as error:
        raise ConfigError(error.message, hint=hint) from error


def spell(key: str) -> str:
    """A key as its flag is spelt: the file may have `max_tokens` for `max-tokens`."""
    return key.replace("_", "-")


def typed_values(path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """TOML values as the text that a command line would have; of a list, each of its parts.

    Raises ConfigError, with the file, for a table: no flag takes one.
    """
    for name, value in values.items():
        if isinstance(value, dict):
            key = spell(name)
            raise ConfigError(f"{path}: {key}: a table is no value of a flag", hint=_near(key))
    return {name: as_typed(value) for name, value in values.items()}


def _near(key: str) -> str | None:
    """The table that may have been meant."""
    from difflib import get_close_matches

    near = get_close_matches(key, TABLES, 1)
    return f"did you mean [{near[0]}]?" if near else None


def as_typed(value: Any) -> Any:
    """One TOML value as a command line would have it."""
    if isinstance(value, list):
        return [as_typed(part) for part in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
