"""An input of three rows, and `batch run` on it without a minute between two looks."""

from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import Ran, Run

GREEK = [("succeeded", "alpha"), ("succeeded", "beta"), ("succeeded", "gamma")]


class Batch(Protocol):
    def __call__(self, *arguments: str, stdin: bytes = b"") -> Ran: ...


@pytest.fixture
def lines() -> Path:
    path = Path("in.txt")
    path.write_text("alpha\nbeta\n\ngamma\n")
    return path


@pytest.fixture
def batch(run: Run) -> Batch:
    def run_batch(*arguments: str, stdin: bytes = b"") -> Ran:
        return run("batch", "run", *arguments, "--poll", "0.01", stdin=stdin)

    return run_batch
