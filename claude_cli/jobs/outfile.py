"""Where the output of a job goes: a file that is written whole or not at all, or a device."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from claude_cli.disk.atomic_file import open_whole
from claude_cli.errors import CannotCreate, CannotWrite


def check_place(path: Path) -> None:
    """Raise CannotCreate where no file can be made at `path`, before there is anything to lose."""
    if path.is_dir():
        raise CannotCreate(f"cannot create {path}: it is a folder")
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise CannotCreate(f"cannot create {path}: its links lead in a circle")
    folder = place.parent
    if not folder.is_dir():
        raise CannotCreate(f"cannot create {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK) and not _is_special(path):
        raise CannotCreate(f"cannot create {path}: its folder cannot be written")


def write_file(path: Path, pieces: Iterable[str]) -> None:
    """Create or replace a file with the text of `pieces`, UTF-8. A device or pipe is written to.

    Raises CannotCreate and CannotWrite; what was at the path before is then still there.
    """
    if _is_special(path):
        _write_through(path, pieces)
        return
    with open_whole(path, mode=0o666, keep_link=True) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))


def _is_special(path: Path) -> bool:
    """Whether the path is something that a rename would destroy: /dev/null, a pipe."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write_through(path: Path, pieces: Iterable[str]) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(pieces)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
