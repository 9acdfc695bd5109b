"""The reference names every variable that is read, every folder, and every file that is made."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from claude_cli.disk import paths
from tests.conftest import CANARY, Run
from tests.docs.module_map import PACKAGE
from tests.docs.reference import environment_tables
from tests.docs.surroundings import FILES, FOLDERS, platform_variables

OURS = re.compile(
    r"(ANTHROPIC|CLAUDE_C|AWS|GOOGLE|GCLOUD|CLOUD_ML|AZURE|SSL|HTTPS?_PROXY)_?[A-Z_]*"
)


def literals(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_variable_that_the_package_names_is_in_the_reference() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if "simulator" not in path.parts]
    named = {text for path in modules for text in literals(path) if OURS.fullmatch(text)}
    text = environment_tables()
    families = tuple(re.findall(r"`(\w+_)…`", text))
    assert {name for name in named if name not in text and not name.startswith(families)} == set()


@pytest.mark.parametrize("column, system", [(0, Unix), (1, MacOS)])
def test_the_folders_are_those_of_the_platform(
    column: int, system: type[Unix] | type[MacOS], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    dirs = system(paths.APP, appauthor=False)
    found = {
        "config": dirs.user_config_dir,
        "data": dirs.user_data_dir,
        "state": dirs.user_state_dir,
        "cache": dirs.user_cache_dir,
    }
    said = {kind: places[column] for kind, places in FOLDERS.items()}
    assert {kind: f"~{path.removeprefix('/home/somebody')}" for kind, path in found.items()} == said


def test_every_file_that_the_program_makes_is_in_the_reference(
    run: Run, monkeypatch: pytest.MonkeyPatch, simulator: object
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    Path("rows.csv").write_text("text\ngood\n")
    Path("a.txt").write_text("text")
    run("ask", "-a", "a.txt", "hi")
    run("ask", "--simulate", "hi")
    run("auth", "login", "--store", "file", "--no-check", stdin=f"{CANARY}\n".encode())
    run("config", "set", "model", "haiku")
    run("ask", "--save", "brief", "-m", "haiku", "{input}")
    run("batch", "run", "rows.csv", "{text}", "--poll", "0.01")
    run("models", "list")
    run("sessions", "list")
    home = paths.config_dir().parent
    made = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    patterns = [pattern(kind, path) for kind, path in FILES]
    assert len(made) > 8
    assert [path for path in sorted(made) if not any(p.match(path) for p in patterns)] == []


def pattern(kind: str, path: str) -> re.Pattern[str]:
    """A folder has all that is in it; `…` and words in capitals stand for anything."""
    escaped = re.sub(r"…|[A-Z]{2,}", "[^/]+", re.escape(path))
    return re.compile(f"{kind}/{escaped}" + (".*" if path.endswith("/") else "$"))


def test_a_platform_says_what_each_of_its_variables_means() -> None:
    assert all(platform_variables().values())
