"""`count`: the tokens of the request that `ask` with the same flags would send."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.signature import Without

CountFormat = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help="json adds the share of each part, for one more call each."),
]


def count(
    asked: Annotated[Asked, Without("guard", "preview", "output")],
    count_format: CountFormat = "text",
) -> None:
    """Count the input tokens of a request without sending it. Free.

    The number goes to stdout, the price to stderr.

    Example: claude-cli count -a report.pdf "Sum this up."
    """
    from claude_cli.flow.count.total import count
    from claude_cli.ui.notices import Notices

    count(asked, count_format, Notices(asked.verbosity.level))
