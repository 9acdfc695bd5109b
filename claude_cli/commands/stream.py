"""`stream`: as `ask`, but every delta reaches a pipe at once."""

import typer

from claude_cli.commandline.flags.asked import Asked


def stream(asked: Asked) -> None:
    """Ask one question and print the answer as it arrives, in a pipe too.

    Example: claude-cli stream "Tell a long story." | tee story.md
    """
    from claude_cli.turn.platforms.ahead import connect_ahead

    connect_ahead(asked)
    from claude_cli.flow.ask import answer

    raise typer.Exit(answer(asked, arriving=True))
