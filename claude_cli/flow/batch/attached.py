"""What rows attach, read and looked into: several rows at a time, in their order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from claude_cli.content.pdf import PdfFacts, inspect
from claude_cli.content.reading import read_sources
from claude_cli.content.sources import Reading, Tell
from claude_cli.content.specs import Spec
from claude_cli.disk.inputfile import STRICT, Lossy
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.flow.batch.items import Item
from claude_cli.jobs.lines import problem_of
from claude_cli.values import media

AT_ONCE = min(os.cpu_count() or 1, 8)
"""Rows whose attachments are read at a time: the work is done in child processes."""
AHEAD = 2 * AT_ONCE
"""Rows that may be read before the one is that comes first: each may hold 32 MB."""


def with_attachments(
    items: Iterable[Item], specs_of: Callable[[Item], list[Spec]], reading: Reading
) -> Generator[Item, None, None]:
    """Yield each row with what it attaches; one of which that cannot be read has a problem."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[tuple[Future[Item], _Notes]] = deque()
        try:
            for item in items:
                notes = _Notes(reading)
                waiting.append(
                    (pool.submit(partial(_attach, item, specs_of, notes.reading)), notes)
                )
                if len(waiting) > AHEAD:
                    yield _done(*waiting.popleft())
            while waiting:
                yield _done(*waiting.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Notes:
    """What is told while a row is read in a thread: kept until that row is the next one."""

    def __init__(self, reading: Reading) -> None:
        self._lines: list[tuple[Tell, str]] = []
        lossy = reading.lossy or STRICT
        self.reading = reading._replace(
            lossy=Lossy(lossy.wanted, self._kept_for(lossy.tell)),
            tell=self._kept_for(reading.tell),
            detail=self._kept_for(reading.detail),
            progress=lambda done, total: None,
        )

    def _kept_for(self, tell: Tell) -> Tell:
        return lambda line: self._lines.append((tell, line))

    def tell(self) -> None:
        for tell, line in self._lines:
            tell(line)


def _done(future: Future[Item], notes: _Notes) -> Item:
    item = future.result()
    notes.tell()
    return item


def _attach(item: Item, specs_of: Callable[[Item], list[Spec]], reading: Reading) -> Item:
    if item.is_blank or item.problem is not None:
        return item
    try:
        sources = read_sources(specs_of(item), reading)
    except (InputError, InputUnreadable) as error:
        return item._replace(problem=problem_of(error))
    facts: dict[bytes, PdfFacts] = {
        source.data: inspect(source.data)
        for source in sources
        if source.media_type == media.PDF and source.data
    }
    return item._replace(attached=sources, facts=facts)
