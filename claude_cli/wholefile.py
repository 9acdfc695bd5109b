"""Write a file whole or not at all: temporary file in the same folder, fsync, rename."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from claude_cli.appendlog import make_private_folder, storage_error, sync_folder
from claude_cli.errors import CannotWrite


def write_whole(path: Path, data: bytes) -> None:
    """Create or replace the file, 0600, in folders 0700; see `open_whole`."""
    make_private_folder(path.parent)
    with open_whole(path) as file:
        file.write(data)


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, 0600, that takes its place at `path` when the block ends well.

    Raises CannotCreate where the folder takes no file, CannotWrite when the disk is full; what was
    at the path before is then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        fd = os.open(temporary, flags, 0o600)
    except OSError as error:
        raise storage_error(path, error) from error
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(fd)
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
        raise
    sync_folder(path.parent)
