"""What `files` does: the workspace's files, sent from the disk and brought back whole."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from claude_cli.api import files
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.disk import inputfile
from claude_cli.disk.safe_name import safe_name
from claude_cli.errors import InputError, UsageError
from claude_cli.turn.connection import connect
from claude_cli.turn.downloads import bring, file_content, refuse_terminal
from claude_cli.ui.notices import Notices
from claude_cli.ui.progress import Progress
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import Column, Columns, ListFormat, print_record, print_rows
from claude_cli.values import media

COLUMNS: Columns = {
    "id": "FILE",
    "filename": Column("NAME", cut="end"),
    "mime_type": Column("TYPE", spare=2),
    "size_bytes": Column("BYTES", right=True, spare=3),
    "created_at": Column("CREATED", spare=1),
    "downloadable": Column("DOWNLOAD", spare=4),
}


def upload(
    paths: list[str],
    name: str | None,
    media_type: str | None,
    flags: ConnectionFlags,
    notices: Notices,
) -> None:
    """Upload files, one after the other, and print the id of each."""
    if name and len(paths) > 1:
        raise UsageError("--name is for one file")
    output = open_stdout()
    with connect(flags, notices) as client:
        for path in paths:
            found = _upload(client, Path(path), name, media_type, notices)
            output.write(f"{sanitize_line(str(found.get('id')))}\n")


def list_all(format: ListFormat, flags: ConnectionFlags, notices: Notices) -> None:
    """Print the files of the key's workspace."""
    with connect(flags, notices) as client:
        print_rows([*files.list_files(client)], COLUMNS, format)


def show(file_id: str, format: ListFormat, flags: ConnectionFlags, notices: Notices) -> None:
    """Print what the API says of a file."""
    with connect(flags, notices) as client:
        print_record(files.show_file(client, file_id), format)


def download(file_id: str, target: str, flags: ConnectionFlags, notices: Notices) -> None:
    """Bring a file into a folder, or to a path that is free, whole or not at all; `-` is stdout.

    Raises UsageError where a file is in the way, or stdout is a terminal, and ProtocolError where
    the bytes are not as many as the API said.
    """
    refuse_terminal(target)
    with connect(flags, notices) as client:
        facts = files.show_file(client, file_id)
        pieces = file_content(client, file_id, facts.get("size_bytes"))
        bring(pieces, target, safe_name(facts.get("filename"), file_id))


def delete(ids: list[str], flags: ConnectionFlags, notices: Notices) -> None:
    """Delete files for good."""
    with connect(flags, notices) as client:
        for file_id in ids:
            files.delete_file(client, file_id)


def _upload(
    client: ApiClient, path: Path, name: str | None, media_type: str | None, notices: Notices
) -> dict[str, Any]:
    with inputfile.open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise InputError(f"{inputfile.escaped(str(path))} is empty")
        kind = media_type or media.detect(file.read(1024)) or _kind_of(path)
        progress = Progress(notices, size)
        try:
            tell = partial(progress.show, what=f"bytes of {path.name} sent")
            return files.upload(client, file, name or files.file_name(path), size, kind, tell)
        finally:
            progress.close()


def _kind_of(path: Path) -> str:
    from mimetypes import guess_type

    return guess_type(path.name)[0] or "application/octet-stream"
