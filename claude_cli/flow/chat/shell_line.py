"""`!COMMAND` in a chat: the user's shell runs it on the terminal, and its output goes along."""

from claude_cli.child.group import exit_words
from claude_cli.child.on_terminal import run_on_terminal
from claude_cli.child.plain_output import plain_text, shortened
from claude_cli.content.sources import Source
from claude_cli.errors import InputError, UsageError
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.ui.sanitize import sanitize_line

MOST = 63 * 1024
"""Bytes of output that go along."""
LONGEST_NAME = 100


def run_shell_line(chat: Dialogue, command: str) -> None:
    """Run a command, and attach what it wrote and how it ended.

    Raises UsageError where there is no command, InputError where it cannot be run.
    """
    if not command.strip():
        raise UsageError("there is no command behind the !", hint="a space before it sends a !")
    try:
        written = run_on_terminal(command)
    except OSError as error:
        raise InputError(f"the command cannot be run: {error.strerror}") from error
    output = shortened(plain_text(written.output).strip("\n"), MOST)
    ended = exit_words(written.status)
    text = "\n".join([f"$ {command}", *([output] if output else []), f"[{ended}]"])
    name = sanitize_line(f"!{command.strip()}", LONGEST_NAME)
    chat.attached.sources.append(Source(name, "text/plain", "command", text.encode()))
    lines = output.count("\n") + 1 if output else 0
    amount = f"{lines:,} line{'' if lines == 1 else 's'}"
    chat.screen.tell([f"{ended}, {amount}: goes with the next prompt; /detach drops it"])
