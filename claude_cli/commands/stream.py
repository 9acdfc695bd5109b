"""`stream`: as `ask`, but every delta reaches a pipe at once."""

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


def stream(
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
    """Ask one question and print the answer as it arrives, in a pipe too.

    Example: claude-cli stream "Tell a long story." | tee story.md
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
        arriving=True,
        tools=tools,
    )
    raise typer.Exit(answer(asked))
