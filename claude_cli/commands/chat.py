"""`chat`: a conversation on the terminal, or a turn for each line of a pipe."""

from typing import Annotated

import typer

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.question import ChatFlags
from claude_cli.commandline.signature import Without


def chat(asked: Annotated[Asked, Without("preview")], chat_flags: ChatFlags) -> None:
    """Hold a conversation; /help in it shows what can be done.

    In a pipe each line is a turn or a slash command, and a blank line ends each answer.

    Example: claude-cli chat -m opus --name trip
    """
    from claude_cli.flow.chat.loop import chat

    raise typer.Exit(chat(asked, chat_flags))
