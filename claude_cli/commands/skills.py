"""`skills`: the Skills API: folders of instructions and scripts that an answer may use by id."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.marks import PATH
from claude_cli.commandline.flags.output import DownloadTarget, ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "List, show, create, update, download and delete skills of the API.",
    example="claude-cli skills create my-skill/",
)

Skill = Annotated[
    str, typer.Argument(metavar="SKILL[@VERSION]", help="An id: xlsx, skill_…, skill_…@skver_…")
]
Folder = Annotated[
    str, typer.Argument(metavar="DIR", help="A folder with SKILL.md in it, up to 30 MB."), PATH
]


@app.command("list")
@expand_flags
def list_skills(
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    source: Annotated[
        Literal["custom", "anthropic"] | None,
        typer.Option("--source", help="Only your own, or only Anthropic's."),
    ] = None,
    listing_format: ListingFormat = "table",
) -> None:
    """List the skills that the key's workspace may use."""
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.list_all(source, listing_format, connection, Notices(verbosity.level))


@app.command("show")
@expand_flags
def show(
    skill: Skill,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    listing_format: ListingFormat = "table",
) -> None:
    """Show what the API says of a skill and its versions, or of one version."""
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.show(skill, listing_format, connection, Notices(verbosity.level))


@app.command("create")
@expand_flags
def create(
    folder: Folder,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What lists call it.")
    ] = None,
) -> None:
    """Check a folder, upload it as a new skill, and print its id.

    What is hidden and what git ignores is left out.
    """
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.create(folder, name, connection, Notices(verbosity.level))


@app.command("update")
@expand_flags
def update(
    skill: Annotated[str, typer.Argument(metavar="SKILL", help="An id: skill_…")],
    folder: Folder,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
) -> None:
    """Check a folder, upload it as the newest version of a skill, and print the version's id."""
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.update(skill, folder, connection, Notices(verbosity.level))


@app.command("download")
@expand_flags
def download(
    skill: Skill,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    target: DownloadTarget = ".",
) -> None:
    """Download the zip archive of a version, the newest by default, and print where it is.

    Nothing is overwritten, and nothing is unpacked.
    """
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.download(skill, target, connection, Notices(verbosity.level))


@app.command("delete")
@expand_flags
def delete(
    skills_or_versions: Annotated[
        list[str],
        typer.Argument(metavar="SKILL[@VERSION]...", help="A skill and all its versions, or one."),
    ],
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
) -> None:
    """Delete skills or versions for good."""
    from claude_cli.flow import skills
    from claude_cli.ui.notices import Notices

    skills.delete(skills_or_versions, connection, Notices(verbosity.level))
