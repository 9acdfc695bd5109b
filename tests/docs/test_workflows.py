"""What is claimed is tried: Pythons and systems of the classifiers, the steps of the workflows."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_python_of_the_classifiers_is_tested_on_every_system() -> None:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    matrices = [set(re.findall(r"\d\.\d+", line)) for line in re.findall(r"python: \[.*\]", text)]
    claimed = set(re.findall(r"Python :: (\d\.\d+)", " ".join(PROJECT["classifiers"])))
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert len(matrices) == 2
    assert all(claimed <= matrix and oldest in matrix for matrix in matrices)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_script_of_a_workflow_is_there(path: Path) -> None:
    scripts = re.findall(r"(?<![\w/])\.(?:ci|github)/[\w./]+", path.read_text())
    assert scripts
    assert [name for name in scripts if not (ROOT / name).exists()] == []


def test_no_workflow_may_write_but_the_one_that_publishes() -> None:
    writing = {path.name for path in WORKFLOWS if ": write" in path.read_text()}
    assert writing == {"release.yml"}
