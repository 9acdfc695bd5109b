"""The man page, docs/claude-cli.1, in the language of man(7)."""

from collections.abc import Mapping

from claude_cli import __version__
from claude_cli.app import COMMANDS
from claude_cli.errors import ExitCode
from tests.docs.facts import CommandFacts, Flag, FlagGroup, commands_of, flag_groups, summary_of
from tests.docs.surroundings import FILES, environment, platform_variables

_HEAD = """\
.\\" Made by python -m tests.test_readme
.TH CLAUDE\\-CLI 1 "" "claude\\-cli {version}" "User Commands"
.SH NAME
claude\\-cli \\- Anthropic's Messages API from the terminal
.SH SYNOPSIS
.B claude\\-cli
.I COMMAND
.RI [ FLAGS ]
.RI [ WORDS ]...
.br
.B claude\\-cli
.RI \\(dq QUESTION \\(dq
.SH DESCRIPTION
Asks Anthropic's Messages API and prints the answer: on a terminal as Markdown while it arrives,
in a pipe its own bytes and nothing else.
Notices, warnings and errors go to standard error.
A first word that cannot be a command, because it has a space or a letter beyond ASCII,
is a question.
.PP
Each command that asks the API takes
.BR \\-\\-simulate :
a local simulator answers, without a key and without cost.
"""
_TAIL = """\
.SH EXAMPLES
.EX
claude\\-cli \\(dqHow tall is Yushan?\\(dq
git diff | claude\\-cli ask \\(dqWrite the commit message.\\(dq
claude\\-cli ask \\-a report.pdf \\-s \\(dqAnswer in one line.\\(dq \\(dqWho signed?\\(dq
claude\\-cli batch run reviews.csv \\(dqIs it positive? {text}\\(dq \\-O answers.csv
.EE
.SH SEE ALSO
.BR curl (1),
.BR jq (1)
"""


def manual() -> str:
    parts = [_HEAD.format(version=__version__), ".SH COMMANDS"]
    for name in COMMANDS:
        parts += [
            f".SS {roff(name)}",
            roff(summary_of(name)),
            *map(_command_part, commands_of(name)),
        ]
    parts += [".SH SHARED FLAGS", *map(_group_part, flag_groups())]
    parts += [".SH EXIT STATUS", _listed({str(int(code)): code.meaning for code in ExitCode})]
    parts += [
        "A signal ends it as it ends others: it cleans up, and dies of the signal.",
        ".SH ENVIRONMENT",
        _listed(environment() | platform_variables()),
        ".SH FILES",
        _listed({f"{kind}/{path}": text for (kind, path), text in FILES.items()}),
        _TAIL,
    ]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _command_part(command: CommandFacts) -> str:
    usage = f".PP\n.B {roff(command.usage)}"
    summary = [f".br\n{roff(command.summary)}"] if " " in command.name else []
    also = f".PP\nAlso: {roff(', '.join(command.groups))}."
    return "\n".join([usage, *summary, *map(_flag, command.own), also])


def _group_part(group: FlagGroup) -> str:
    users = ", ".join(group.commands) or "every command"
    return "\n".join([f".SS {roff(group.title)}", f"Of {roff(users)}.", *map(_flag, group.flags)])


def _flag(flag: Flag) -> str:
    names = ", ".join(rf"\fB{roff(name)}\fR" for name in flag.names)
    value = rf"\fI{roff(flag.value)}\fR" if flag.value else ""
    variable = f" Environment: {flag.variable}." if flag.variable else ""
    return f".TP\n{f'{names} {value}'.strip()}\n{roff(flag.meaning + variable)}"


def _listed(rows: Mapping[str, str]) -> str:
    return "\n".join(f".TP\n.B {roff(name)}\n{roff(text)}" for name, text in rows.items())


def roff(text: str) -> str:
    """Text that no program of the roff family takes for an order."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("`", "").replace('"', r"\(dq")
    return rf"\&{text}" if text.startswith((".", "'")) else text
