"""The file of an index: who else holds it, and what was changed in it."""

import sqlite3
from pathlib import Path

import pytest

from claude_cli.errors import InputUnreadable, TemporaryFailure
from claude_cli.jobs import index_file
from claude_cli.jobs.index_file import IndexFile

ADD = "INSERT INTO rows (line, custom_id, start, length) VALUES (1, 'r1', 0, 10)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a file that has one row, sealed."""
    file = IndexFile(tmp_path / "index.sqlite", is_new=True)
    file.change(ADD)
    file.commit()
    file.close()
    return tmp_path / "index.sqlite"


def test_a_file_that_another_program_holds_is_not_called_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_file, "PATIENCE", 0.01)
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    file = IndexFile(path, is_new=False)
    with pytest.raises(TemporaryFailure, match=r"index\.sqlite is locked by another program"):
        file.check()
    other.close()
    file.check()
    file.close()


def test_a_cell_that_was_changed_behind_its_seal_is_found(path: Path) -> None:
    other = sqlite3.connect(path)
    columns = {name for _, name, *_ in other.execute("PRAGMA table_info(rows)")}
    for column in columns - {"seen"}:  # a mark of one download, which nothing depends on later
        [(before,)] = other.execute(f"SELECT {column} FROM rows")
        other.execute(f"UPDATE rows SET {column} = 7")
        other.commit()
        file = IndexFile(path, is_new=False)
        with pytest.raises(InputUnreadable, match="is not what was written"):
            file.check()
        other.execute(f"UPDATE rows SET {column} = ?", (before,))
        other.commit()
        file.check()
        file.close()
    other.close()


def test_damage_behind_the_first_row_is_told_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "many.sqlite"
    file = IndexFile(path, is_new=True)
    add = "INSERT INTO rows (line, start, length) VALUES (?, 0, 10)"
    file.change_many(add, ((line,) for line in range(5000)))
    file.commit()
    file.close()
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 4096] = bytes(4096)
    path.write_bytes(raw)
    file = IndexFile(path, is_new=False)
    rows = file.rows("SELECT line FROM rows ORDER BY row")
    assert next(rows) == (0,)
    with pytest.raises(InputUnreadable, match=r"many\.sqlite"):
        list(rows)
    file.close()
