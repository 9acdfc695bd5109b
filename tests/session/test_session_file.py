"""The file of a session, when a signal comes while it is made."""

from pathlib import Path

import pytest

from claude_cli.disk import appendlog
from claude_cli.session.format import new_name
from claude_cli.session.session_file import SessionFile


def test_a_signal_in_the_first_append_leaves_no_file_and_the_next_one_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    file = SessionFile(tmp_path / "s.jsonl", None)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(appendlog, "sync_folder", interrupted)
        file.append([new_name("one")])
    assert list(tmp_path.glob("*.jsonl")) == []
    file.append([new_name("two")])
    assert [line.damage for line in appendlog.read_records(file.path)] == [None]
