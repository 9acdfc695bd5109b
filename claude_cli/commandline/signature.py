"""How a command's signature grows its flag groups, and the flags for its help.

Typer sees plain options; the command's body receives the groups.
"""

import functools
import inspect
import math
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar, get_origin

import typer

from claude_cli.commandline.defaults import naming_places, tell_unknown_keys
from claude_cli.commandline.flags.marks import (
    EVERYDAY,
    Raw,
    fields_of,
    flags_of,
    is_group,
    marks_of,
    names_of,
    rivals,
)
from claude_cli.commandline.help import HELP, PROFILE, Help, help_flag, print_help
from claude_cli.disk.inputfile import argument_text
from claude_cli.errors import ClaudeCliError, InputError, UsageError


def command_group(help: str, *, example: str) -> typer.Typer:
    """Make the app of a command that has commands of its own; alone it prints its help."""
    text = f"{help}\n\nExample: {example}"
    group = typer.Typer(help=text, add_completion=False, invoke_without_command=True)

    @group.callback()
    def alone(context: typer.Context, help: Help = False) -> None:
        if context.invoked_subcommand is None:
            print_help(context)

    return group


Returned = TypeVar("Returned")
_REQUIRED = inspect.Parameter.empty
_LongHelp = help_flag("--help", shows="Show all flags.")


class Without:
    """Beside a parameter of a command: the groups, and the flags, of its type that it lacks."""

    def __init__(self, *groups: str) -> None:
        self.groups = frozenset(groups)


def expand_flags(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Replace each parameter that is a flag group by the group's fields, for Typer to read.

    A group may be made of groups. The command's body still receives the groups. One with a field
    `given` learns which of its fields were typed on the command line, one with a field `config`
    the config file. The short help shows a command's own flags, and of a group's the EVERYDAY ones.
    """
    parameters = inspect.signature(command).parameters
    groups = {name: _group(p.annotation) for name, p in parameters.items() if _is_group(p)}

    @functools.wraps(command)
    def expanded(context: typer.Context, **values: Any) -> Returned:
        for name in HELP:
            values.pop(name, None)
        with naming_places(context):
            _settle_rivals(context, values, flags)
            if not values.get("quiet"):
                tell_unknown_keys(context, _shared_flags)
            _check_numbers(values)
            _decode_texts(context, values, raw)
            kept = _prompt_kept(edits=values.get("edit"), saves=not values.get("no_save"))
            built = {
                name: _build(group, context, values, left_out)
                for name, (group, left_out) in groups.items()
            }
            if "context" in parameters:
                built["context"] = context
            with _late_failures(built.values()), kept:
                return command(**values, **built)

    flags, everyday = [], set()
    for name, parameter in parameters.items():
        if name in groups:
            of_group = [*_flags(*groups[name])]
            flags += of_group
            everyday |= {flag.name for flag in of_group if EVERYDAY in marks_of(flag.annotation)}
        elif name != "context":
            flags.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            everyday.add(name)
    raw = {flag.name: _when_raw(flag.annotation) for flag in flags}
    flags.sort(key=lambda flag: flag.name != PROFILE)  # it can choose a template
    signature = [_keyword("context", typer.Context), *_help_flags(everyday), *flags]
    expanded.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    expanded.__annotations__ = {p.name: p.annotation for p in signature}
    del expanded.__wrapped__
    return expanded


@contextmanager
def _late_failures(groups: Iterable[Any]) -> Iterator[None]:
    """Raise what was to wait until the command is done; a failure of its own comes before."""
    code = None
    try:
        yield
    except typer.Exit as done:
        code = done
    for error in _waiting(groups):
        raise error
    if code is not None:
        raise code


@contextmanager
def _prompt_kept(*, edits: bool | None, saves: bool) -> Iterator[None]:
    """Leave what --edit wrote to the next run, where this one fails; nothing unless it `saves`."""
    if not edits:
        yield
        return
    from claude_cli.disk import unsent

    try:
        yield
    except BaseException as end:
        if isinstance(end, typer.Exit) or not saves:
            unsent.forget_unsent()
        elif isinstance(end, ClaudeCliError) and unsent.unsent():
            kept = f"your text is in {unsent.unsent_file()}, and --edit opens it again"
            end.hint = f"{end.hint}; {kept}" if end.hint else kept
        raise
    unsent.forget_unsent()


def _waiting(groups: Iterable[Any]) -> Iterator[ClaudeCliError]:
    for group in groups:
        if is_group(type(group)):
            yield from getattr(group, "late", None) or ()
            yield from _waiting(group)


def _shared_flags() -> set[str]:
    from claude_cli.commandline.flags.asked import flag_names

    return flag_names()


def _help_flags(everyday: Collection[str]) -> list[inspect.Parameter]:
    short = help_flag("-h", shows="Show the flags that most people need.", everyday=everyday)
    types = zip(HELP, (short, _LongHelp), strict=True)
    return [_keyword(name, annotation, False) for name, annotation in types]


def _is_group(parameter: inspect.Parameter) -> bool:
    return is_group(_group(parameter.annotation)[0])


def _group(annotation: Any) -> tuple[Any, frozenset[str]]:
    """The type of a parameter, and what it leaves out."""
    if get_origin(annotation) is not Annotated:
        return annotation, frozenset()
    left_out = [mark.groups for mark in annotation.__metadata__ if isinstance(mark, Without)]
    return annotation.__origin__, frozenset().union(*left_out)


def _flags(group: Any, left_out: Collection[str] = ()) -> Iterator[inspect.Parameter]:
    """The flags of a group, or of the groups that it is made of, as parameters."""
    for field in fields_of(group):
        kind: Any = field.type
        if field.name in left_out:
            continue
        if is_group(kind):
            yield from _flags(kind, left_out)
        elif get_origin(kind) is Annotated:
            option = kind.__metadata__[0]
            option.rich_help_panel = option.rich_help_panel or getattr(group, "panel", None)
            yield _keyword(field.name, kind, field.default)


def _keyword(name: str, annotation: Any, default: Any = _REQUIRED) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _settle_rivals(
    context: typer.Context, values: dict[str, Any], flags: Iterable[inspect.Parameter]
) -> None:
    """Of two flags that exclude each other drop the one that was not typed.

    Raises UsageError where both were typed, or neither.
    """
    by_name = {flag.name: flag for flag in flags if values.get(flag.name) not in (None, False)}
    pairs = [(name, other) for name in by_name for other in rivals(by_name[name].annotation)]
    for pair in pairs:
        if not by_name.keys() >= {*pair}:
            continue
        weaker = [name for name in pair if _source(context, name) != "COMMANDLINE"]
        if len(weaker) != 1:
            first, second = (names_of(by_name[name].annotation)[0] for name in pair)
            message = f"{first} and {second} exclude each other"
            raise UsageError(message, hint="leave one out", flag=pair[0])
        values[weaker[0]] = by_name.pop(weaker[0]).default


def _check_numbers(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError(f"--{name.replace('_', '-')} is no number: {value}", flag=name)


def _when_raw(annotation: Any) -> Callable[[str], bool]:
    marks = (mark.when for mark in marks_of(annotation) if isinstance(mark, Raw))
    return next(marks, lambda value: False)


def _decode_texts(
    context: typer.Context, values: dict[str, Any], raw: Mapping[str, Callable[[str], bool]]
) -> None:
    """Make UTF-8 text of what is no path, for it is sent as JSON. Raises InputError."""
    params: list[Any] = context.command.params
    flags = {param.name: param.opts[-1] for param in params if param.param_type_name == "option"}
    for name, value in values.items():
        called = flags.get(name, name.upper())

        def decoded(part: Any, name: str = name, called: str = called) -> Any:
            is_text = isinstance(part, str) and not raw[name](part)
            return argument_text(part, called) if is_text else part

        try:
            values[name] = [*map(decoded, value)] if isinstance(value, list) else decoded(value)
        except InputError as error:
            error.flag = name
            raise


def _build(
    group: Any, context: typer.Context, values: dict[str, Any], left_out: Collection[str] = ()
) -> Any:
    """Take the group's fields out of the parsed values."""
    fields: dict[str, Any] = {}
    for field in fields_of(group):
        kind: Any = field.type
        if field.name in left_out:
            continue
        if is_group(kind):
            fields[field.name] = _build(kind, context, values, left_out)
        elif get_origin(kind) is Annotated:
            fields[field.name] = values.pop(field.name)
        elif field.name == "config":
            fields["config"] = context.obj.config
        elif field.name == "late":
            fields["late"] = []
        elif field.name == "given":
            names = (flag.name for flag in flags_of(group))
            typed = (name for name in names if _source(context, name) == "COMMANDLINE")
            fields["given"] = frozenset(typed) | ({"--"} & {*sys.argv})
    return group(**fields)


def _source(context: typer.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    return source.name if source else ""
