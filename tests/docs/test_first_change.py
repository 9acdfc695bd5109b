"""The first change that CONTRIBUTING walks through is true: red before it, green after it."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, fenced

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHAT = "claude_cli/flow/chat"
IMPORTS = (
    "from claude_cli.simulator.server.server import Simulator\nfrom tests.conftest import Run\n"
)


def test_the_first_change_is_red_before_and_green_after(tmp_path: Path) -> None:
    test, function, row = fenced(CONTRIBUTING, "python")
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "claude_cli", tmp_path / "claude_cli", ignore=without_caches)
    (tmp_path / "tests").mkdir()
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    (tmp_path / "tests" / "test_words.py").write_text(f"{IMPORTS}\n\n{test}")
    assert run_tests(tmp_path) == 1
    commands = tmp_path / CHAT / "answer_commands.py"
    commands.write_text(f"{commands.read_text()}\n\n{function}")
    table = tmp_path / CHAT / "slash_commands.py"
    start = "SLASH_COMMANDS = {\n"
    assert table.read_text().count(start) == 1
    table.write_text(table.read_text().replace(start, start + row))
    assert run_tests(tmp_path) == 0


def run_tests(folder: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode
