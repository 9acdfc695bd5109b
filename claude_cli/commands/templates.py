"""`templates`: saved prompts."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.marks import PATH
from claude_cli.commandline.flags.output import ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "List, show and write saved prompts, for ask -t NAME.",
    example="claude-cli templates edit translate",
)

Name = Annotated[
    str,
    typer.Argument(metavar="NAME|FILE", help="A template.", autocompletion=offered("templates")),
    PATH,
]


@app.command("list")
@expand_flags
def list_templates(verbosity: VerbosityFlags, listing_format: ListingFormat = "table") -> None:
    """List all templates with their fields."""
    from claude_cli.flow.templates import list_templates

    list_templates(listing_format)


@app.command("show")
@expand_flags
def show_template(
    template: Name,
    verbosity: VerbosityFlags,
    listing_format: Annotated[
        Literal["table", "json"], typer.Option("--format", help="The file as it is; or its keys.")
    ] = "table",
) -> None:
    """Print a template."""
    from claude_cli.flow.templates import show_template

    show_template(template, listing_format)


@app.command("edit")
@expand_flags
def edit_template(template: Name, verbosity: VerbosityFlags) -> None:
    """Write a template, new or not, in $VISUAL or $EDITOR."""
    from claude_cli.flow.templates import edit_template

    edit_template(template)


@app.command("path")
@expand_flags
def show_path(
    verbosity: VerbosityFlags,
    template: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="Default: the folder.", autocompletion=offered("templates")
        ),
        PATH,
    ] = None,
) -> None:
    """Print where a template is, or the folder of all."""
    from claude_cli.templates import template_path, templates_folder

    typer.echo(template_path(template) if template is not None else templates_folder())
