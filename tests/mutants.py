"""Random mutants of the package, and whether a test notices: `python -m tests.mutants --count 60`.

Each mutant changes one operator, constant, condition or statement in a copy of the project. Of the
tests that enter the changed function those that mirror its file run first, then those of its
folder, then the others; for what runs while a module is loaded that is any function of the module.
What is left alive is printed as a diff: either it changes nothing that anybody can see, or a test
is missing. So is one whose tests do not end in time: it hangs, or the machine is busy.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from tests.reach import Function, definitions, tests_of_functions

ROOT = Path(__file__).parents[1]
PACKAGE = "claude_cli"
SECONDS = 600
"""The longest run of pytest for a mutant."""

Verdict = Literal["noticed", "timed out", "ALIVE"]

SWAPPED: dict[type[ast.AST], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
}
"""Operator → the one that takes its place."""


class Mutant(NamedTuple):
    """One change of one file, from byte `start` to `end`; `function` is the one that holds it."""

    path: Path
    start: int
    end: int
    text: str
    function: Function | None

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a file."""
    source = path.read_bytes()
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))

    def span(node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            lines[node.lineno - 1] + node.col_offset,
            lines[node.end_lineno - 1] + node.end_col_offset,
        )

    tree = ast.parse(source)
    within = _functions_of(tree, path.relative_to(ROOT).as_posix())
    for node in ast.walk(tree):
        for old, new in _changes(node):
            yield Mutant(path, *span(old), new, within.get(old))


def _functions_of(tree: ast.Module, path: str) -> dict[ast.AST, Function]:
    """Each node in the body of a function → that function, the innermost one."""
    within: dict[ast.AST, Function] = {}
    for definition in definitions(tree):  # outer ones first
        for statement in definition.body:
            within |= dict.fromkeys(ast.walk(statement), Function(path, definition.lineno))
    return within


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield the nodes that may be replaced below `node`, each with the text that replaces it."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield node, f"({left} {SWAPPED[type(node.ops[0])]} {right})"
    elif isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield node, "(" + other.join(f"({ast.unparse(value)})" for value in node.values) + ")"
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
        left, right = ast.unparse(node.left), ast.unparse(node.right)
        yield node, f"({left} {SWAPPED[type(node.op)]} {right})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield node, str(not node.value if isinstance(node.value, bool) else node.value + 1)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_nothing(node.value):
        yield node, "return None"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield node, "pass"


def _is_nothing(value: ast.expr) -> bool:
    """Whether it is None already, or false as None is."""
    return isinstance(value, ast.Constant) and not value.value


def is_code(mutant: Mutant) -> bool:
    """Whether the mutant still compiles."""
    try:
        compile(mutant.apply(mutant.path.read_bytes()), str(mutant.path), "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def nearest_tests(mutant: Mutant, reach: dict[Function, set[str]]) -> Iterator[list[str]]:
    """Yield what is worth a run of pytest, the nearest tests first: ids, or options."""
    inside = mutant.path.relative_to(ROOT / PACKAGE)
    mirrored = f"tests/{(inside.parent / f'test_{inside.stem}.py').as_posix()}"
    folder = f"tests/{inside.parent.as_posix()}/" if inside.parent.parts else mirrored
    path = mutant.path.relative_to(ROOT).as_posix()
    entered = [
        tests
        for function, tests in reach.items()
        if function == mutant.function or (mutant.function is None and function.path == path)
    ]
    tests = sorted(set().union(*entered))
    if not entered:  # a module of constants
        tests = [place for place in dict.fromkeys((mirrored, folder)) if (ROOT / place).exists()]
    first = [test for test in tests if test.startswith(mirrored)]
    beside = [test for test in tests if test.startswith(folder) and test not in {*first}]
    yield ["-n0", *first]
    yield ["-n0", *beside]
    yield [test for test in tests if test not in {*first, *beside}]


def is_noticed(mutant: Mutant, root: Path, reach: dict[Function, set[str]]) -> bool:
    """Whether a test fails on the project in `root`, in which the mutant is; on a busy machine one
    may fail for nothing, so it must fail twice. Raises TimeoutExpired."""
    for arguments in nearest_tests(mutant, reach):
        if not any(argument.startswith("tests") for argument in arguments):
            continue
        for _ in range(2):
            failed = _failed(root, arguments)
            if failed == []:
                break
            if failed is None or _failed(root, ["-n0", *failed]) != []:
                return True
    return False


def _failed(root: Path, arguments: list[str]) -> list[str] | None:
    """The test functions that fail first, one a worker; None where pytest names none.
    Raises TimeoutExpired."""
    chosen = root / ".chosen"
    chosen.write_text("\n".join(arguments), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", f"@{chosen}"]
    environment = os.environ | {"PYTHONPATH": str(root)}  # ahead of an editable install
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each test starts the program
    ran = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    if "ERROR: not found: " in ran.stderr:
        sys.exit(ran.stderr)
    if ran.returncode in (0, 5):
        return []
    return re.findall(r"^(?:FAILED|ERROR) ([^\s:]+::\w+)", ran.stdout, re.M) or None


def difference(mutant: Mutant, source: bytes) -> str:
    before, after = (text.decode().splitlines() for text in (source, mutant.apply(source)))
    name = str(mutant.path.relative_to(ROOT))
    return "\n".join(difflib.unified_diff(before, after, name, name, lineterm="", n=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the path of the files to change")
    parser.add_argument(
        "--reach", type=Path, help="a file that keeps what tests enter, for as long as it is true"
    )
    options = parser.parse_args()
    chance = random.Random(options.seed)
    files = sorted(p for p in (ROOT / PACKAGE).rglob("*.py") if options.only in str(p))
    chosen = [m for m in chance.sample([*_all(files)], options.count * 2) if is_code(m)]
    with tempfile.TemporaryDirectory() as folder:
        reach = _reach(Path(folder, "reach"), options.reach)
        root = _copy(Path(folder, "project"))
        verdicts = Counter(_tried(m, root, reach) for m in chosen[: options.count])
    told = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in get_args(Verdict))
    print(f"seed {options.seed}: of {options.count} mutants {told}")


def _reach(folder: Path, kept: Path | None) -> dict[Function, set[str]]:
    """Which tests enter which function: as `kept` says where it is of these sources, else by a run
    of the whole suite."""
    sources = _digest()
    if kept and kept.exists():
        of, *rows = json.loads(kept.read_text())
        if of == sources:
            return {Function(path, line): {*tests} for path, line, *tests in rows}
    reach = tests_of_functions(_copy(folder), PACKAGE)
    if kept:
        rows = [[*function, *tests] for function, tests in reach.items()]
        kept.write_text(json.dumps([sources, *rows]))
    return reach


def _digest() -> str:
    """A hash of all that decides which tests enter which function."""
    digest = hashlib.sha256()
    for path in sorted(p for top in (PACKAGE, "tests") for p in (ROOT / top).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()


def _copy(root: Path) -> Path:
    return shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".git", ".venv", "*_cache"))


def _all(files: list[Path]) -> Iterator[Mutant]:
    for path in files:
        yield from mutants_of(path)


def _tried(mutant: Mutant, root: Path, reach: dict[Function, set[str]]) -> Verdict:
    """Try a mutant in the copy at `root`; print the one that no test notices in time."""
    source = mutant.path.read_bytes()
    copy = root / mutant.path.relative_to(ROOT)
    copy.write_bytes(mutant.apply(source))
    verdict: Verdict
    try:
        verdict = "noticed" if is_noticed(mutant, root, reach) else "ALIVE"
    except subprocess.TimeoutExpired:
        verdict = "timed out"
    finally:
        copy.write_bytes(source)
    print(f"{verdict} {mutant.path.relative_to(ROOT)}", flush=True)
    if verdict != "noticed":
        print(difference(mutant, source), flush=True)
    return verdict


if __name__ == "__main__":
    main()
