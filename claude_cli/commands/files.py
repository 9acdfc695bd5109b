"""`files`: the Files API: upload once, use by id."""

from typing import Annotated

import typer

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.marks import PATH
from claude_cli.commandline.flags.output import DownloadTarget, ListingFormat, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "Upload, list, show, download and delete files of the API.",
    example="claude-cli files upload report.pdf",
)

FileId = Annotated[str, typer.Argument(metavar="FILE_ID", help="An id: file_…")]


@app.command("upload")
@expand_flags
def upload(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, up to 500 MB."), PATH
    ],
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The name it gets there.")
    ] = None,
    media_type: Annotated[
        str | None, typer.Option("--type", metavar="MIME", help="Its media type, such as text/csv.")
    ] = None,
) -> None:
    """Upload files and print their ids."""
    from claude_cli.flow import files
    from claude_cli.ui.notices import Notices

    files.upload(paths, name, media_type, connection, Notices(verbosity.level))


@app.command("list")
@expand_flags
def list_files(
    verbosity: VerbosityFlags, connection: ConnectionFlags, listing_format: ListingFormat = "table"
) -> None:
    """List all files of the key's workspace."""
    from claude_cli.flow import files
    from claude_cli.ui.notices import Notices

    files.list_all(listing_format, connection, Notices(verbosity.level))


@app.command("show")
@expand_flags
def show_file(
    file_id: FileId,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    listing_format: ListingFormat = "table",
) -> None:
    """Show what the API says of a file."""
    from claude_cli.flow import files
    from claude_cli.ui.notices import Notices

    files.show(file_id, listing_format, connection, Notices(verbosity.level))


@app.command("download")
@expand_flags
def download(
    file_id: FileId,
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
    target: DownloadTarget = ".",
) -> None:
    """Download a file that a tool made, and print where it is.

    In a folder it gets the name that it has there. A name that begins with a dot or a dash gets _
    in front, and nothing is overwritten.
    """
    from claude_cli.flow import files
    from claude_cli.ui.notices import Notices

    files.download(file_id, target, connection, Notices(verbosity.level))


@app.command("delete")
@expand_flags
def delete(
    file_ids: Annotated[list[str], typer.Argument(metavar="FILE_ID...", help="Ids: file_…")],
    verbosity: VerbosityFlags,
    connection: ConnectionFlags,
) -> None:
    """Delete files for good."""
    from claude_cli.flow import files
    from claude_cli.ui.notices import Notices

    files.delete(file_ids, connection, Notices(verbosity.level))
