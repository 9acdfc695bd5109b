"""`count`: the tokens of the request that `ask` with the same flags would send."""

from typing import Annotated, Literal

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

CountFormat = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help="json adds the share of each part, for one more call each."),
]


def count(
    content: ContentFlags,
    request: RequestFlags,
    tools: ToolFlags,
    session: SessionFlags,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    prompt: Prompt = None,
    count_format: CountFormat = "text",
) -> None:
    """Count the input tokens of a request without sending it. Free.

    The number goes to stdout, the price to stderr.

    Example: claude-cli count -a report.pdf "Sum this up."
    """
    from claude_cli.flow.count import count
    from claude_cli.turn.compose import Asked
    from claude_cli.ui.notices import Notices

    guard, output = GuardFlags(), OutputFlags(show_thinking=False)
    asked = Asked(
        prompt or [], content, request, session, guard, output, verbosity, connection, tools=tools
    )
    count(asked, count_format, Notices(verbosity.level))
