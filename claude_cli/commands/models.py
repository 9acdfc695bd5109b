"""`models`: the models that the key may use, and what they can do."""

from typing import Annotated

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "List and show models.",
    example="claude-cli models show sonnet",
)


@app.command("list")
@expand_flags
def list_models(
    verbosity: VerbosityFlags, connection: ConnectionFlags, listing_format: ListingFormat = "table"
) -> None:
    """List all models, newest first, and keep what the API says they can do."""
    from claude_cli.flow.models import list_models
    from claude_cli.ui.notices import Notices

    list_models(connection, listing_format, Notices(verbosity.level))


@app.command("show")
@expand_flags
def show_model(
    model: Annotated[
        str,
        typer.Argument(metavar="ID", help="Model id or alias.", autocompletion=offered("models")),
    ],
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    listing_format: ListingFormat = "table",
) -> None:
    """Show one model."""
    from claude_cli.flow.models import show_model
    from claude_cli.ui.notices import Notices

    show_model(connection, model, listing_format, Notices(verbosity.level))
