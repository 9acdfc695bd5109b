"""Reading from the end gives the same lines as reading from the start."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.appendlog import append
from claude_cli.errors import InputUnreadable
from claude_cli.session import backwards
from claude_cli.session.backwards import BackwardReader, lines_back


@given(st.lists(st.binary(max_size=9)), st.integers(1, 12))
def test_lines_come_in_reverse_with_their_offsets(lines: list[bytes], block: int) -> None:
    import tempfile

    data = b"\n".join(lines)
    with tempfile.NamedTemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backwards, "_BLOCK", block)
        file.write(data)
        file.flush()
        found = list(lines_back(Path(file.name), len(data)))
    assert [line for _, line in reversed(found)] == data.split(b"\n")
    for offset, line in found:
        assert line is not None and data[offset : offset + len(line)] == line
        assert offset == 0 or data[offset - 1 : offset] == b"\n"


def test_a_line_over_the_limit_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backwards, "LINE_LIMIT", 50)
    monkeypatch.setattr(backwards, "_BLOCK", 16)
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + b"x" * 51 + b"\n" + b"y" * 50 + b"\nlast")
    found = [line for _, line in lines_back(path, path.stat().st_size)]
    assert found == [b"last", b"y" * 50, None, b"first"]


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="the system does not tell of holes")
def test_a_terabyte_that_nobody_wrote_is_told_as_a_damaged_line_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    append(path, [{"n": 1}])
    os.truncate(path, 1 << 40)
    append(path, [{"n": 2}])
    size = path.stat().st_size
    assert [line for _, line in lines_back(path, size)] == [b"", b'{"n":2}', None, b'{"n":1}']
    reader = BackwardReader(path, size)
    assert reader.find_head() is None
    assert reader.damage() == [
        "line 1: not a record of a session; skipped",
        "line 2: longer than 64 MB; skipped",
        "line 3: not a record of a session; skipped",
    ]


def test_a_file_that_became_shorter_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"short")
    with pytest.raises(InputUnreadable):
        list(lines_back(path, 10))
