"""Which tests enter which functions: the suite runs once over a copy of the package that tells it.

Every function of the copy begins with a call that appends its number and the test that is running
to a file, so what a test starts as a program of its own counts, too.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

RECORDER = """\
import os

entered = set()

def enter(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if (test, number) not in entered:
        entered.add((test, number))
        try:
            with open({folder!r} + f"/{{os.getpid()}}.log", "a") as log:
                log.write(f"{{number}} {{test}}\\n")
        except OSError:
            pass  # a full disk is what the test is about
"""
IMPORT = "import sys; sys.path.append({folder!r}); import reach_recorder; sys.path.pop()"


class Function(NamedTuple):
    """A function of the package by its place: path below the root, and the line of its `def`."""

    path: str
    line: int


Definition = ast.FunctionDef | ast.AsyncFunctionDef


def definitions(tree: ast.AST) -> Iterator[Definition]:
    return (n for n in ast.walk(tree) if isinstance(n, Definition))


def tests_of_functions(root: Path, package: str) -> dict[Function, set[str]]:
    """Run the tests of the project in `root`, whose package is changed: give it a copy."""
    folder = root / ".reach"
    folder.mkdir()
    functions: list[Function] = []
    for path in sorted((root / package).rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        for definition in definitions(tree):
            _tell(definition, len(functions))
            functions.append(Function(path.relative_to(root).as_posix(), definition.lineno))
        _import_recorder(tree, folder)
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    (folder / "reach_recorder.py").write_text(RECORDER.format(folder=str(folder)))
    _pytest(root, stdout=sys.stdout)
    known = {*_pytest(root, "--collect-only", "-n0", stdout=subprocess.PIPE).splitlines()}
    return _read(folder, functions, known)


def _pytest(root: Path, *arguments: str, stdout: TextIO | int) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = os.environ | {"PYTHONPATH": str(root)}  # ahead of an editable install
    ran = subprocess.run(command, cwd=root, env=environment, stdout=stdout, text=True, check=False)
    return ran.stdout or ""


def _first_place(body: list[ast.stmt]) -> int:
    """Where a statement may be put in: behind the docstring, and what must come first."""
    place = int(isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant))
    while place < len(body) and isinstance(body[place], ast.ImportFrom):
        place += 1
    return place


def _tell(definition: Definition, number: int) -> None:
    call = ast.parse(f"reach_recorder.enter({number})").body
    place = _first_place(definition.body)
    definition.body[place:place] = call


def _import_recorder(tree: ast.Module, folder: Path) -> None:
    if tree.body:
        place = _first_place(tree.body)
        tree.body[place:place] = ast.parse(IMPORT.format(folder=str(folder))).body


def _read(folder: Path, functions: list[Function], known: set[str]) -> dict[Function, set[str]]:
    """Only tests that are `known` count: some start a pytest of their own."""
    tests: dict[Function, set[str]] = {function: set() for function in functions}
    for log in folder.glob("*.log"):
        for line in log.read_text(encoding="utf-8").splitlines():
            number, _, test = line.partition(" ")
            if test in known and "::" in test:
                tests[functions[int(number)]].add(test)
    return tests
