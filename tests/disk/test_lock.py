"""The lock of a file that exists for it alone; that of a log is in test_appendlog.py."""

from pathlib import Path

import pytest

from claude_cli.disk.lock import LOCK_WAIT, locked
from claude_cli.errors import TemporaryFailure


def test_nobody_waits_longer_than_five_seconds() -> None:
    assert LOCK_WAIT <= 5


def test_the_lock_of_a_lock_file_excludes_others(tmp_path: Path) -> None:
    path = tmp_path / "folder" / ".lock"
    with locked(path), pytest.raises(TemporaryFailure), locked(path, wait=0):
        pass
    with locked(path, wait=0):
        assert path.read_bytes() == b""
