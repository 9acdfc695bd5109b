"""The tables of docs/reference.md, as Markdown."""

import html
import re
from collections.abc import Iterable, Mapping

from claude_cli.app import COMMANDS
from claude_cli.errors import ExitCode
from tests.docs.facts import (
    CommandFacts,
    Flag,
    FlagGroup,
    commands_of,
    flag_groups,
    summary_of,
)
from tests.docs.surroundings import FILES, FOLDERS, environment, platform_variables


def command_reference() -> str:
    """First the groups, then the commands: headings of the third and fourth level with tables."""
    parts = [_group_part(group) for group in flag_groups()]
    for name in COMMANDS:
        parts += [f"### {name}", summary_of(name), *map(_command_part, commands_of(name))]
    return "\n\n".join(parts)


def command_table() -> str:
    return table("command", "what it does", {name: summary_of(name) for name in COMMANDS})


def exit_code_table() -> str:
    names = "SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM"
    rows = {str(int(code)): code.meaning for code in ExitCode}
    rows["129, 130, 131, 141, 143"] = f"{names}: cleaned up, then died of it"
    return table("code", "meaning", rows, quoted=False)


def environment_tables() -> str:
    clouds = table("of a platform", "what it says", platform_variables())
    return f"{table('variable', 'what it says', environment())}\n\n{clouds}"


def file_tables() -> str:
    rows = [
        f"| {kind} | {' | '.join(f'`{p}`' for p in places)} |" for kind, places in FOLDERS.items()
    ]
    folders = ["| folder | Linux | macOS | Windows |", "|---|---|---|---|", *rows]
    files = {f"{kind}: {path}": text for (kind, path), text in FILES.items()}
    return "\n".join(folders) + f"\n\n{table('file', 'what it holds', files)}"


def table(left: str, right: str, rows: Mapping[str, str], *, quoted: bool = True) -> str:
    mark = "`" if quoted else ""
    lines = [f"| {mark}{name}{mark} | {_cell(text)} |" for name, text in rows.items()]
    return "\n".join([f"| {left} | {right} |", "|---|---|", *lines])


def _group_part(group: FlagGroup) -> str:
    users = ", ".join(f"`{name}`" for name in group.commands) or "every command"
    return f"### {group.title}\n\nFlags of {users}:\n\n{_flag_table(group.flags)}"


def _command_part(command: CommandFacts) -> str:
    lines = [f"#### {command.name}", command.summary] if " " in command.name else []
    lines.append(f"`{command.usage}`")
    if command.own:
        lines.append(_flag_table(command.own))
    lines.append(f"Also: {', '.join(map(_linked, command.groups))}.")
    return "\n\n".join(lines)


def _linked(title: str) -> str:
    return f"[{title}](#{re.sub('[()]', '', title).lower().replace(' ', '-')})"


def _flag_table(flags: Iterable[Flag]) -> str:
    return "\n".join(["| flag | meaning |", "|---|---|", *map(row, flags)])


def row(flag: Flag) -> str:
    return f"| {spelled(flag)} | {_cell(_meaning(flag))} |"


def spelled(flag: Flag) -> str:
    names = "`, `".join(flag.names)
    return f"`{f'{names} {flag.value}'.strip()}`".replace("|", "\\|")


def _meaning(flag: Flag) -> str:
    text = html.escape(flag.meaning, quote=False)
    return f"{text} Environment: `{flag.variable}`." if flag.variable else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
