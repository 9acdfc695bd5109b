"""`chat`: a conversation on the terminal, or a turn for each line of a pipe."""

from typing import Annotated

import typer

from claude_cli.commandline.flags import (
    ChatFlags,
    ConnectionFlags,
    ContentFlags,
    GuardFlags,
    OutputFlags,
    RequestFlags,
    SessionFlags,
    SpendingFlags,
    ToolFlags,
    VerbosityFlags,
)

FirstTurn = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PROMPT]...", show_default=False, help="The first turn."),
]


def chat(
    content: ContentFlags,
    request: RequestFlags,
    tools: ToolFlags,
    session: SessionFlags,
    chat_flags: ChatFlags,
    spending: SpendingFlags,
    output: OutputFlags,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    prompt: FirstTurn = None,
) -> None:
    """Hold a conversation; /help in it shows what can be done.

    In a pipe each line is a turn or a slash command, and a blank line ends each answer.

    Example: claude-cli chat -m opus --name trip
    """
    from claude_cli.flow.chat.loop import Chatting, chat
    from claude_cli.turn.compose import Asked

    guard = GuardFlags(
        max_cost=spending.max_cost,
        ledger=spending.ledger,
        allow_truncated=spending.allow_truncated,
    )
    asked = Asked(
        prompt or [],
        content,
        request,
        session,
        guard,
        output,
        verbosity,
        connection,
        tools=tools,
    )
    raise typer.Exit(
        chat(Chatting(asked, chat_flags.keep_going, keep_history=not chat_flags.no_history))
    )
