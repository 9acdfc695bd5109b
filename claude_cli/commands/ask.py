"""`ask`: one question, one answer; all or nothing when stdout is not a terminal."""

import typer

from claude_cli.commandline.flags.asked import Asked


def ask(asked: Asked) -> None:
    """Ask one question and print the answer.

    Piped text goes before the question. In a pipe the answer is all or nothing: it is printed
    once it is complete.

    Example: git diff | claude-cli ask "Write the commit message."
    """
    from claude_cli.turn.platforms.ahead import connect_ahead

    connect_ahead(asked)
    from claude_cli.flow.ask import answer

    raise typer.Exit(answer(asked, arriving=False))
