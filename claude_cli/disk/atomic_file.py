"""Write a file whole or not at all: temporary file in the same folder, fsync, rename."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from claude_cli.disk.private_files import make_private_folder, storage_error, sync_folder
from claude_cli.errors import CannotWrite, UsageError


def write_whole(path: Path, data: bytes) -> None:
    """Create or replace the file, 0600, in folders 0700; see `open_whole`."""
    make_private_folder(path.parent)
    with open_whole(path) as file:
        file.write(data)


@contextmanager
def open_whole(
    path: Path, *, mode: int = 0o600, keep_link: bool = False, writer: str = ""
) -> Iterator[BinaryIO]:
    """Give a file to write that takes its place at `path` when the block ends well.

    `mode` is subject to the umask. With `keep_link` a symbolic link stays, and what it points to is
    replaced. A `writer`, one at a time, removes what it left at its last call when it was killed.
    Raises CannotCreate where the folder takes no file, CannotWrite when the disk is full; what was
    at the path before is then still there.
    """
    with _open_beside(path.resolve() if keep_link else path, mode, os.replace, writer) as file:
        yield file


def write_first_free(paths: Iterable[Path], pieces: Iterable[bytes]) -> Path:
    """Write a file, 0600, to the first of `paths`, all in one folder, that is free once all of it
    is there; return that path. Raises UsageError where none is, and as `open_whole`."""
    candidates = iter(paths)
    first = next(candidates)
    taken: list[Path] = []

    def settle(temporary: Path, target: Path) -> None:
        for path in chain([first], candidates):
            if _take_free_place(temporary, path):
                taken.append(path)
                return
        raise UsageError(f"{first} is there already", hint="name another file or folder")

    with _open_beside(first, 0o600, settle) as file:
        file.writelines(pieces)
    return taken[0]


def _take_free_place(temporary: Path, target: Path) -> bool:
    """Move a file to where none is; False where one is."""
    try:
        os.link(temporary, target)
    except OSError:  # there is one, or the file system has no links
        if os.path.lexists(target):
            return False
        os.replace(temporary, target)
        return True
    temporary.unlink()
    return True


@contextmanager
def _open_beside(
    target: Path, mode: int, settle: Callable[[Path, Path], object], writer: str = ""
) -> Iterator[BinaryIO]:
    """Give a temporary file in the folder of `target`; once it is on the disk `settle` is handed
    both paths."""
    begun = os.fsencode(target.name)[:200].decode("utf-8", "ignore")  # a name has 255 bytes
    temporary = target.with_name(f".{begun}.{writer or os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        if writer:
            temporary.unlink(missing_ok=True)
        fd = os.open(temporary, flags, mode)
    except OSError as error:
        raise storage_error(target, error) from error
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(fd)
        settle(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise CannotWrite(f"cannot write {target}: {error.strerror}") from error
        raise
    sync_folder(target.parent)


def write_new(path: str, pieces: Iterable[str]) -> None:
    """Write a file, 0600, whole or not at all. Raises UsageError where one is there already."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", hint="name another file")
    with open_whole(Path(path)) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))
