"""Our own files and folders: made private, and nothing else than regular files is opened."""

import contextlib
import errno
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_cli.disk.appendlog import append, read_records
from claude_cli.disk.private_files import (
    Expect,
    make_private_folder,
    open_to_all,
    storage_error,
    sync_folder,
)
from claude_cli.errors import CannotCreate, CannotWrite, ClaudeCliError, InputUnreadable
from tests.refusals import open_descriptors

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log.jsonl"


@pytest.fixture
def umask_000() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@posix
def test_files_are_0600_and_folders_0700_at_creation_whatever_the_umask(
    tmp_path: Path, umask_000: None
) -> None:
    log = tmp_path / "a" / "b" / "log.jsonl"
    append(log, [{}])
    assert (mode(log), mode(log.parent), mode(log.parent.parent)) == (0o600, 0o700, 0o700)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _symlink(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(b"{}\n")
    path.symlink_to(target)


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix, contextlib.chdir(path.parent):
        unix.bind(path.name)  # a longer path does not fit into the address


@posix
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (_fifo, "a named pipe"),
        (Path.mkdir, "a folder"),
        (_symlink, "a symbolic link"),
        (_dangling, "a symbolic link"),
        (_socket, "a socket"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], kind: str
) -> None:
    path = tmp_path / "log.jsonl"
    make(path)
    started = time.monotonic()
    with pytest.raises(CannotCreate, match=f"is {kind}, not a regular file"):
        append(path, [{"n": 1}])
    with pytest.raises(CannotCreate, match=f"is {kind}, not a regular file"):
        list(read_records(path))
    assert time.monotonic() - started < 8
    assert not (tmp_path / "nowhere").exists()
    assert not (tmp_path / "target").exists() or (tmp_path / "target").read_bytes() == b"{}\n"


@posix
@pytest.mark.parametrize("path", [Path("/dev/zero"), Path("/dev/tty")], ids=str)
def test_a_device_is_refused_and_not_opened(path: Path) -> None:
    for use in (lambda: append(path, [{}]), lambda: list(read_records(path))):
        with pytest.raises(CannotCreate, match="is a device, not a regular file"):
            use()


@posix
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: os.mkfifo(path), "is a named pipe"),
        (lambda path: path.symlink_to("moved.jsonl"), os.strerror(errno.ELOOP)),
    ],
    ids=["a pipe", "a link"],
)
def test_what_takes_the_place_of_a_file_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "log.jsonl"
    append(path, [{"n": 1}])
    seen = path.lstat()
    path.rename(tmp_path / "moved.jsonl")
    make(path)
    monkeypatch.setattr(Path, "lstat", lambda self: seen)
    before = open_descriptors()
    for use in (lambda: list(read_records(path)), lambda: append(path, [{"n": 2}])):
        with pytest.raises(ClaudeCliError, match=why):
            use()
    assert open_descriptors() == before
    assert len((tmp_path / "moved.jsonl").read_bytes().splitlines()) == 1


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotCreate, match=r"cannot create .*file: a file is in the way"):
        append(tmp_path / "file" / "log.jsonl", [{}])


TOO_LONG = "x" * 300
"""What no file system takes as a name."""


@pytest.mark.parametrize("expect", ["either", "existing", "new"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, expect: Expect) -> None:
    with pytest.raises(CannotCreate, match="cannot create"):
        append(tmp_path / TOO_LONG, [{}], expect=expect)
    with pytest.raises(CannotCreate, match="cannot create"):
        make_private_folder(tmp_path / TOO_LONG / "below")
    with pytest.raises(InputUnreadable, match="cannot read"):
        list(read_records(tmp_path / TOO_LONG))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_a_disk_without_room_is_another_error_than_a_bad_place(code: int) -> None:
    error = storage_error(Path("log"), OSError(code, os.strerror(code)))
    assert isinstance(error, CannotWrite)
    assert os.strerror(code) in error.message


def test_a_folder_that_another_process_makes_meanwhile_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def twice(path: Path, mode: int) -> None:
        make(path, mode)
        make(path, mode)

    monkeypatch.setattr(os, "mkdir", twice)
    make_private_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_is_gone_is_neither_open_to_all_nor_to_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path / "gone")
    assert open_to_all(tmp_path / "gone" / "file") is None
    tmp_path.chmod(0o777)
    assert open_to_all(tmp_path / "gone" / "file") == tmp_path


@posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotCreate):
        append(tmp_path / "log.jsonl", [{}])
    tmp_path.chmod(0o700)


def test_a_read_only_file_system_is_refused() -> None:
    path = Path("/proc/claude-cli/log.jsonl")
    if not path.parent.parent.is_dir():
        pytest.skip("no /proc")
    with pytest.raises(CannotCreate):
        append(path, [{}])


def test_a_missing_file_is_unreadable(log: Path) -> None:
    with pytest.raises(InputUnreadable):
        list(read_records(log))


def test_a_file_that_should_be_new_is_never_shared(log: Path) -> None:
    append(log, [{"n": 1}], expect="new")
    with pytest.raises(CannotCreate):
        append(log, [{"n": 2}], expect="new")
    assert [line.value for line in read_records(log)] == [{"n": 1}]


def test_a_file_that_should_exist_is_not_made_again(log: Path) -> None:
    with pytest.raises(CannotWrite):
        append(log, [{}], expect="existing")
    assert not log.parent.exists()
