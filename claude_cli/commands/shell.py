"""`shell`: a question that is answered by one command line."""

from typing import Annotated

import typer

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.signature import Without

SENSELESS = Without(
    *("tools", "mcp", "output"),
    *("prefill", "schema", "schema_list", "tool_choice", "no_parallel_tools"),
    *("go_on", "no_save", "save", "allow_truncated"),
)
"""An answer that is a command has a form of its own."""


def shell(asked: Annotated[Asked, SENSELESS]) -> None:
    """Ask for one command line; run, edit or copy it, or have it explained.

    Nothing runs before you have seen it and pressed a key. In a pipe it is printed and never run.

    Example: claude-cli shell "find the ten largest files here"
    """
    from claude_cli.turn.platforms.ahead import connect_ahead

    connect_ahead(asked)
    from claude_cli.flow.shell.shell import shell

    raise typer.Exit(shell(asked))
