"""A running simulator and an HTTP client that is allowed in."""

from collections.abc import Iterator

import httpx
import pytest

from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import HEADERS


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.base_url, headers=HEADERS, timeout=10) as running:
        yield running
