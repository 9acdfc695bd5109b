"""`ask`: one question, one answer; all or nothing when stdout is not a terminal."""

import typer

from claude_cli.commandline.flags import (
    ConnectionFlags,
    ContentFlags,
    GuardFlags,
    OutputFlags,
    Prompt,
    RequestFlags,
    SessionFlags,
    ToolFlags,
    VerbosityFlags,
)


def ask(
    content: ContentFlags,
    request: RequestFlags,
    tools: ToolFlags,
    session: SessionFlags,
    guard: GuardFlags,
    output: OutputFlags,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    prompt: Prompt = None,
) -> None:
    """Ask one question and print the answer.

    Piped text goes before the question. In a pipe the answer is all or nothing: it is printed
    once it is complete.

    Example: git diff | claude-cli ask "Write the commit message."
    """
    from claude_cli.flow.ask import answer
    from claude_cli.turn.compose import Asked

    asked = Asked(
        prompt or [],
        content,
        request,
        session,
        guard,
        output,
        verbosity,
        connection,
        arriving=False,
        tools=tools,
    )
    raise typer.Exit(answer(asked))
