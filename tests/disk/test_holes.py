"""Where a hole begins and ends, and that nobody reads it."""

import os
from pathlib import Path

import pytest

from claude_cli.disk.appendlog import append, read_records
from claude_cli.disk.holes import end_of_hole, start_of_hole

TERABYTE = 1 << 40
"""To read it would take an hour."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A hole between two records."""
    path = tmp_path / "file"
    append(path, [{"n": 1}])
    os.truncate(path, TERABYTE)
    append(path, [{"n": 2}])
    if not hasattr(os, "SEEK_DATA") or path.stat().st_blocks * 512 > TERABYTE // 2:
        pytest.skip("this file system does not tell of holes")
    return path


def test_a_hole_is_found_from_either_side(path: Path) -> None:
    with path.open("rb") as file:
        assert TERABYTE - 65536 < end_of_hole(file, TERABYTE // 2) <= TERABYTE
        assert end_of_hole(file, 3) == 3
        assert start_of_hole(file, TERABYTE + 5) == TERABYTE + 5
        end = TERABYTE // 2
        while (start := start_of_hole(file, end)) < end:
            end = start
        assert 0 < end < 2 * 1024 * 1024


def test_a_hole_may_be_all_of_a_file(path: Path) -> None:
    path.write_bytes(b"")
    os.truncate(path, TERABYTE)
    with path.open("rb") as file:
        assert end_of_hole(file, 0) == TERABYTE
        assert start_of_hole(file, TERABYTE) == 0


def test_records_on_both_sides_of_a_hole_are_read_at_once(path: Path) -> None:
    records = [(line.number, line.value, line.damage) for line in read_records(path)]
    assert records == [(1, {"n": 1}, None), (2, None, "longer than 64 MB"), (3, {"n": 2}, None)]
