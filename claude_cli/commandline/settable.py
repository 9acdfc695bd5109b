"""The flags that the config file may set, checked by the parser that reads the command line."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.exceptions import TyperException

from claude_cli.commandline.defaults import laid, layers_of
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.batch import LiveFlags, ResultFlags, RowFlags, SendFlags
from claude_cli.commandline.flags.marks import ONCE, marks_of
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.commandline.help import HELP, mistake
from claude_cli.commandline.signature import expand_flags
from claude_cli.config import Config
from claude_cli.errors import ConfigError, UsageError


def setting_names() -> list[str]:
    """The keys that the config file may have, in the order of the help."""
    return [_key(param) for param in _settable()]


def is_flag(key: str) -> bool:
    """Whether `--key` is a flag, settable or not."""
    params = [param for of in (_every_flag, _flags_of_batch) for param in _command(of).params]
    return any(f"--{key}" in param.opts for param in params)


def check_setting(key: str, texts: Sequence[str]) -> Any:
    """Return the value that the flag takes: a string, number or bool; all `texts` if repeatable.

    Raises UsageError for one that it does not take.
    """
    param = next(param for param in _options() if _key(param) == key)
    value: Any = list(texts) if param.multiple else single_text(key, texts)
    if param.is_flag:
        return _truth(key, value)
    typed = value if param.multiple else [value]
    try:
        with _context([f"--{key}={text}" for text in typed]) as context:
            parsed = context.params[param.name]
    except TyperException as error:
        raise UsageError(mistake(error)) from error
    return parsed if isinstance(parsed, int | float | str) else value


def single_text(key: str, texts: Sequence[str]) -> str:
    """Return the only one. Raises UsageError where there are more."""
    if len(texts) != 1:
        raise UsageError(f"{key} takes one value, not {len(texts)}", hint="quote what has spaces")
    return texts[0]


def settings_in_force(config: Config, profile: str | None) -> dict[str, tuple[Any, str]]:
    """Key → value and where it comes from: environment, config or default.

    Raises ConfigError for a value that its flag does not take, with the file of the defaults.
    """
    params, file = _settable(), config.path
    defaults = laid(_command(), layers_of(config, profile))
    try:
        with _context(defaults=defaults) as context:
            return {
                _key(p): (_plain(context.params.get(p.name)), _source(context, p)) for p in params
            }
    except TyperException as error:
        param: Any = getattr(error, "param", None)
        place = f"{file}: {_key(param)}" if param else str(file)
        raise ConfigError(f"{place}: {mistake(error)}") from error


def _every_flag(asked: Asked, chat: ChatFlags, live: LiveFlags) -> None:
    """A command that has all of them, and is never run."""


def _flags_of_batch(rows: RowFlags, send: SendFlags, results: ResultFlags) -> None:
    """What only `batch` has: it belongs to one input."""


def _command(flags: Callable[..., None] = _every_flag) -> Any:
    app = typer.Typer(add_completion=False)
    app.command()(expand_flags(flags))
    return typer.main.get_command(app)


def _settable() -> list[Any]:
    """The flags that mean more than one command line."""
    parameters = inspect.signature(expand_flags(_every_flag)).parameters
    once = {name for name, flag in parameters.items() if ONCE in marks_of(flag.annotation)}
    return [param for param in _options() if param.name not in once]


def _options() -> list[Any]:
    return [p for p in _command().params if p.param_type_name == "option" and p.name not in HELP]


def _context(line: Sequence[str] = (), defaults: Mapping[str, Any] | None = None) -> Any:
    return _command().make_context("config", [*line], default_map=dict(defaults or {}))


def _key(param: Any) -> str:
    return str(param.name).strip("_").replace("_", "-")


def _plain(value: Any) -> Any:
    return (list(value) or None) if isinstance(value, tuple | list) else value


def _source(context: Any, param: Any) -> str:
    source = context.get_parameter_source(param.name)
    known = {"ENVIRONMENT": "environment", "DEFAULT_MAP": "config"}
    return known.get(getattr(source, "name", ""), "default")


def _truth(key: str, text: str) -> bool:
    known = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise UsageError(f"{key} is true or false, not {text!r}")
    return known[text.lower()]
