"""What `files` does: the workspace's files, sent from the disk and brought back whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from claude_cli.api import files
from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import open_whole
from claude_cli.errors import InputError, UsageError
from claude_cli.turn.connection import connect
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


class FileBox:
    """The files of the key's workspace."""

    def __init__(self, flags: ConnectionFlags, notices: Notices) -> None:
        self._flags = flags
        self._notices = notices

    def upload(self, paths: list[str], name: str | None, media_type: str | None) -> None:
        """Upload files, one after the other, and print the id of each."""
        if name and len(paths) > 1:
            raise UsageError("--name is for one file")
        output = open_stdout()
        with self._client() as client:
            for path in paths:
                found = self._upload(client, Path(path), name, media_type)
                output.write(f"{sanitize_line(str(found.get('id')))}\n")

    def list_all(self, format: ListFormat) -> None:
        with self._client() as client:
            print_rows([*files.list_files(client)], COLUMNS, format)

    def show(self, file_id: str, format: ListFormat) -> None:
        with self._client() as client:
            print_record(files.show_file(client, file_id), format)

    def download(self, file_id: str, target: str) -> None:
        """Bring a file into a folder, or to a path that is free: whole or not at all."""
        with self._client() as client:
            told = files.show_file(client, file_id)
            path = _place(Path(target), told)
            with files.open_content(client, file_id) as response, open_whole(path) as file:
                for chunk in response.chunks():
                    file.write(chunk)
        open_stdout().write(f"{sanitize_line(str(path))}\n")

    def delete(self, ids: list[str]) -> None:
        with self._client() as client:
            for file_id in ids:
                files.delete_file(client, file_id)

    @contextmanager
    def _client(self) -> Iterator[ApiClient]:
        with connect(self._flags, self._notices) as client:
            yield client

    def _upload(
        self, client: ApiClient, path: Path, name: str | None, media_type: str | None
    ) -> dict[str, Any]:
        with inputfile.open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise InputError(f"{inputfile.escaped(str(path))} is empty")
            kind = media_type or media.detect(file.read(1024)) or _kind_of(path)
            progress = Progress(self._notices, size)
            try:
                told = partial(progress.show, what=f"bytes of {path.name} sent")
                return files.upload(client, file, name or files.file_name(path), size, kind, told)
            finally:
                progress.close()


def _kind_of(path: Path) -> str:
    from mimetypes import guess_type

    return guess_type(path.name)[0] or "application/octet-stream"


def _place(target: Path, told: dict[str, Any]) -> Path:
    """Where a download goes: never over a file, never out of the folder that was chosen."""
    if target.is_dir():
        target = target / (files.file_name(Path(str(told.get("filename")))) or "download")
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already", hint="name another file or folder")
    return target
