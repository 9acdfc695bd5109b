"""The layers that pyproject.toml draws: every module has its place, and costs start-up no more.

The contract itself is checked by import-linter; here is what a glance at the files can tell.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "claude_cli"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
RUFF = PROJECT["ruff"]["lint"]
CONTRACTS: list[dict[str, Any]] = PROJECT["importlinter"]["contracts"]


def layered(container: str) -> list[str]:
    """The layers of a package, those of one rank one by one; `(name)` may be missing."""
    [contract] = [each for each in CONTRACTS if each.get("containers") == [container]]
    return [name for layer in contract["layers"] for name in re.findall(r"\(?\w+\)?", layer)]


def modules(container: str) -> set[str]:
    """Modules and packages directly below a package."""
    folder = ROOT.joinpath(*container.split("."))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in folder.glob("*/__init__.py")}


def imported_at_once(path: Path) -> Iterator[str]:
    """The modules that are imported as soon as the file is."""
    pending: list[ast.stmt] = [*ast.parse(path.read_bytes()).body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not for_types(node):
            pending += [
                child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)
            ]


def for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def belongs(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


CONTAINERS = pytest.mark.parametrize("container", ["claude_cli", "claude_cli.simulator"])


@CONTAINERS
def test_every_module_is_in_exactly_one_layer(container: str) -> None:
    names = [name.strip("()") for name in layered(container)]
    assert sorted(modules(container) - set(names)) == []
    assert sorted({name for name in names if names.count(name) > 1}) == []


@CONTAINERS
def test_every_layer_that_must_be_there_is(container: str) -> None:
    names = {name for name in layered(container) if "(" not in name}
    assert sorted(names - modules(container)) == []


def test_nothing_slow_is_imported_at_the_top_of_what_every_command_loads() -> None:
    banned = RUFF["flake8-tidy-imports"]["banned-module-level-imports"]
    exempt = [glob for glob, rules in RUFF["per-file-ignores"].items() if "TID253" in rules]
    found = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in PACKAGE.rglob("*.py")
        if not any(fnmatch(str(path.relative_to(ROOT)), glob) for glob in exempt)
        for module in imported_at_once(path)
        if any(belongs(module, package) for package in banned)
    ]
    assert found == []


def test_no_exemption_is_for_a_module_that_is_gone() -> None:
    assert [glob for glob in RUFF["per-file-ignores"] if not any(ROOT.glob(glob))] == []


def test_commands_flags_and_the_entry_are_not_exempt() -> None:
    """They are loaded by every TAB completion."""
    exempt = [glob for glob, rules in RUFF["per-file-ignores"].items() if "TID253" in rules]
    fast = [PACKAGE / "app.py", *PACKAGE.glob("commandline/*.py"), *PACKAGE.glob("commands/*.py")]
    for path in fast:
        assert not any(fnmatch(str(path.relative_to(ROOT)), glob) for glob in exempt), path


HOMES = {
    "azure": "clouds/",
    "botocore": "clouds/",
    "click": "nowhere",
    "docstring_parser": "tools/python_child.py",
    "dotenv": "keys/envfile.py",
    "google": "clouds/",
    "jsonschema": "values/",
    "keyring": "keys/keyring_child.py",
    "pathspec": "content/folders.py",
    "platformdirs": "disk/paths.py",
    "pydantic": "tools/python_child.py",
    "pypdf": "content/pdf_child.py",
    "regex": "values/patterns.py",
}
"""Outside package → who alone may import it, by its name in a text too. An import contract has the
others: those that a whole folder uses."""


@pytest.mark.parametrize("package", HOMES)
def test_an_outside_package_has_one_home(package: str) -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(belongs(module, package) for module in imported_anywhere(path))
    }
    assert {path for path in found if not path.startswith(HOMES[package])} == set()
    assert found or HOMES[package] == "nowhere"


def imported_anywhere(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            texts = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            yield from (text for text in texts if isinstance(text, str))


def test_no_package_re_exports_anything() -> None:
    files = [*PACKAGE.rglob("*/__init__.py"), ROOT / "tests" / "__init__.py"]
    assert [str(path) for path in files if path.read_bytes()] == []


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_between_modules() -> dict[str, set[str]]:
    """Module → the modules of ours that it imports, wherever in the file it does."""
    names = {module_name(path) for path in PACKAGE.rglob("*.py")}
    arrows: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        found = arrows[module_name(path)] = set()
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= whole & names or {node.module} & names
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names} & names
    return arrows


def circles(arrows: dict[str, set[str]]) -> set[str]:
    """The modules that are left when those that import nothing, and so on, are taken away."""
    left = {name: set(targets) for name, targets in arrows.items()}
    while free := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in free}
    return set(left)


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(imports_between_modules()) == set()


MOST_IN_A_FOLDER = 25


def test_no_folder_holds_more_than_one_can_take_in() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    sizes = {
        str(folder.relative_to(ROOT)): sum(1 for path in folder.glob("*.py") if path.stat().st_size)
        for folder in folders
    }
    assert {name: size for name, size in sizes.items() if size > MOST_IN_A_FOLDER} == {}


def test_the_top_of_the_package_has_few_single_modules() -> None:
    assert len([path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]) <= 12
