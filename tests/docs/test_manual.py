"""The man page, as `man` shows it."""

import os
import shutil
import subprocess

import pytest

from tests.command_tree import every_command, flags_of
from tests.docs.manual import roff
from tests.docs.pages import MANUAL


@pytest.fixture(scope="module")
def shown() -> str:
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    ran = subprocess.run(
        ["man", "--warnings", "--local-file", str(MANUAL)],
        env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout


def test_man_shows_every_command_and_flag(shown: str) -> None:
    for name, command in every_command().items():
        assert f"claude-cli {name}" in shown
        assert [p.name for p in flags_of(command) if p.opts[0] not in shown] == []


def test_man_shows_code_and_quotes_as_they_are_typed(shown: str) -> None:
    assert """git diff | claude-cli ask "Write the commit message.\"""" in shown
    assert "'scans/*.pdf'" in shown


def test_no_line_of_text_is_an_order() -> None:
    assert roff(".env") == r"\&.env"
    assert roff("'a-b'\\") == r"\&'a\-b'\e"
