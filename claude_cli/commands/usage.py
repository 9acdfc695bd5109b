"""`usage`: what was spent, from the local ledger."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags

Option = typer.Option


def usage(
    verbosity: VerbosityFlags,
    by: Annotated[
        Literal["day", "month", "model", "session", "platform"],
        Option("--by", help="What to sum by."),
    ] = "day",
    since: Annotated[
        str | None,
        Option("--since", metavar="DATE", help="From this day on, in UTC: 2026-11-30; or 7d, 2w."),
    ] = None,
    until: Annotated[
        str | None, Option("--until", metavar="DATE", help="Up to this day, and all of it.")
    ] = None,
    listing_format: ListingFormat = "table",
) -> None:
    """Tell what was spent, by day, month, model, session or platform.

    Example: claude-cli usage --by model --since 7d
    """
    from claude_cli.flow.usage import print_usage

    print_usage(by, since, until, listing_format)
