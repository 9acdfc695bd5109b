"""What a flag says of itself beside its option, in its `Annotated`; and how to read it.

    system: Annotated[str | None, Option("--system"), Body("system"), EVERYDAY] = None

A mark is one of the constants below, or known by its type. Every table of flags is a view of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar, get_origin

EVERYDAY = "everyday"
"""Most people need it: the short help of a command with many flags shows it."""
ONCE = "once"
"""It means one command line; in a config file it would surprise."""
ONE_ONLY = "one only"
"""Given twice it is a mistake; of other flags the last one counts."""
HARMLESS = "harmless"
"""A template that somebody else wrote may set it."""
ANY_TYPE = "any type"
"""It takes a text that may well be a number or a date: a file may write it as one."""


class Body(NamedTuple):
    """The dotted place in the request body that the flag sets."""

    place: str


class Excludes(NamedTuple):
    """The parameter names of flags that this one cannot stand beside. It is said on one side."""

    flags: tuple[str, ...]


class InChat(NamedTuple):
    """The slash command that does the same while a chat goes on; of a flag that has no place in
    the body it may be `/set NAME`."""

    command: str


class Raw(NamedTuple):
    """The value names a file where `when` holds for it: it may be any bytes, not text alone."""

    when: Callable[[str], bool]


PATH = Raw(lambda value: True)
SYSTEM = Raw(lambda value: value.startswith("@") and not value.startswith("@@"))


def _names_schema_file(value: str) -> bool:
    from claude_cli.values.short_schema import is_short_form

    return not (value.lstrip().startswith("{") or is_short_form(value))


SCHEMA = Raw(_names_schema_file)


Group = TypeVar("Group")


def in_panel(title: str) -> Callable[[type[Group]], type[Group]]:
    """Make a class the group of the flags under one heading of the help.

    It does not print: some flags hold secrets.
    """

    def group_of(flags: type[Group]) -> type[Group]:
        flags.panel = title  # type: ignore[attr-defined]
        flags.__repr__ = object.__repr__  # type: ignore[method-assign]
        return flags

    return group_of


class Field(NamedTuple):
    """One field of a group: a flag, a group, or what else a command is to know."""

    name: str
    type: Any
    default: Any


def is_group(kind: Any) -> bool:
    """Whether a type holds flags as its fields."""
    return isinstance(kind, type) and hasattr(kind, "_field_defaults")


def fields_of(group: Any) -> list[Field]:
    """The fields of a group, in their order."""
    defaults = group._field_defaults
    return [Field(name, kind, defaults.get(name)) for name, kind in group.__annotations__.items()]


def flags_of(group: Any) -> Iterator[Field]:
    """The fields that are flags, of a group or of the groups that it is made of."""
    for field in fields_of(group):
        if is_group(field.type):
            yield from flags_of(field.type)
        elif get_origin(field.type) is Annotated:
            yield field


def marks_of(annotation: Any) -> tuple[Any, ...]:
    """What stands in `Annotated` behind the option or argument."""
    return annotation.__metadata__[1:] if get_origin(annotation) is Annotated else ()


def marked(group: Any, mark: Any) -> frozenset[str]:
    """The parameter names of the flags that have this mark."""
    return frozenset(flag.name for flag in flags_of(group) if mark in marks_of(flag.type))


def rivals(annotation: Any) -> tuple[str, ...]:
    """The parameter names of the flags that this one excludes, by its own mark."""
    found = (mark.flags for mark in marks_of(annotation) if isinstance(mark, Excludes))
    return next(found, ())


def without_rivals(
    layers: Iterable[Mapping[str, Any]], annotations: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of layers of files, the weakest first: a flag that one of them sets takes the
    place of those that it excludes in the layers before. Values are as they would be typed."""
    laid: dict[str, Any] = {}
    for values in layers:
        for name in laid.keys() - values.keys():
            excluded = {*rivals(annotations[name])}
            excluded |= {other for other, kind in annotations.items() if name in rivals(kind)}
            if any(values.get(other, "false") != "false" for other in excluded):
                del laid[name]
        laid |= values
    return laid


def names_of(annotation: Any) -> list[str]:
    """`-m`, `--model`: what is typed for the flag."""
    option = annotation.__metadata__[0]  # typer takes the first name for its default
    declared = (option.default, *(option.param_decls or ()))
    return [name for names in declared if isinstance(names, str) for name in names.split("/")]


def places(group: Any) -> dict[str, str]:
    """Parameter name → place in the body, of the flags that have one."""
    found = ((flag.name, mark) for flag in flags_of(group) for mark in marks_of(flag.type))
    return {name: mark.place for name, mark in found if isinstance(mark, Body)}


def own_settings(group: Any) -> dict[str, str]:
    """NAME of `/set NAME` → parameter name, of the flags that a chat sets so without a place."""
    found = ((flag.name, mark) for flag in flags_of(group) for mark in marks_of(flag.type))
    return {
        mark.command.removeprefix("/set "): name
        for name, mark in found
        if isinstance(mark, InChat) and mark.command.startswith("/set ")
    }
