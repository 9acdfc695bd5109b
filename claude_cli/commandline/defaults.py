"""What flags default to: the config file, a profile laid over it, a template laid over both.

Typer reads the result as its `default_map`, so that a typed flag and the environment win without
merging code here. `--profile` and `--template` are eager: they are read before all other flags.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer

from claude_cli.commandline.flags.marks import ANY_TYPE, marks_of, without_rivals
from claude_cli.config import Config, typed_values
from claude_cli.errors import ClaudeCliError, ConfigError

_CHOSEN = "claude_cli.chosen."
NO_TEMPLATE = "none"


TYPES = {"str": (str, "a text, in quotes"), "boolean": (bool, "true or false, without quotes")}
"""Type of a flag, by Typer's name → that of its values in a file, and what to call it."""


class Layer(NamedTuple):
    """Flag values by parameter name, as they would be typed, and the file that they come from.

    `written` has them with the types of the file.
    """

    path: Path
    values: Mapping[str, Any]
    written: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Layer({self.path})"


class Stored(NamedTuple):
    """What the program hands to its commands as `context.obj`: where flags get their defaults.

    `template` takes a name or a file; `warn` tells the user of keys that no flag has;
    `built_in` says in words what counts where nobody set it, by flag.
    """

    config: Config
    template: Callable[[str], Layer]
    warn: Callable[[str], None]
    built_in: Callable[[], Mapping[str, str]]


def select_profile(context: typer.Context, value: str | None) -> str | None:
    """Lay the config file's values, and the profile's, under the flags still to be read."""
    return _choose(context, "profile", value)


def select_template(context: typer.Context, value: str | None) -> str | None:
    """Lay the template's values over those of the config file; `none` is no template."""
    value = None if value == NO_TEMPLATE else value
    return _choose(context, "template", value) if value is not None else None


def tell_unknown_keys(context: typer.Context, flags: Callable[[], Iterable[str]]) -> None:
    """Warn of each key that is no flag, neither of `flags` nor of this command."""
    keys = {(layer.path, name): None for layer in _layers(context) for name in layer.values}
    if not keys:
        return
    known = {*flags(), *(str(param.name) for param in context.command.params)}
    for path, name in keys:
        if f"{name}_" in known:  # `continue`, which is a word of Python
            context.obj.warn(f"{path}: {_key(name)} is for one command line only")
        elif name not in known:
            context.obj.warn(f"{path}: {_key(name)} is no flag{_nearest(name, known)}")


def place_of(context: typer.Context, name: str) -> str | None:
    """Where a flag's value comes from that was not typed: file and key, or the variable."""
    source = context.get_parameter_source(name)
    if source is not None and source.name == "DEFAULT_MAP":
        files = [layer.path for layer in _layers(context) if name in layer.values]
        return f"{files[-1]}: {_key(name)}"
    if source is not None and source.name == "ENVIRONMENT":
        params: list[Any] = context.command.params
        return f"environment variable {next(p.envvar for p in params if p.name == name)}"
    return None


@contextmanager
def naming_places(context: typer.Context) -> Iterator[None]:
    """In here a failure over the value of a flag that was not typed names the value's place."""
    try:
        yield
    except ClaudeCliError as error:
        place = place_of(context, error.flag) if error.flag else None
        if place is None:
            raise
        raise ConfigError(f"{place}: {error.message}", hint=error.hint) from error


def _choose(context: typer.Context, kind: str, value: str | None) -> str | None:
    if context.obj is not None and not context.resilient_parsing:
        context.meta[_CHOSEN + kind] = value
        context.default_map = laid(context.command, _layers(context))
    return value


def _layers(context: typer.Context) -> list[Layer]:
    """The layers that were chosen so far, the weakest first; none where none can be."""
    chosen = {kind: context.meta.get(_CHOSEN + kind) for kind in ("profile", "template")}
    if context.obj is None or not any(_CHOSEN + kind in context.meta for kind in chosen):
        return []
    layers = layers_of(context.obj.config, chosen["profile"])
    if chosen["template"] is not None:
        layers.append(context.obj.template(chosen["template"]))
    return layers


def layers_of(config: Config, profile: str | None) -> list[Layer]:
    """The layers of the config file, the weakest first."""
    return [
        Layer(config.path, typed_values(config.path, written), written)
        for written in config.written(profile)
    ]


def laid(command: Any, layers: Iterable[Layer]) -> dict[str, Any]:
    """What the layers say of the flags of a command. Raises ConfigError for a value of a type that
    its flag does not take."""
    options = {str(p.name): p for p in command.params if p.param_type_name == "option"}
    parameters = inspect.signature(command.callback).parameters
    annotations = {name: flag.annotation for name, flag in parameters.items()}
    found = []
    for layer in layers:
        found.append({name: text for name, text in layer.values.items() if name in options})
        for name in found[-1]:
            any_type = ANY_TYPE in marks_of(annotations[name])
            _check_type(options[name], layer, any_type=any_type)
    return without_rivals(found, annotations)


def _check_type(option: Any, layer: Layer, *, any_type: bool) -> None:
    """Refuse what only reads like a text or a truth; of numbers the parser of flags is judge."""
    key, value = f"{layer.path}: {_key(option.name)}", layer.written[option.name]
    if isinstance(value, list) != option.multiple:
        what = "this flag takes a list" if option.multiple else "a list is no value of this flag"
        raise ConfigError(f"{key}: {what}")
    wanted, called = TYPES.get(option.type.name, (object, ""))
    parts = value if option.multiple else [value]
    if not any_type and not all(isinstance(part, wanted) for part in parts):
        raise ConfigError(f"{key}: this flag takes {called}")


def _key(name: str) -> str:
    return name.replace("_", "-")


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"; did you mean {_key(near[0])}?" if near else ""
