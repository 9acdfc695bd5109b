"""What the API hands out as bytes, brought here: whole or not at all, and never over a file."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from claude_cli.api import files
from claude_cli.api.client import ApiClient
from claude_cli.disk.atomic_file import write_first_free
from claude_cli.errors import ProtocolError, UsageError
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.terminal import describe_stdout


def refuse_terminal(target: str) -> None:
    """Raise UsageError where a download would go to the terminal."""
    if target == "-" and describe_stdout().is_terminal:
        raise UsageError("the file would go to the terminal", hint="redirect stdout: - > FILE")


def bring(pieces: Iterable[bytes], target: str, name: str) -> None:
    """Write a download to a path that is free, or under `name` into a folder, and print the path;
    `-` is stdout. Raises UsageError, before the first piece is asked for, where a file is there."""
    output = open_stdout()
    if target == "-":
        for piece in pieces:
            output.write_bytes(piece)
        return
    path = Path(target) / name if Path(target).is_dir() else Path(target)
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", hint="name another file or folder")
    write_first_free([path], pieces)
    output.write(f"{sanitize_line(str(path))}\n")


def file_content(client: ApiClient, file_id: str, size: object) -> Iterator[bytes]:
    """The bytes of a file of the workspace; `size` is what the API says of their number.

    Raises ProtocolError where they are not as many.
    """
    expected = size if isinstance(size, int) else None
    limit = files.LARGEST_FILE if expected is None else min(expected, files.LARGEST_FILE)
    received = 0
    with files.open_content(client, file_id) as response:
        for piece in response.chunks(limit):
            received += len(piece)
            yield piece
    if expected is not None and received != expected:
        raise ProtocolError(f"{file_id} has {expected:,} bytes, and {received:,} came")
