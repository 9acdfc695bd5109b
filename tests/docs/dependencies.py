"""The table of docs/dependencies.md: reasons from pyproject.toml, licences and sizes as installed.

`python -m tests.docs.dependencies` writes it; sizes are those of the releases that are installed.
"""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from tests.docs.pages import DOCS, ROOT, with_part

PAGE = DOCS / "dependencies.md"
PROJECT = ROOT / "pyproject.toml"
HEAD = ["package", "licence", "MB", "with what it alone brings", "what it is for"]


def direct() -> list[str]:
    listed = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    return [Requirement(line).name for line in listed]


def reasons() -> dict[str, str]:
    """Package → the comment above it in pyproject.toml; packages below one comment share it."""
    listed = PROJECT.read_text().partition("\ndependencies = [\n")[2].partition("\n]\n")[0]
    found: dict[str, str] = {}
    for above, packages in re.findall(r"((?:^ *# .*\n)+)((?:^ *\".*\n?)+)", listed, flags=re.M):
        lines = [line.strip(" #") for line in above.splitlines()]
        reason = " ".join(line for line in lines if not line.startswith("(")).replace("\\\\", "\\")
        found |= {Requirement(line).name: reason for line in re.findall('"(.*)"', packages)}
    return found


def closure(package: str) -> set[str]:
    """The package and all that it brings, by their names."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


def _required(package: str) -> Iterator[str]:
    for line in importlib.metadata.requires(package) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def megabytes(packages: set[str]) -> float:
    files = [file for name in packages for file in importlib.metadata.files(name) or ()]
    paths = [Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def licence(package: str) -> str:
    """As the package says it: an SPDX expression, or its classifier."""
    about = importlib.metadata.metadata(package)
    classified = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if "License" in c
    ]
    said = about.get_all("License-Expression", []) or classified or about.get_all("License", [])
    return ", ".join(said)


def table() -> str:
    names, why = direct(), reasons()
    whole = set.union(*map(closure, names))
    lines = [f"{len(whole)} packages, {megabytes(whole):.0f} MB, with their compiled modules.", ""]
    lines += [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    for name in names:
        others = set.union(*(closure(other) for other in names if other != name))
        own = closure(name) - others
        sizes = [f"{megabytes({name}):.1f}", f"{megabytes(own):.1f}" if own else "–"]
        lines.append(f"| {' | '.join([name, licence(name), *sizes, why[name]])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(with_part(PAGE.read_text(), "dependencies", table()))
