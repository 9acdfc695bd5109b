"""`config`: the config file and its profiles."""

from typing import Annotated

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "Show and change the config file.",
    example="claude-cli config set model opus",
)

_KEYS = "A flag's long name, profiles.NAME.FLAG, aliases.NAME or platform-models.NAME"
Key = Annotated[str, typer.Argument(metavar="KEY", help=f"{_KEYS}.")]
ProfileOrKey = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help=f"{_KEYS}; or profiles.NAME for all of it.",
    ),
]


@app.command("path")
@expand_flags
def show_path(verbosity: VerbosityFlags) -> None:
    """Print where the config file is."""
    from claude_cli.disk.paths import config_file

    typer.echo(config_file())


@app.command("show")
@expand_flags
def show(
    verbosity: VerbosityFlags,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            envvar="CLAUDE_CLI_PROFILE",
            autocompletion=offered("profiles"),
            help="Lay [profiles.NAME] over the rest of the file.",
        ),
    ] = None,
    listing_format: ListingFormat = "table",
) -> None:
    """Show the settings in force, and where each comes from."""
    from claude_cli.flow.config import show

    show(profile, listing_format)


@app.command("get")
@expand_flags
def get(key: Key, verbosity: VerbosityFlags) -> None:
    """Print what the file says of a key, a secret too."""
    from claude_cli.flow.config import get

    get(key)


@app.command("set")
@expand_flags
def put(
    key: Key,
    verbosity: VerbosityFlags,
    values: Annotated[
        list[str],
        typer.Argument(metavar="VALUE...", help="Its value; of a repeatable flag, each of them."),
    ],
) -> None:
    """Set a key; comments in the file stay."""
    from claude_cli.flow.config import put

    put(key, values)


@app.command("unset")
@expand_flags
def unset(key: ProfileOrKey, verbosity: VerbosityFlags) -> None:
    """Take a key, or a whole profile, out of the file."""
    from claude_cli.flow.config import unset

    unset(key)


@app.command("edit")
@expand_flags
def edit(verbosity: VerbosityFlags) -> None:
    """Open the file in $VISUAL or $EDITOR."""
    from claude_cli.flow.config import edit

    edit()
