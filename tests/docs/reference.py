"""The reference's tables: each flag group that commands share once, then what each command adds.

Made of what Typer knows of the commands and of the groups in `commandline/flags/`.
"""

import dataclasses
import html
import inspect
import re
from functools import cache
from typing import Annotated, Any, get_origin

from claude_cli.app import COMMANDS
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.batch import LiveFlags, ResultFlags, RowFlags, SendFlags
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.turn.request import built_in
from tests.command_tree import arguments_of, build, every_command, flags_of

Group = type[Any]


def reference() -> str:
    """Headings of the third and fourth level with tables."""
    commands = every_command()
    parts = [_group_part(group, users) for group, users in shared_groups().items()]
    for name in COMMANDS:
        parts += [f"### {name}", first_paragraph(build(name))]
        members = {full: commands[full] for full in commands if full.split()[0] == name}
        parts += [_command_part(full, command) for full, command in members.items()]
    return "\n\n".join(parts)


@cache
def shared_groups() -> dict[Group, list[str]]:
    """The flag groups of more than one command, and the commands that have each."""
    asked = [field.type for field in dataclasses.fields(Asked) if hasattr(field.type, "panel")]
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
    types: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(group)}
    flags = {name: note for name, note in types.items() if get_origin(note) is Annotated}
    return {name: note.__metadata__[0].help for name, note in flags.items()}


def _group_part(group: Group, users: list[str]) -> str:
    command = every_command()[users[0]]
    rows = [row(param) for param in flags_of(command) if param.name in _fields(group)]
    return f"### {_title(group)}\n\nFlags of {_together(users)}:\n\n{table(rows)}"


def _title(group: Group) -> str:
    """The panel's; where two groups have one panel, the later one says whose it is."""
    same = [other for other in shared_groups() if other.panel == group.panel]
    whose = shared_groups()[group][0].split()[0]
    return group.panel if group is same[0] else f"{group.panel} ({whose})"


def _together(users: list[str]) -> str:
    """Names of commands; one name for a command all of whose own commands are among them."""
    every = list(every_command())
    if users == every:
        return "every command"
    named = []
    for name in COMMANDS:
        own = [full for full in every if full.split()[0] == name]
        named += [name] if set(own) <= set(users) else [full for full in own if full in users]
    return ", ".join(f"`{name}`" for name in named)


def _command_part(name: str, command: Any) -> str:
    groups = [group for group, users in shared_groups().items() if name in users]
    shared = {field for group in groups for field in _fields(group)}
    own = [*arguments_of(command), *(p for p in flags_of(command) if p.name not in shared)]
    usage = " ".join([name, *(argument.metavar for argument in arguments_of(command))])
    lines = [f"#### {name}", first_paragraph(command)] if " " in name else []
    lines.append(f"`claude-cli {usage}`")
    if own:
        lines.append(table([row(param) for param in own]))
    lines.append(f"Also: {', '.join(_linked(group) for group in groups)}.")
    return "\n\n".join(lines)


def _linked(group: Group) -> str:
    title = _title(group)
    return f"[{title}](#{re.sub('[()]', '', title).lower().replace(' ', '-')})"


def first_paragraph(command: Any) -> str:
    return " ".join(inspect.cleandoc(command.help).partition("\n\n")[0].split())


def table(rows: list[str]) -> str:
    return "\n".join(["| flag | meaning |", "|---|---|", *rows])


def row(param: Any) -> str:
    return f"| {spelled(param)} | {meaning(param)} |"


def spelled(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{param.metavar}`".replace("|", "\\|")
    names = "`, `".join([*param.opts, *param.secondary_opts])
    value = "" if param.is_flag else f" {param.metavar or '|'.join(param.type.choices)}"
    return f"`{names}{value}`".replace("|", "\\|")


def meaning(param: Any) -> str:
    parts = [html.escape(param.help, quote=False)]
    if param.param_type_name == "option":
        if param.required:
            parts.append("Required.")
        default = built_in().get(param.name) if param.default is None else param.default
        if default not in (None, False) and "efault" not in param.help:
            parts.append(f"Default: {_shown(default)}.")
        if param.envvar:
            parts.append(f"Environment: `{param.envvar}`.")
    return " ".join(parts).replace("|", "\\|")


def _shown(default: Any) -> str:
    if default is True:
        return "yes"
    return f"{default:g}" if isinstance(default, float) else str(default)
