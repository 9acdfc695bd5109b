"""How a command's signature grows its flag groups, and what -h shows of them.

Typer sees plain options; the command's body receives frozen dataclasses.
"""

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_origin

import typer

from claude_cli.defaults import tell_unknown_keys
from claude_cli.errors import UsageError
from claude_cli.flags import flag_names

Option = typer.Option

SHORT_HELP = frozenset(
    {"prompt", "attach", "system", "model", "max_tokens", "temperature", "thinking"}
    | {"continue_", "resume", "name", "no_save", "dry_run"}
    | {"format", "extract", "usage", "simulate", "show_short_help", "help"}
)
"""The parameters that `-h` shows."""


def show_short_help(context: typer.Context, value: bool) -> None:
    """Print the help with the flags that most people need, and leave."""
    if value and not context.resilient_parsing:
        params: list[Any] = context.command.params
        for param in params:
            param.hidden = param.hidden or param.name not in SHORT_HELP
        typer.echo(context.get_help())
        raise typer.Exit()


ShortHelp = Annotated[
    bool,
    Option(
        "-h",
        is_eager=True,
        expose_value=False,
        callback=show_short_help,
        show_default=False,
        help="Show the flags that most people need.",
    ),
]


def command_group(help: str, *, example: str) -> typer.Typer:
    """Make the app of a command that has commands of its own; alone it prints its help."""
    text = f"{help}\n\nExample: {example}"
    group = typer.Typer(help=text, add_completion=False, invoke_without_command=True)

    @group.callback()
    def alone(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return group


Returned = TypeVar("Returned")
_REQUIRED = inspect.Parameter.empty


def expand_flags(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Replace each parameter that is a flag group by the group's fields, for Typer to read.

    The command's body still receives the groups. A group with a field `given` learns which of
    its fields were typed on the command line.
    """
    parameters = inspect.signature(command).parameters
    annotations = {name: parameter.annotation for name, parameter in parameters.items()}
    groups = {name: note for name, note in annotations.items() if dataclasses.is_dataclass(note)}

    @functools.wraps(command)
    def expanded(context: typer.Context, **values: Any) -> Returned:
        values.pop("show_short_help", None)
        if not values.get("quiet"):
            tell_unknown_keys(context, flag_names)
        built = {name: _build(group, context, values) for name, group in groups.items()}
        if "context" in parameters:
            built["context"] = context
        return command(**values, **built)

    signature = [_keyword("context", typer.Context), _keyword("show_short_help", ShortHelp, False)]
    for name, parameter in parameters.items():
        if name in groups:
            signature += [_flag(groups[name], field) for field in _flags(groups[name])]
        elif name != "context":
            signature.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    expanded.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    expanded.__annotations__ = {p.name: p.annotation for p in signature}
    del expanded.__wrapped__
    return expanded


def _flags(group: Any) -> list["dataclasses.Field[Any]"]:
    return [f for f in dataclasses.fields(group) if get_origin(f.type) is Annotated]


def _flag(group: Any, field: "dataclasses.Field[Any]") -> inspect.Parameter:
    annotated: Any = field.type
    for note in annotated.__metadata__:
        note.rich_help_panel = note.rich_help_panel or group.panel
    return _keyword(field.name, field.type, field.default)


def _keyword(name: str, annotation: Any, default: Any = _REQUIRED) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _build(group: Any, context: typer.Context, values: dict[str, Any]) -> Any:
    """Take the group's fields out of the parsed values."""
    fields = {f.name: values.pop(f.name) for f in _flags(group)}
    for name, value in fields.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"--{name.replace('_', '-')} is no number: {value}")
    if any(f.name == "given" for f in dataclasses.fields(group)):
        typed = {n for n in fields if _source(context, n) == "COMMANDLINE"}
        fields["given"] = frozenset(typed)
    return group(**fields)


def _source(context: typer.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    return source.name if source else ""
