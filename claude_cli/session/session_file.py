"""The file of a session: appended to, and looked at for what others appended meanwhile."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from claude_cli.disk import appendlog
from claude_cli.disk.lock import LOCK_WAIT
from claude_cli.errors import CannotCreate, InputUnreadable
from claude_cli.session.backwards import lines_back
from claude_cli.session.folder import noted
from claude_cli.session.format import Link, Record, read_link, sealed


class SessionFile:
    """`size`: bytes of the file that are known; None before there is one."""

    def __init__(self, path: Path, size: int | None) -> None:
        self.path = path
        self._size = size

    @property
    def exists(self) -> bool:
        return self._size is not None

    def append(self, records: Iterable[Record]) -> list[Link]:
        """Write the records, and return the links of what others appended since the last time, as
        far as they can be read. Raises what `appendlog.append` raises."""
        with noted(self.path):
            span = appendlog.append(
                self.path,
                map(sealed, records),
                expect="existing" if self.exists else "new",
                wait=LOCK_WAIT,
            )
        before, self._size = self._size or 0, span.end
        others: list[Link] = []
        with suppress(CannotCreate, InputUnreadable):
            others += self._between(before, span.start)
        return others

    def _between(self, start: int, end: int) -> Iterator[Link]:
        for offset, data in lines_back(self.path, end) if start < end else ():
            if offset < start:
                break
            if link := read_link(data or b""):
                yield link
