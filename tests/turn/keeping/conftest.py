"""Where the sessions of a test are."""

from pathlib import Path

import pytest


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    return tmp_path / "home" / "data" / "sessions"
