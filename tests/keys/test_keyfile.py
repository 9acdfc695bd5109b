"""The key file is for its owner alone."""

import os
from pathlib import Path

import pytest

from claude_cli.errors import CannotCreate, CannotWrite, ConfigError
from claude_cli.keys.keyfile import delete_key_file, read_key_file, write_key_file


def test_a_key_comes_back_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "config" / "key"
    write_key_file(path, "sk-1")
    assert read_key_file(path) == "sk-1"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(path.parent).st_mode & 0o777 == 0o700


def test_a_missing_file_is_no_key(tmp_path: Path) -> None:
    assert read_key_file(tmp_path / "key") is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    write_key_file(path, "sk-secret")
    path.chmod(mode)
    with pytest.raises(ConfigError, match="others can read") as caught:
        read_key_file(path)
    assert "chmod 600" in str(caught.value.hint)
    assert "sk-secret" not in caught.value.message


def test_what_is_no_key_file_is_refused(tmp_path: Path) -> None:
    write_key_file(tmp_path / "longest", "x" * 4095)
    assert read_key_file(tmp_path / "longest") == "x" * 4095
    (tmp_path / "long").write_text("x" * 4096 + "\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("long", "bytes"):
        (tmp_path / name).chmod(0o600)
        with pytest.raises(ConfigError):
            read_key_file(tmp_path / name)
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="a folder"):
        read_key_file(tmp_path / "folder")


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotCreate):
        write_key_file(tmp_path / "file" / "key", "sk-1")


def test_a_path_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*: File name too long"):
        read_key_file(tmp_path / ("x" * 300))


def test_a_key_that_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"cannot delete .*: "):
        delete_key_file(tmp_path)


def test_deleting_tells_whether_there_was_a_key(tmp_path: Path) -> None:
    write_key_file(tmp_path / "key", "sk-1")
    assert delete_key_file(tmp_path / "key")
    assert not delete_key_file(tmp_path / "key")
