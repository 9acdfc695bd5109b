"""What tests of jobs open, they need not close: an index that is left open is a ResourceWarning."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from claude_cli.jobs.index import RowIndex


@pytest.fixture(autouse=True)
def every_index_is_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    begin = RowIndex.__init__

    def opened(self: RowIndex, path: Path, *, is_new: bool = False) -> None:
        begin(self, path, is_new=is_new)
        stack.callback(self.close)

    with ExitStack() as stack:
        monkeypatch.setattr(RowIndex, "__init__", opened)
        yield
