"""A file is written whole or not at all."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.disk.atomic_file import open_whole, write_first_free, write_whole
from claude_cli.errors import CannotCreate, CannotWrite, UsageError
from tests.refusals import full_beyond, no_locks


def test_a_file_is_replaced_privately_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["n" * 255, "語" * 85, "é" * 127], ids=len)
def test_a_file_may_have_the_longest_name_there_is(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"


def test_a_disk_that_refuses_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with full_beyond(10), pytest.raises(CannotWrite):
        write_whole(path, b"x" * 11)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["file"]


def test_a_place_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotCreate):
        write_whole(tmp_path / "file" / "below", b"")
    with pytest.raises(CannotCreate), open_whole(tmp_path / "file" / "below"):
        raise AssertionError("it is not open")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite, match=r"cannot write .*folder: "):
        write_whole(tmp_path / "folder", b"")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder", "work"]


def test_a_folder_that_is_removed_meanwhile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    with pytest.raises(CannotWrite, match=r"cannot write .*file: "), open_whole(path):
        shutil.rmtree(path.parent)
    assert not path.parent.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from claude_cli.disk.atomic_file import open_whole

with open_whole(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_goes_when_another_file_is_written_there(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_whole(folder / "old", b"old")
    others = [folder / ".old.unfinished", folder / "unfinished-claude-cli"]
    for other in others:
        other.touch()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder / "old")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(folder.iterdir())) == 4
    with open_whole(folder / "new") as at_work:  # and no more than what is abandoned
        at_work.write(b"new")
        write_whole(folder / "other", b"other")
        assert len(list(folder.iterdir())) == 5
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["old", "new", "other", *(other.name for other in others)]
    )
    assert (folder / "old").read_bytes() == b"old"


def test_files_that_are_written_at_once_in_a_folder_are_all_whole(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from claude_cli.disk.atomic_file import write_whole
for number in range(300):
    write_whole(Path(sys.argv[1]), sys.argv[1].encode() * 100)
"""
    paths = [tmp_path / "folder" / name for name in "aabc"]
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for path in paths]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert sorted((tmp_path / "folder").iterdir()) == sorted({*paths})
    assert all(path.read_bytes() == str(path).encode() * 100 for path in paths)


def test_without_locks_files_are_written_and_nothing_is_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", KILLED, str(folder / "old")], check=False)
    with no_locks():
        write_whole(folder / "new", b"new")
    assert len(list(folder.iterdir())) == 2


def test_a_new_file_takes_the_first_name_that_is_free(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    paths = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    assert write_first_free(paths, [b"n", b"ew"]) == tmp_path / "b"
    assert [p.read_bytes() for p in paths[:2]] == [b"old", b"new"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a", "b"]
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600


def test_a_file_that_came_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"

    def pieces() -> Iterator[bytes]:
        yield b"new"
        path.write_bytes(b"meanwhile")

    with pytest.raises(UsageError, match="is there already"):
        write_first_free([path], pieces())
    monkeypatch.setattr(os, "link", no_links)
    path.unlink()
    with pytest.raises(UsageError, match="is there already"):
        write_first_free([path], pieces())
    assert path.read_bytes() == b"meanwhile"
    path.unlink()
    assert write_first_free([path], [b"new"]).read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a"]


def no_links(source: Path, target: Path) -> None:
    raise PermissionError(1, "Operation not permitted")
