"""The Files API: upload, list, show, download, delete."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from claude_cli.api.address import segment
from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.api.multipart import FilePart, Progress, form
from claude_cli.api.pages import list_all
from claude_cli.errors import InputError

PATH = "/v1/files"
LARGEST_FILE = 500_000_000
LONGEST_NAME = 255

_UNFIT = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')


def upload(
    client: ApiClient, file: BinaryIO, name: str, size: int, media_type: str, on_progress: Progress
) -> dict[str, Any]:
    """Send a file of `size` bytes and return what the API says of it.

    It is read as it is sent, from its beginning for each try. Raises InputError for a name that
    the API does not take, and for a file that is too large or changes its size meanwhile.
    """
    if not name or len(name) > LONGEST_NAME or _UNFIT.search(name):
        raise InputError(
            f"the API takes no file called {name!r}", hint="--name gives it another name"
        )
    if size > LARGEST_FILE:
        raise InputError(f"{name} is larger than 500 MB")
    part = FilePart("file", name, media_type, size, lambda: _from_the_start(file))
    return client.call("POST", PATH, body=form([part], on_progress))


def list_files(client: ApiClient) -> Iterator[dict[str, Any]]:
    """Yield every file of the workspace, as the API describes it."""
    return list_all(client, PATH)


def show_file(client: ApiClient, file_id: str) -> dict[str, Any]:
    """Return what the API says of one file."""
    return client.call("GET", f"{PATH}/{segment(file_id)}")


def open_content(client: ApiClient, file_id: str) -> ApiResponse:
    """Return the open response with a file's bytes; the API gives only files that tools made."""
    return client.open("GET", f"{PATH}/{segment(file_id)}/content")


def delete_file(client: ApiClient, file_id: str) -> None:
    """Delete a file for good."""
    client.call("DELETE", f"{PATH}/{segment(file_id)}")


def file_name(path: Path) -> str:
    """The name that a file of this path gets: its own, in characters that the API takes."""
    plain = path.name.encode("utf-8", "replace").decode("utf-8")
    return _UNFIT.sub("_", plain)[:LONGEST_NAME]


@contextmanager
def _from_the_start(file: BinaryIO) -> Iterator[BinaryIO]:
    """A file that is open already, as it is sent in each try."""
    file.seek(0)
    yield file
