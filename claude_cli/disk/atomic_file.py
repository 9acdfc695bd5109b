"""Write a file whole or not at all: temporary file in the same folder, fsync, rename.

A writer holds the lock of its temporary file, so that one without a lock is known to be what a
killed writer left. It goes when the next file is written in its folder.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from claude_cli.disk.lock import hold, remove_unless_held
from claude_cli.disk.private_files import make_private_folder, storage_error, sync_folder
from claude_cli.errors import CannotWrite, UsageError

_OURS = ".unfinished-claude-cli"
"""How the name of a temporary file ends."""


def write_whole(path: Path, data: bytes, *, by_way_of: Path | None = None) -> None:
    """Create or replace the file, 0600, in folders 0700; see `open_whole`.

    `by_way_of` is the folder for the temporary file, of the same file system: where files go to
    many folders, the next one to any of them removes what a killed writer left.
    """
    make_private_folder(path.parent)
    with _open_beside(path, 0o600, os.replace, by_way_of) as file:
        file.write(data)


@contextmanager
def open_whole(path: Path, *, mode: int = 0o600, keep_link: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write that takes its place at `path` when the block ends well.

    `mode` is subject to the umask. With `keep_link` a symbolic link stays, and what it points to is
    replaced.
    Raises CannotCreate where the folder takes no file, CannotWrite when the disk is full; what was
    at the path before is then still there.
    """
    place = Path(os.path.realpath(path)) if keep_link else path
    with _open_beside(place, mode, os.replace) as file:
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
    target: Path,
    mode: int,
    settle: Callable[[Path, Path], object],
    folder: Path | None = None,
) -> Iterator[BinaryIO]:
    """Give a temporary file in the folder of `target`, or in `folder`; once it is on the disk
    `settle` is handed both paths."""
    begun = os.fsencode(target.name)[:200].decode("utf-8", "ignore")  # a name has 255 bytes
    with _temporary(folder or target.parent, begun, mode, target) as (temporary, fd):
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


@contextmanager
def _temporary(folder: Path, begun: str, mode: int, target: Path) -> Iterator[tuple[Path, int]]:
    """Create a file; give its path, and a descriptor to be closed. Raises as `open_whole`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    _remove_abandoned(folder)
    while True:
        path = folder / f".{begun}.{os.urandom(4).hex()}{_OURS}"
        try:
            fd = os.open(path, flags, mode)
        except OSError as error:
            raise storage_error(target, error) from error
        with hold(fd):
            if os.fstat(fd).st_nlink:
                yield path, fd
                return
        os.close(fd)  # another writer took it for abandoned, before we held its lock


def _remove_abandoned(folder: Path) -> None:
    """Remove the temporary files whose writers are dead, as far as that can be told."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and entry.name.endswith(_OURS):
                with suppress(OSError):
                    remove_unless_held(entry.path)


def write_new(path: str, pieces: Iterable[str]) -> None:
    """Write a file, 0600, whole or not at all. Raises UsageError where one is there already."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", hint="name another file")
    with open_whole(Path(path)) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))
