"""The append-only JSONL file that sessions, batch jobs and the spending ledger share.

An append locks the file, writes whole lines in one go and takes them back on any error: neither
another process nor a kill at any moment leaves more than one torn line at the end, and the next
append starts a new one. Reading takes no lock and skips what is damaged.
"""

import errno
import json
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from claude_cli.errors import (
    CannotCreate,
    CannotWrite,
    ClaudeCliError,
    InputError,
    InputUnreadable,
    TemporaryFailure,
)

LOCK_WAIT = 5.0
"""Seconds that an append waits for another process."""

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of the longest line that is read or written: twice what the API takes as a request."""

# No link is followed, no FIFO waits for its other end. Python adds O_CLOEXEC by itself.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
_OTHER_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}
_decode = json.JSONDecoder().decode


class Span(NamedTuple):
    """Where an append landed: the size of the file before and after it, in bytes."""

    start: int
    end: int


class Line(NamedTuple):
    """A line as a record. `damage` says what is wrong with it; `value` is what is still legible."""

    number: int
    value: dict[str, Any] | None
    damage: str | None


def append(
    path: Path,
    records: Iterable[Mapping[str, Any]],
    *,
    expect: Literal["either", "existing", "new"] = "either",
    wait: float = LOCK_WAIT,
) -> Span:
    """Write each record as a line at the end of the file; all are on disk, or after an error none.

    `expect` says whether the file has to be there before. Raises TemporaryFailure when the lock
    is not free within `wait` seconds, CannotCreate where the path is no place for a regular file,
    CannotWrite when the disk refuses, InputError for a record over LINE_LIMIT.
    """
    payload = b"".join(map(encode_line, records))
    deadline = time.monotonic() + wait
    while True:
        fd, created = _open_to_append(path, expect)
        try:
            with _lock(fd, path, deadline):
                # Somebody may have deleted the file while this process waited for the lock.
                if os.fstat(fd).st_nlink:
                    return _write_at_end(fd, path, payload, created)
        finally:
            os.close(fd)


@contextmanager
def locked(path: Path, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold the lock of a file that exists for this purpose alone; it is created and stays."""
    fd, _ = _open_to_append(path, "either")
    try:
        with _lock(fd, path, time.monotonic() + wait):
            yield
    finally:
        os.close(fd)


def read_records(path: Path) -> Iterator[Line]:
    """Yield every line that is not blank, in order; one that is damaged never ends the reading.

    Raises InputUnreadable where the file is missing or denied, CannotCreate where it is no
    regular file. Memory is bounded by LINE_LIMIT, whatever the size of the file.
    """
    for number, data in read_lines(path):
        value, damage = decode_line(data)
        if value is not None or damage:
            yield Line(number, value, damage)


def read_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield number and bytes of each line, without its newline; None for one over LINE_LIMIT.

    Raises what `read_records` raises.
    """
    with open_to_read(path) as file:
        number = 0
        while data := file.readline(LINE_LIMIT + 1):
            number += 1
            if len(data) > LINE_LIMIT and not data.endswith(b"\n"):
                yield number, None
                while data and not data.endswith(b"\n"):
                    data = file.readline(LINE_LIMIT)
            else:
                yield number, data.rstrip(b"\n")


def encode_line(record: Mapping[str, Any]) -> bytes:
    """The record as a line: compact JSON in UTF-8, keys in their order, then a newline.

    A lone surrogate, which JSON can carry and UTF-8 cannot, becomes U+FFFD.
    """
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    try:
        line = text.encode()
    except UnicodeEncodeError:
        line = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if len(line) >= LINE_LIMIT:
        raise InputError(f"a record of {len(line) >> 20} MB is too long to be kept")
    return line + b"\n"


def decode_line(data: bytes | None) -> tuple[dict[str, Any] | None, str | None]:
    """The object on a line, and what is wrong with the line; (None, None) for a blank one."""
    if data is None:
        return None, f"longer than {LINE_LIMIT >> 20} MB"
    try:
        value = _decode(data.decode())
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except (ValueError, RecursionError):
        return _decode_damaged(data)
    return (value, None) if isinstance(value, dict) else (None, "not a JSON object")


def _decode_damaged(data: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """A crash can leave a run of NUL in front of a record that was appended later."""
    if not data.strip():
        return None, None
    legible = data.strip(b"\0")
    if legible != data:
        return (decode_line(legible)[0] if legible else None), "NUL bytes"
    return None, "torn, or not JSON"


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


def _open_to_append(path: Path, expect: Literal["either", "existing", "new"]) -> tuple[int, bool]:
    """A descriptor, and whether the file was created for it."""
    flags = os.O_RDWR | os.O_APPEND
    while True:
        try:
            if expect != "new":
                with suppress(FileNotFoundError):
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
        kind = next((kind for is_kind, kind in _OTHER_KINDS if is_kind(mode)), "something else")
        raise CannotCreate(f"{path} is {kind}, not a regular file")


def _write_at_end(fd: int, path: Path, payload: bytes, created: bool) -> Span:
    size = os.fstat(fd).st_size
    try:
        _write_whole(fd, payload if _ends_in_newline(fd, size) else b"\n" + payload)
        getattr(os, "fdatasync", os.fsync)(fd)
    except BaseException as error:
        with suppress(OSError):
            os.ftruncate(fd, size)
            if created:
                path.unlink()
        if isinstance(error, OSError):
            raise CannotWrite(f"cannot write {path}: {error.strerror}") from error
        raise
    if created:
        sync_folder(path.parent)
    return Span(size, os.fstat(fd).st_size)


def _ends_in_newline(fd: int, size: int) -> bool:
    if size == 0:
        return True
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1) == b"\n"


def _write_whole(fd: int, payload: bytes) -> None:
    """One write. A short one means a full disk or a size limit: the next write says which."""
    rest = memoryview(payload)
    while rest:
        rest = rest[os.write(fd, rest) :]


@contextmanager
def _lock(fd: int, path: Path, deadline: float) -> Iterator[None]:
    pause = 0.001
    while not _try_lock(fd, path):
        if time.monotonic() >= deadline:
            raise TemporaryFailure(
                f"{path} is locked by another process", hint="try again when it has finished"
            )
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            _platform_lock(fd, False)


def _try_lock(fd: int, path: Path) -> bool:
    """Take the lock; False while somebody else has it. The system frees it when a process dies."""
    try:
        _platform_lock(fd, True)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise CannotWrite(
            f"cannot lock {path}: {error.strerror}",
            hint="set CLAUDE_CLI_HOME to a folder on a file system that has locks",
        ) from error
    return True


def _platform_lock(fd: int, take: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Windows locks bytes, also against reading: one that no log ever reaches.
        os.lseek(fd, 0x7FFF0000, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK if take else msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB if take else fcntl.LOCK_UN)
