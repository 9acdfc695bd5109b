"""Output files are whole or as they were."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_cli.errors import CannotCreate, CannotWrite
from claude_cli.jobs.outfile import check_place, write_file


def test_a_file_is_created_with_the_users_own_mode(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "out", iter(["é\r\n", "b"]))
    finally:
        os.umask(old)
    assert (tmp_path / "out").read_bytes() == "é\r\nb".encode()
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "folder" / "out"
    out.parent.mkdir()
    out.write_text("before")

    def breaking() -> Iterator[str]:
        yield "half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_file(out, breaking())
    assert list(out.parent.iterdir()) == [out]
    assert out.read_text() == "before"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file(Path("/dev/null"), iter(["a"]))
    assert Path("/dev/null").is_char_device()
    with pytest.raises(CannotWrite):
        write_file(Path("/dev/full"), iter(["a"]))


def test_a_place_for_no_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for place in (tmp_path, tmp_path / "missing" / "out", tmp_path / "circle"):
        with pytest.raises(CannotCreate):
            check_place(place)
    check_place(tmp_path / "out")
    check_place(Path("/dev/null"))
