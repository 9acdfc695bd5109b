"""What `config` does: the config file shown, checked against the real flags, and changed."""

import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

from claude_cli.commandline.settable import (
    check_setting,
    is_flag,
    setting_names,
    settings_in_force,
    single_text,
)
from claude_cli.config import NAMES, SETTINGS, TABLES, Config, as_typed, spell
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.lock import locked
from claude_cli.disk.paths import config_file, state_dir
from claude_cli.errors import ConfigError, InputUnreadable, UsageError
from claude_cli.keys.places import KEY_COMMAND
from claude_cli.turn.request import built_in
from claude_cli.ui.sanitize import sanitize
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import ListFormat, print_rows
from claude_cli.ui.terminal import describe_stdout
from claude_cli.values.secrecy import REDACTED
from claude_cli.values.shown_command import shown_command, shown_words
from claude_cli.values.shown_url import shown_url

COLUMNS = {"key": "KEY", "value": "VALUE", "source": "FROM"}
EDIT = "claude-cli config edit"
_NAME_TABLES = [[table] for table in NAMES]


def show(profile: str | None, format: ListFormat) -> None:
    """Print every setting that is in force, and where it comes from; secrets are redacted."""
    config = Config(config_file())
    chosen = config.chosen(profile)
    rows = []
    for name, (value, source) in settings_in_force(config, profile).items():
        place = source if source != "config" else _place(config, chosen, name)
        value = built_in().get(name.replace("-", "_")) if value is None else value
        if value is not None or format == "json":
            rows.append({"key": name, "value": _redacted(name, value), "source": place})
    for name in SETTINGS:
        if (value := config.setting(name, profile)) is not None:
            source = _place(config, chosen, name)
            rows.append({"key": name, "value": _redacted(name, value), "source": source})
    rows += [{"key": key, "value": v, "source": str(config.path)} for key, v in config.names]
    print_rows(rows, COLUMNS, format)


def get(key: str) -> None:
    """Print what the config file says of `key`: a flag, or a key of a table with a dot before it.

    A text is printed as it is, for a script needs it so, a list or a table as JSON.
    """
    value: Any = Config(config_file()).values
    *tables, name = _parts(key)
    for step in tables:
        value = value.get(step) if isinstance(value, dict) else None
    found = _spellings(value, name, tables) if isinstance(value, dict) else []
    if not found:
        raise _not_set(key)
    value = value[found[-1]]
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(as_typed(value))
    open_stdout().write(f"{sanitize(text) if describe_stdout().is_terminal else text}\n")


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else changes the file meanwhile; TemporaryFailure where somebody does for long."""
    with locked(state_dir() / "config.lock"):
        yield


@_alone()
def put(key: str, texts: Sequence[str]) -> None:
    """Set `key` in the config file, which keeps its comments.

    Raises UsageError for a key that is no flag, with the nearest one, and for a value that the
    flag does not take.
    """
    import tomlkit

    *tables, name = _steps(key)
    value = single_text(key, texts) if tables in _NAME_TABLES else _checked(name, texts)
    item = tomlkit.item(value)
    document = _document()
    table: Any = document
    for step in tables:
        table = _as_table(table.setdefault(step, tomlkit.table()), step)
    for old in _spellings(table, name, tables):
        if old != name:
            _copy_comment(table, old, item)
            del table[old]
    table[name] = item
    _write(document)


@_alone()
def unset(key: str) -> None:
    """Take `key`, a flag or all of `profiles.NAME`, out of the config file.

    A profile goes with its last key. Raises InputUnreadable for what is not in the file.
    """
    document = _document()
    *tables, name = _steps(key, whole_profile=True)
    table: Any = document
    for step in tables:
        table = _as_table(table.get(step, {}), step)
    if tables == ["profiles"] and name in table:
        _drop_profile(document, name)
    elif found := _spellings(table, name, tables):
        for spelling in found:
            del table[spelling]
        if tables[:1] == ["profiles"] and not table:
            _drop_profile(document, tables[-1])
    else:
        raise _not_set(key)
    _write(document)


def edit() -> None:
    """Open the config file in the editor.

    Raises ConfigError for a text that other commands would refuse, and where somebody else has
    changed the file meanwhile: it stays, and the text is put beside it.
    """
    from claude_cli.content.editor import edit_file

    path = config_file()
    before = Config(path).text

    def keep(text: str) -> None:
        _check(Config(path, text))
        with _alone():
            if Config(path).text != before:
                raise ConfigError(f"{path} was changed while you edited it")
            _write_text(text)

    edit_file(path, before, keep)


def _check(config: Config) -> None:
    """Raise ConfigError for a text that is no TOML, and for values that no command would take,
    whichever profile is chosen."""
    for profile in (None, "", *config.table("profiles")):
        settings_in_force(config, profile)
    _ = [*config.names], config.loaders


def _drop_profile(document: Any, name: str) -> None:
    """Take `[profiles.NAME]` out, and `profiles` where nothing is left in it."""
    from tomlkit.items import InlineTable

    for profiles in _tables(document.body, "profiles"):
        if isinstance(profiles, InlineTable):
            profiles.pop(name, None)
        else:
            _replace_by_tail(profiles.value.body, name)
    if not any(key for table in _tables(document.body, "profiles") for key, _ in table.value.body):
        _replace_by_tail(document.body, "profiles")


def _tables(body: list[Any], name: str) -> list[Any]:
    """A table may be written in several places."""
    return [item for key, item in body if key and key.key == name]


def _replace_by_tail(body: list[Any], name: str) -> None:
    """Take a table out; what stands behind its last key may tell of what follows, and stays."""
    from tomlkit.items import Table, Whitespace

    for position, (key, item) in enumerate(body):
        if key and key.key == name:
            entries = item.value.body if isinstance(item, Table) else []
            tail = [*takewhile(lambda entry: entry[0] is None, reversed(entries))][::-1]
            body[position] = (None, Whitespace("".join(entry.as_string() for _, entry in tail)))


def _steps(key: str, *, whole_profile: bool = False) -> list[str]:
    steps = _parts(key)
    if steps[:-1] in _NAME_TABLES and steps[-1]:
        return steps
    if steps[0] == "profiles" and len(steps) == 3:
        return ["profiles", steps[1], spell(steps[2])]
    if steps[0] == "profiles" and len(steps) == 2 and whole_profile:
        return steps
    if len(steps) == 1 and steps[0] not in TABLES:
        return [spell(steps[0])]
    hint = f"a flag's long name, profiles.NAME.FLAG, {' or '.join(f'{t}.NAME' for t in NAMES)}"
    raise UsageError(f"not a key: {key}", hint=hint)


def _parts(key: str) -> list[str]:
    """`profiles.NAME.FLAG` in its parts; names of models have dots of their own, and may be quoted
    as in the file."""
    first, dot, rest = key.partition(".")
    if len(rest) > 2 and rest[0] == rest[-1] == '"':
        rest = rest[1:-1]
    return [first, rest] if dot and first in NAMES else key.split(".")


def _checked(name: str, texts: Sequence[str]) -> Any:
    if name in SETTINGS:
        return single_text(name, texts)
    if name not in setting_names():
        from difflib import get_close_matches

        if is_flag(name):
            raise UsageError(f"--{name} cannot be stored: it is for one command line only")
        near = get_close_matches(name, setting_names(), 1)
        hint = f"did you mean {near[0]}?" if near else "claude-cli config show lists them"
        raise UsageError(f"there is no flag --{name}", hint=hint)
    return check_setting(name, texts)


def _redacted(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "header":
        return [
            f"{line.partition(':')[0]}: {REDACTED}" if ":" in line else REDACTED for line in value
        ]
    if name == "param":
        return [_without_token(text) for text in value]
    if name == KEY_COMMAND:
        return _without_secrets(value)
    return shown_url(value) if name in ("base-url", "proxy") else value


def _without_secrets(command: Any) -> Any:
    """A command line, or the list of its words; REDACTED for what is neither."""
    if isinstance(command, list):
        return shown_words(str(word) for word in command)
    try:
        return shown_command(shlex.split(str(command)))
    except ValueError:
        return REDACTED


def _without_token(param: str) -> str:
    """A parameter of the body, `PATH=TEXT` or `PATH:=JSON`, without a token of an MCP server."""
    path, _, _ = param.partition("=")
    return f"{path}={REDACTED}" if path.startswith("mcp_servers") else param


def _spellings(table: Mapping[str, Any], name: str, within: Sequence[str] = ()) -> list[str]:
    """The keys of the table that mean this one, whatever they have of `_` and `-`; a name of a
    model is meant as it stands."""
    if [*within] in _NAME_TABLES:
        return [name] if name in table else []
    return [key for key in table if spell(key) == spell(name)]


def _copy_comment(table: Any, name: str, item: Any) -> None:
    """Give `item` the comment that stands behind the key, which is about to go."""
    if hasattr(table, "item"):  # tables written in several places have none
        trivia = table.item(name).trivia
        item.trivia.comment_ws, item.trivia.comment = trivia.comment_ws, trivia.comment


def _as_table(value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{config_file()}: {name} is no table", hint=EDIT)
    return value


def _not_set(key: str) -> InputUnreadable:
    hint = "claude-cli config show tells what is in force"
    return InputUnreadable(f"{key} is not set in {config_file()}", hint=hint)


def _place(config: Config, profile: str | None, name: str) -> str:
    profiles = config.table("profiles")
    if profile and _spellings(profiles.get(profile, {}), name):
        return f"profile {profile}"
    return str(config.path)


def _document() -> Any:
    import tomlkit

    path = config_file()
    config = Config(path)
    _ = config.values  # refused here, with its line, whatever the writer would make of it
    try:
        return tomlkit.parse(config.text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise ConfigError(f"{path}: {error}", hint=EDIT) from error


def _write(document: Any) -> None:
    import tomlkit

    _write_text(tomlkit.dumps(document))


def _write_text(text: str) -> None:
    """Replace the file, or what it links to: many keep their configuration elsewhere."""
    write_whole(Path(os.path.realpath(config_file())), text.encode())
