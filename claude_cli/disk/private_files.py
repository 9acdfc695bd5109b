"""Our own files and folders: private, regular, and never reached through a link.

Files are 0600 and folders 0700, whatever the umask. What the user names is read by `inputfile`.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal

from claude_cli.disk.file_kinds import kind_of
from claude_cli.errors import NOT_THERE, CannotCreate, CannotWrite, ClaudeCliError, InputUnreadable

# No link is followed, no FIFO waits for its other end. Python adds O_CLOEXEC by itself.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}

Expect = Literal["either", "existing", "new"]
"""Whether a file has to be there before it is appended to."""


def make_private_folder(path: Path) -> None:
    """Create the folder and its missing parents, each 0700 whatever the umask."""
    if os.path.isdir(path):
        return
    make_private_folder(path.parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not os.path.isdir(path):
            raise CannotCreate(f"cannot create {path}: a file is in the way") from None
    except OSError as error:
        raise storage_error(path, error) from error
    else:
        sync_folder(path.parent)


def open_to_all(path: Path) -> Path | None:
    """The folder of a file, or the one above, if every user may put files there; a sticky one such
    as /tmp lets nobody replace those of others.

    What such a folder holds may be anybody's. Windows keeps the folders of a user to that user.
    """
    for folder in (path.parent, path.parent.parent):
        with suppress(OSError):
            mode = folder.stat().st_mode
            if os.name != "nt" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                return folder
    return None


def sync_folder(path: Path) -> None:
    """Put a new or renamed entry of the folder on disk, where the platform can."""
    if sys.platform != "win32":
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)


def storage_error(path: Path, error: OSError) -> ClaudeCliError:
    """The error to raise for a file or folder that could not be created."""
    if error.errno in _NO_ROOM:
        return CannotWrite(f"cannot write {path}: {error.strerror}")
    return CannotCreate(f"cannot create {path}: {error.strerror}")


@contextmanager
def open_to_read(path: Path) -> Iterator[BinaryIO]:
    """A regular file, open for reading; opening it never blocks.

    Raises InputUnreadable where it cannot be read, now or later, CannotCreate where it is a
    folder, FIFO, device or symbolic link.
    """
    try:
        with os.fdopen(_open_regular(path, os.O_RDONLY), "rb") as file:
            yield file
    except OSError as error:
        raise InputUnreadable(f"cannot read {path}: {error.strerror}") from error


def open_to_append(path: Path, expect: Expect) -> tuple[int, bool]:
    """A descriptor, and whether the file was created for it.

    Raises CannotCreate where the path is no place for a regular file, CannotWrite where the disk
    is full, or where the file was expected and is gone.
    """
    flags = os.O_RDWR | os.O_APPEND
    while True:
        try:
            if expect != "new":
                with suppress(*NOT_THERE):
                    return _open_regular(path, flags), False
            if expect == "existing":
                raise CannotWrite(f"cannot write {path}: the file is gone")
            make_private_folder(path.parent)
            return _open_regular(path, flags | os.O_CREAT | os.O_EXCL), True
        except FileExistsError as error:
            if expect == "new":
                raise storage_error(path, error) from error
        except OSError as error:
            raise storage_error(path, error) from error


def _open_regular(path: Path, flags: int) -> int:
    with suppress(FileNotFoundError):
        _require_regular(path, path.lstat().st_mode)  # first: to open a device can have effects
    fd = os.open(path, flags | _SAFELY, 0o600)
    try:
        _require_regular(path, os.fstat(fd).st_mode)
    except CannotCreate:
        os.close(fd)
        raise
    return fd


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise CannotCreate(f"{path} is {kind_of(mode)}, not a regular file")
