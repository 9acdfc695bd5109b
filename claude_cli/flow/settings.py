"""What `config` does: the config file shown, checked against the real flags, and changed."""

from pathlib import Path
from typing import Any

from claude_cli.config import SETTINGS, TABLES, Config
from claude_cli.errors import ConfigError, InputUnreadable, UsageError
from claude_cli.paths import config_file
from claude_cli.settable import check_setting, setting_names, settings_in_force
from claude_cli.ui.tables import ListFormat, print_rows
from claude_cli.ui.terminal import open_stdout
from claude_cli.wholefile import write_whole

COLUMNS = {"key": "KEY", "value": "VALUE", "source": "FROM"}


def show(profile: str | None, format: ListFormat) -> None:
    """Print every setting that is in force, and where it comes from."""
    config = Config(config_file())
    rows = []
    for name, (value, source) in settings_in_force(config.defaults(profile)).items():
        place = source if source != "config" else _place(config, profile, name)
        if value is not None or format == "json":
            rows.append({"key": name, "value": value, "source": place})
    for name in SETTINGS:
        if (value := config.setting(name, profile)) is not None:
            rows.append({"key": name, "value": value, "source": _place(config, profile, name)})
    print_rows(rows, COLUMNS, format)


def get(key: str) -> None:
    """Print what the config file says of `key`: a flag, or `profiles.NAME.FLAG`."""
    value: Any = Config(config_file()).values
    for step in key.split("."):
        if not isinstance(value, dict) or step not in value:
            raise InputUnreadable(f"{key} is not set in {config_file()}")
        value = value[step]
    open_stdout().write(f"{value}\n")


def put(key: str, text: str) -> None:
    """Set `key` in the config file, which keeps its comments.

    Raises UsageError for a key that is no flag, with the nearest one, and for a value that the
    flag does not take.
    """
    import tomlkit

    *tables, name = _steps(key)
    value = _checked(name, text)
    document = _document()
    table: Any = document
    for step in tables:
        table = table.setdefault(step, tomlkit.table())
    table[name] = value
    _write(document)


def unset(key: str) -> None:
    """Take `key` out of the config file. Raises InputUnreadable where it is not in it."""
    document = _document()
    *tables, name = _steps(key)
    table: Any = document
    for step in tables:
        table = table.get(step, {})
    if name not in table:
        raise InputUnreadable(f"{key} is not set in {config_file()}")
    del table[name]
    _write(document)


def edit() -> None:
    """Open the config file in the editor; it is kept only if it can be read afterwards."""
    from claude_cli.content.editor import edit as in_editor

    path = config_file()
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    text = in_editor(before, suffix=".toml") + "\n"
    if text.strip() != before.strip():
        _check_syntax(text)
        write_whole(path, text.encode())


def _steps(key: str) -> list[str]:
    steps = key.split(".")
    if steps[0] == "profiles" and len(steps) == 3:
        return ["profiles", steps[1], steps[2].replace("_", "-")]
    if len(steps) == 1 and steps[0] not in TABLES:
        return [steps[0].replace("_", "-")]
    raise UsageError(f"not a key: {key}", hint="a flag's long name, or profiles.NAME.FLAG")


def _checked(name: str, text: str) -> Any:
    if name in SETTINGS:
        return text
    if name not in setting_names():
        from difflib import get_close_matches

        near = get_close_matches(name, setting_names(), 1)
        hint = f"did you mean {near[0]}?" if near else "claude-cli config show lists them"
        raise UsageError(f"there is no flag --{name}", hint=hint)
    return check_setting(name, text)


def _place(config: Config, profile: str | None, name: str) -> str:
    profiles = config.table("profiles")
    if profile and name in {key.replace("_", "-") for key in profiles.get(profile, {})}:
        return f"profile {profile}"
    return str(config.path)


def _document() -> Any:
    import tomlkit

    path = config_file()
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    _check_syntax(text)
    return tomlkit.parse(text)


def _check_syntax(text: str) -> None:
    import tomllib

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{config_file()}: {error}", hint="claude-cli config edit") from error


def _write(document: Any) -> None:
    import tomlkit

    write_whole(Path(config_file()), tomlkit.dumps(document).encode())
