"""The lock of a file that exists for it alone; that of a log is in test_appendlog.py."""

import os
import time
from pathlib import Path

import pytest

from claude_cli.disk.lock import LOCK_WAIT, lock, locked
from claude_cli.errors import CannotWrite, TemporaryFailure
from tests.refusals import no_locks


def test_nobody_waits_longer_than_five_seconds() -> None:
    assert LOCK_WAIT <= 5


def test_the_lock_of_a_lock_file_excludes_others(tmp_path: Path) -> None:
    path = tmp_path / "folder" / ".lock"
    with locked(path), pytest.raises(TemporaryFailure), locked(path, wait=0):
        pass
    with locked(path, wait=0):
        assert path.read_bytes() == b""


def test_a_file_system_without_locks_is_told_with_the_way_out(tmp_path: Path) -> None:
    refused = pytest.raises(CannotWrite, match=r"cannot lock .*\.lock: ")
    with no_locks(), refused as caught, locked(tmp_path / ".lock"):
        raise AssertionError("it is not held")
    assert "CLAUDE_CLI_HOME" in str(caught.value.hint)


def test_a_file_that_was_closed_meanwhile_is_no_longer_locked(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    with lock(fd, path, time.monotonic()):
        os.close(fd)
    with locked(path, wait=0):
        pass
