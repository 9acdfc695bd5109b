"""Fixtures of the tests that speak HTTP."""

import os
import select
from collections.abc import Iterator
from contextlib import suppress

import pytest


@pytest.fixture
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for a backoff that it does not look at."""
    monkeypatch.setattr("claude_cli.api.retry.FIRST_BACKOFF", 0.01)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The ends of a pipe, to read and to write; a test may close them."""
    if not hasattr(select, "poll"):
        pytest.skip("nobody tells here when a pipe has lost its reader")
    reader, writer = os.pipe()
    yield reader, writer
    for fd in (reader, writer):
        with suppress(OSError):
            os.close(fd)
