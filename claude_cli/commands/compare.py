"""`compare`: one question to several models, or efforts, at once."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.asked import Asked
from claude_cli.commandline.flags.output import Theme
from claude_cli.commandline.signature import Without

Option = typer.Option


def compare(
    models: Annotated[
        list[str] | None,
        Option(
            "-m",
            "--model",
            metavar="MODEL[:X]",
            autocompletion=offered("models"),
            help="A model, with an effort or a way of thinking: haiku:high, sonnet:off, opus:4096 "
            "(repeat it: two at least).",
        ),
    ] = None,
    *,
    asked: Annotated[Asked, Without("model", "session", "preview", "output")],
    name: Annotated[
        str | None,
        Option("--name", metavar="NAME", help="Keep the answers as branches of a new session."),
    ] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Print the request bodies as JSONL and send nothing.")
    ] = False,
    compare_format: Annotated[
        Literal["markdown", "text", "json"] | None,
        Option("--format", help="Default: markdown on a terminal, text otherwise; json is a list."),
    ] = None,
    theme: Theme = None,
) -> None:
    """Ask several models the same at once, and print their answers one below the other.

    What each took is told in a table on stderr.

    Example: claude-cli compare -m opus -m haiku:high -m sonnet:off "What is a monad?"
    """
    from claude_cli.turn.platforms.ahead import connect_ahead

    if not dry_run:
        connect_ahead(asked)
    from claude_cli.flow.compare.run import Comparing, compare

    comparing = Comparing(asked, models or [], name, compare_format, theme)
    raise typer.Exit(compare(comparing, dry_run=dry_run))
