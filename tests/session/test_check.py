"""Every kind of damage is found, with its line; a sound session has no findings."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.disk.appendlog import encode_line
from claude_cli.errors import InputUnreadable
from claude_cli.session.check import check
from claude_cli.session.store import Store
from tests.session.conversations import PNG, ask, message


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def path(store: Store) -> Path:
    session = store.new({})
    ask(session, "q1", "a1")
    ask(session, [PNG], "a2")
    session.undo()
    session.append_user("q3")
    session.append_answer(message("a3"), status="partial")
    session.compact("Sum up.", message("summary"))
    session.clear()
    session.rename("work")
    assert session.path
    return session.path


def lines_found(store: Store, path: Path) -> list[int]:
    return [finding.line for finding in check(path, store.blobs)]


def rewrite(path: Path, **changes: dict[str, Any]) -> None:
    """Change fields of records; `l2` is the second line."""
    values = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line, fields in changes.items():
        values[int(line[1:]) - 1] |= fields
        del values[int(line[1:]) - 1]["sum"]
    path.write_bytes(b"".join(map(encode_line, values)))


def id_at(path: Path, line: int) -> str:
    return str(json.loads(path.read_bytes().splitlines()[line - 1])["id"])


def test_a_sound_session_has_no_findings(store: Store, path: Path) -> None:
    assert check(path, store.blobs) == []
    assert not path.read_bytes().endswith(b"\n\n")


def test_lines_that_cannot_be_read_are_found(store: Store, path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"torn": \n\0\0\0\n\n[]\n{"no": "record"}\n')
    assert lines_found(store, path) == [12, 13, 15, 16]


def test_a_line_that_was_changed_is_found(store: Store, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"q1", b"q7"))
    assert check(path, store.blobs) == [(2, "changed after it was written")]


def test_a_parent_that_is_missing_is_found(store: Store, path: Path) -> None:
    rewrite(path, l4={"parent": "nobody"})
    (finding,) = check(path, store.blobs)
    assert finding.line == 4 and "nobody" in finding.what


@pytest.mark.parametrize("target", [2, 3, 4, 5])
def test_a_circle_of_parents_is_found_once(store: Store, path: Path, target: int) -> None:
    rewrite(path, l2={"parent": id_at(path, target)})
    (finding,) = check(path, store.blobs)
    assert "circle" in finding.what


def test_an_id_that_comes_twice_is_found(store: Store, path: Path) -> None:
    rewrite(path, l11={"id": id_at(path, 9)})
    assert lines_found(store, path) == [11]


def test_attachments_that_are_missing_or_changed_are_found(store: Store, path: Path) -> None:
    (blob,) = (p for p in store.blobs.folder.rglob("*") if len(p.name) == 64)
    blob.write_bytes(b"changed")
    assert lines_found(store, path) == [4]
    blob.unlink()
    (finding,) = check(path, store.blobs)
    assert finding.line == 4 and blob.name in finding.what
    rewrite(path, l4={"blobs": ["../../etc/passwd", 3]})
    assert lines_found(store, path) == [4, 4]


def test_a_newer_format_is_found(store: Store, path: Path) -> None:
    rewrite(path, l1={"format": 99})
    assert lines_found(store, path) == [1]


def test_a_file_that_is_missing_is_unreadable(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable):
        check(tmp_path / "missing.jsonl", store.blobs)
