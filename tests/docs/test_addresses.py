"""A release knows its repository: no link of its page on PyPI leads nowhere."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.docs.pages import README, ROOT

HERE = "https://github.com/somebody/claude-cli"


def test_a_release_has_addresses_and_absolute_links(tmp_path: Path) -> None:
    for path in (README, ROOT / "pyproject.toml"):
        shutil.copy(path, tmp_path)
    command = [sys.executable, str(ROOT / ".github" / "addresses.py"), HERE, "v1.0"]
    subprocess.run(command, cwd=tmp_path, check=True)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    assert project["urls"]["Issues"] == f"{HERE}/issues"
    assert project["scripts"] == {"claude-cli": "claude_cli.__main__:main"}
    text = (tmp_path / "README.md").read_text()
    assert re.findall(r"\]\((?!https:|#)[^)]*\)", text) == []
    assert f"]({HERE}/raw/v1.0/.github/live-view.svg)" in text
    assert f"]({HERE}/blob/v1.0/docs/batch.md)" in text
