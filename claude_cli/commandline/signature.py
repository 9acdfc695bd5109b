"""How a command's signature grows its flag groups, and the flags for its help.

Typer sees plain options; the command's body receives frozen dataclasses.
"""

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, TypeVar, get_origin

import typer

from claude_cli.commandline.defaults import naming_places, tell_unknown_keys
from claude_cli.commandline.flags import flag_names
from claude_cli.commandline.help import EVERYDAY, HELP, Help, help_flag, print_help
from claude_cli.disk.inputfile import argument_text
from claude_cli.errors import InputError, UsageError


def command_group(help: str, *, example: str) -> typer.Typer:
    """Make the app of a command that has commands of its own; alone it prints its help."""
    text = f"{help}\n\nExample: {example}"
    group = typer.Typer(help=text, add_completion=False, invoke_without_command=True)

    @group.callback()
    def alone(context: typer.Context, help: Help = False) -> None:
        if context.invoked_subcommand is None:
            print_help(context)

    return group


PATHS = frozenset(
    {
        *("attach", "body", "each", "env_file", "ca_bundle", "input", "output", "path", "paths"),
        *("resume", "script", "session", "sessions", "target", "template", "tool"),
        "prompt",
    }
)
"""Parameters that may name a file, whose path may hold any bytes; the prompt is decoded whole."""

Returned = TypeVar("Returned")
_REQUIRED = inspect.Parameter.empty
_LongHelp = help_flag("--help", shows="Show all flags.")


def expand_flags(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Replace each parameter that is a flag group by the group's fields, for Typer to read.

    The command's body still receives the groups. A group with a field `given` learns which of
    its fields were typed on the command line. The short help shows a command's own flags, and of
    a group's the EVERYDAY ones.
    """
    parameters = inspect.signature(command).parameters
    annotations = {name: parameter.annotation for name, parameter in parameters.items()}
    groups = {name: note for name, note in annotations.items() if dataclasses.is_dataclass(note)}

    @functools.wraps(command)
    def expanded(context: typer.Context, **values: Any) -> Returned:
        for name in HELP:
            values.pop(name, None)
        if not values.get("quiet"):
            tell_unknown_keys(context, flag_names)
        with naming_places(context):
            _check_numbers(values)
            _decode_texts(context, values)
            built = {name: _build(group, context, values) for name, group in groups.items()}
            if "context" in parameters:
                built["context"] = context
            return command(**values, **built)

    flags, everyday = [], set()
    for name, parameter in parameters.items():
        if name in groups:
            fields = _flags(groups[name])
            flags += [_flag(groups[name], field) for field in fields]
            everyday |= {field.name for field in fields if _is_everyday(field)}
        elif name != "context":
            flags.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            everyday.add(name)
    signature = [_keyword("context", typer.Context), *_help_flags(everyday), *flags]
    expanded.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    expanded.__annotations__ = {p.name: p.annotation for p in signature}
    del expanded.__wrapped__
    return expanded


def _help_flags(everyday: Collection[str]) -> list[inspect.Parameter]:
    short = help_flag("-h", shows="Show the flags that most people need.", everyday=everyday)
    types = zip(HELP, (short, _LongHelp), strict=True)
    return [_keyword(name, annotation, False) for name, annotation in types]


def _flags(group: Any) -> list["dataclasses.Field[Any]"]:
    return [f for f in dataclasses.fields(group) if get_origin(f.type) is Annotated]


def _is_everyday(field: "dataclasses.Field[Any]") -> bool:
    annotated: Any = field.type
    return EVERYDAY in annotated.__metadata__


def _flag(group: Any, field: "dataclasses.Field[Any]") -> inspect.Parameter:
    annotated: Any = field.type
    option = annotated.__metadata__[0]
    option.rich_help_panel = option.rich_help_panel or group.panel
    return _keyword(field.name, field.type, field.default)


def _keyword(name: str, annotation: Any, default: Any = _REQUIRED) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _check_numbers(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"--{name.replace('_', '-')} is no number: {value}", flag=name)


def _decode_texts(context: typer.Context, values: dict[str, Any]) -> None:
    """Make UTF-8 text of what is no path, for it is sent as JSON. Raises InputError."""
    params: list[Any] = context.command.params
    flags = {param.name: param.opts[-1] for param in params if param.param_type_name == "option"}
    for name, value in values.items():
        called = flags.get(name, name.upper())
        parts = value if isinstance(value, list) else [value]
        try:
            texts = [
                argument_text(part, called) if _is_text(name, part) else part for part in parts
            ]
        except InputError as error:
            error.flag = name
            raise
        values[name] = texts if isinstance(value, list) else texts[0]


def _is_text(name: str, value: Any) -> bool:
    if not isinstance(value, str) or name in PATHS:
        return False
    if name == "system":
        return not value.startswith("@") or value.startswith("@@")
    return name != "schema" or value.lstrip().startswith("{")


def _build(group: Any, context: typer.Context, values: dict[str, Any]) -> Any:
    """Take the group's fields out of the parsed values."""
    fields = {f.name: values.pop(f.name) for f in _flags(group)}
    if any(f.name == "given" for f in dataclasses.fields(group)):
        typed = {n for n in fields if _source(context, n) == "COMMANDLINE"}
        fields["given"] = frozenset(typed)
    return group(**fields)


def _source(context: typer.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    return source.name if source else ""
