"""Prompts of earlier chats, by the bytes that a terminal sends."""

import json
import os
from pathlib import Path

import pytest

from claude_cli.ui.editor.history import LONGEST_REMEMBERED
from tests.ui.editor.keys import (
    ALT_ENTER,
    ENTER,
    UP,
    pasted,
    type_keys,
)


def test_the_history_outlives_the_chat_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "prompt-history"
    before = os.umask(0)
    try:
        type_keys(
            "one" + ALT_ENTER + "two" + ENTER, "\x1b[200~three\x1b[201~" + ENTER, history=file
        )
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert type_keys(UP + UP + ENTER, history=file) == ["one\ntwo"]


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    type_keys("one" + ENTER, history=None)
    assert list(tmp_path.rglob("*history*")) == []


@pytest.mark.parametrize(
    "content", [b"\0\0\0", b"not json\n", b'{"prompt": 1}\n[]\n', b'{"prompt": "x"', b"\xff\n"]
)
def test_a_damaged_history_does_no_harm(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "prompt-history"
    file.write_bytes(b'{"prompt": "before"}\n' + content)
    assert type_keys(UP + ENTER, history=file) == ["before"]
    assert type_keys("after" + ENTER, history=file) == ["after"]
    assert json.loads(file.read_bytes().splitlines()[-1]) == {"prompt": "after"}


def test_a_history_that_cannot_be_kept_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    assert type_keys("x" + ENTER, history=tmp_path / "in-the-way" / "history") == ["x"]
    (tmp_path / "link").symlink_to("elsewhere")
    assert type_keys("x" + ENTER, history=tmp_path / "link") == ["x"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_prompt_that_is_huge_stays_out_of_the_history(tmp_path: Path) -> None:
    file = tmp_path / "prompt-history"
    text = "x" * (LONGEST_REMEMBERED + 1)
    assert type_keys(pasted(text) + ENTER, history=file) == [text]
    assert not file.exists()
