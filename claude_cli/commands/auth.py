"""`auth`: where the key comes from."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "Store the API key, forget it, and tell where it comes from.",
    example="claude-cli auth login",
)

Where = Annotated[
    Literal["keyring", "file"] | None,
    typer.Option("--store", help="The system's keyring, or a file that only you can read."),
]
NoCheck = Annotated[bool, typer.Option("--no-check", help="Keep the key without trying it.")]

Check = Annotated[bool, typer.Option("--check", help="Try it with a call that costs nothing.")]


@app.command("login")
@expand_flags
def login(
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    store: Where = None,
    no_check: NoCheck = False,
) -> None:
    """Read a key, without echo or as one line from a pipe, and keep it."""
    from claude_cli.flow.auth import login
    from claude_cli.ui.notices import Notices

    login(connection, store, not no_check, Notices(verbosity.level))


@app.command("logout")
@expand_flags
def logout(verbosity: VerbosityFlags) -> None:
    """Forget the key that login kept."""
    from claude_cli.flow.auth import logout
    from claude_cli.ui.notices import Notices

    logout(Notices(verbosity.level))


@app.command("status")
@expand_flags
def show_status(
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    listing_format: ListingFormat = "table",
    check: Check = False,
) -> None:
    """Tell which key is sent, and which others there are; only the last four characters show."""
    from claude_cli.flow.auth import status
    from claude_cli.ui.notices import Notices

    status(connection, listing_format, check, Notices(verbosity.level))
