"""A line of a chat: a turn, or a slash command with its argument. The commands' table is in
`slash_commands.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from claude_cli.content.specs import Spec
from claude_cli.errors import ExitCode, UsageError
from claude_cli.flow.chat.dialogue import Dialogue

Completed = Literal["models", "sessions", "paths", "attached"]


class SlashCommand(NamedTuple):
    """What `/name` does. `arguments` is how the help writes them: in brackets they may be left
    out, and "" takes none. `completes` says what Tab offers for them."""

    arguments: str
    help: str
    run: Callable[[Dialogue, str], ExitCode | None]
    completes: Completed | None = None


Take = Callable[[], ExitCode]
"""Does what a line says, or the command line."""

Commands = Mapping[str, SlashCommand]


def take_line(
    chat: Dialogue, line: str, commands: Commands, mentioned: Sequence[Spec] = ()
) -> ExitCode:
    """Do what a line says: a blank one nothing, `/name` a command, `//…` a turn that begins with
    one slash, any other a turn, with the files that are `mentioned` in it.

    Raises UsageError for a command that there is not, or that wants other arguments.
    """
    if not line.strip():
        return ExitCode.OK
    if line.startswith("//"):
        return chat.say(line[1:], mentioned)
    if line.startswith("/"):
        return run_command(chat, line, commands)
    return chat.say(line, mentioned)


def run_command(chat: Dialogue, line: str, commands: Commands) -> ExitCode:
    """Run the command that a line with a slash names."""
    name, argument = split_command(line)
    command = commands.get(name)
    if command is None:
        raise _unknown(name, commands)
    if argument and not command.arguments:
        raise UsageError(f"{name} takes no argument")
    if command.arguments and not argument and not command.arguments.startswith("["):
        raise UsageError(f"{name} needs an argument", hint=f"{name} {command.arguments}")
    return command.run(chat, argument) or ExitCode.OK


def split_command(line: str) -> tuple[str, str]:
    """`/name  argument ` → (`/name`, `argument`)."""
    name, *rest = line.split(maxsplit=1)
    return name, rest[0].strip() if rest else ""


def _unknown(name: str, commands: Commands) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name[:50], commands, n=1)
    meant = f"{near[0]}?" if near else "/help shows all"
    return UsageError(
        f"there is no command {name[:50]}",
        hint=f"{meant}; a second slash sends the line as it is: /{name[:50]}",
    )
