"""What the program says of its commands and flags: the reference and the man page are made of it.

Made of what Typer knows of the commands and of the groups in `commandline/flags/`.
"""

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_origin

from claude_cli.app import COMMANDS
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.batch import LiveFlags, ResultFlags, RowFlags, SendFlags
from claude_cli.commandline.flags.marks import fields_of
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.turn.request import built_in
from tests.command_tree import arguments_of, build, every_command, flags_of

Group = type[Any]


@dataclass(frozen=True)
class Flag:
    """A flag or an argument."""

    names: tuple[str, ...]
    """An argument has none."""
    value: str
    """What stands behind the names: `N`, `text|json`; empty for a switch."""
    meaning: str
    variable: str | None = None

    @property
    def spelled(self) -> str:
        return f"{', '.join(self.names)} {self.value}".strip()


@dataclass(frozen=True)
class FlagGroup:
    """Flags that several commands share."""

    title: str
    commands: tuple[str, ...]
    """Empty for every command."""
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class CommandFacts:
    name: str
    usage: str
    summary: str
    own: tuple[Flag, ...]
    groups: tuple[str, ...]
    """Titles of the groups that it has beside its own flags."""


def flag_groups() -> list[FlagGroup]:
    commands = every_command()
    found = []
    for group, users in _shared_groups().items():
        flags = [p for p in flags_of(commands[users[0]]) if p.name in _fields(group)]
        found.append(FlagGroup(_title(group), _together(users), tuple(map(flag_of, flags))))
    return found


def commands_of(name: str) -> list[CommandFacts]:
    """The command itself, or those that it is made of."""
    members = {full: c for full, c in every_command().items() if full.split()[0] == name}
    return [_facts(full, command) for full, command in members.items()]


def summary_of(name: str) -> str:
    return first_paragraph(build(name))


def _facts(name: str, command: Any) -> CommandFacts:
    groups = [group for group, users in _shared_groups().items() if name in users]
    shared = {field for group in groups for field in _fields(group)}
    own = [*arguments_of(command), *(p for p in flags_of(command) if p.name not in shared)]
    usage = " ".join([f"claude-cli {name}", *(a.metavar for a in arguments_of(command))])
    return CommandFacts(
        name,
        usage,
        first_paragraph(command),
        tuple(map(flag_of, own)),
        tuple(map(_title, groups)),
    )


def flag_of(param: Any) -> Flag:
    if param.param_type_name == "argument":
        return Flag((), param.metavar, param.help)
    names = (*param.opts, *param.secondary_opts)
    value = "" if param.is_flag else param.metavar or "|".join(param.type.choices)
    return Flag(names, value, _meaning(param), param.envvar)


def _meaning(param: Any) -> str:
    parts = [param.help]
    if param.required:
        parts.append("Required.")
    default = built_in().get(param.name) if param.default is None else param.default
    if default not in (None, False) and "efault" not in param.help:
        parts.append(f"Default: {_shown(default)}.")
    return " ".join(parts)


def _shown(default: Any) -> str:
    if default is True:
        return "yes"
    return f"{default:g}" if isinstance(default, float) else str(default)


@cache
def _shared_groups() -> dict[Group, list[str]]:
    """The flag groups of more than one command, and the commands that have each."""
    asked = [field.type for field in fields_of(Asked) if hasattr(field.type, "panel")]
    groups: list[Any] = [*asked, ChatFlags, RowFlags, SendFlags, LiveFlags, ResultFlags]
    users = {
        group: [name for name, command in every_command().items() if _has(command, group)]
        for group in groups
    }
    return {group: names for group, names in users.items() if len(names) > 1}


def _has(command: Any, group: Group) -> bool:
    helps = {param.name: param.help for param in flags_of(command)}
    return all(helps.get(name) == text for name, text in _fields(group).items())


def _fields(group: Group) -> dict[str, str]:
    """Parameter name → help."""
    types: dict[str, Any] = {field.name: field.type for field in fields_of(group)}
    flags = {name: note for name, note in types.items() if get_origin(note) is Annotated}
    return {name: note.__metadata__[0].help for name, note in flags.items()}


def _title(group: Group) -> str:
    """The panel's; where two groups have one panel, the later one says whose it is."""
    same = [other for other in _shared_groups() if other.panel == group.panel]
    whose = _shared_groups()[group][0].split()[0]
    return str(group.panel) if group is same[0] else f"{group.panel} ({whose})"


def _together(users: list[str]) -> tuple[str, ...]:
    """Names of commands; one name for a command all of whose own commands are among them."""
    every = list(every_command())
    if users == every:
        return ()
    named: list[str] = []
    for name in COMMANDS:
        own = [full for full in every if full.split()[0] == name]
        named += [name] if set(own) <= set(users) else [full for full in own if full in users]
    return tuple(named)


def first_paragraph(command: Any) -> str:
    return " ".join(inspect.cleandoc(command.help).partition("\n\n")[0].split())
