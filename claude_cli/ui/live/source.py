"""Markdown source that grows by deltas and shrinks by what is final. Draws nothing.

Only what is open is parsed again, and of a table that is open only the head and what is new.
"""

import re

from markdown_it.token import Token

from claude_cli.ui.live.cuts import START, find_cut, open_block, read
from claude_cli.ui.live.markdown_tokens import normalise

_ONLY_MARKS = re.compile(r"[\s>]*(?:[-+*_=|:#`~>\s]*|\d{1,9}[.)]?)\s*")
"""The start of a line that may yet become an item, rule, heading, table or fence, or just text."""


class LiveSource:
    """The source from the last cut on: whole lines, and the start of one more."""

    def __init__(self) -> None:
        self._deltas: list[str] = []
        self._lines: list[str] = []
        self._start = ""
        self._place = START
        self._table: tuple[int, int] | None = None
        """The lines of the rows of a table that is open at the end: the first, and that after."""

    @property
    def inside(self) -> bool:
        """Whether what comes first is the rest of a top-level block."""
        return self._place.inside

    @property
    def table_rows(self) -> int:
        """How many rows the table has that is open at the end."""
        return self._table[1] - self._table[0] if self._table else 0

    def add(self, delta: str) -> None:
        self._deltas.append(delta)

    def cut(self) -> list[Token]:
        """Return the tokens of what has become final, and forget its source."""
        self._take_in()
        if self._table and self._table_goes_on(*self._table):
            return []
        tokens = read(self._lines, self._place)
        cut = find_cut(tokens, self._lines, self._place)
        used = cut.lines if cut else 0
        table = self._find_table(tokens)
        self._table = (table[0] - used, table[1] - used) if table and table[0] >= used else None
        if cut is None:
            return []
        self._lines = self._lines[used:]
        self._place = cut.place
        return cut.final

    def open(self, table_rows: int) -> list[Token]:
        """Return the tokens of what is open; of an open table, the head and the last rows."""
        lines = self._lines
        if self._table:
            first, end = self._table
            lines = lines[:first] + lines[max(first, end - table_rows) :]
        start = self._start.rstrip("\r")
        shown = [] if _ONLY_MARKS.fullmatch(start) else [start]
        return read([*lines, *shown], self._place)

    def rest(self) -> list[Token]:
        """Return the tokens of all that is left: the source ends here."""
        self._take_in()
        start = self._start.rstrip("\r")
        return read([*self._lines, *([start] if start else [])], self._place)

    def _take_in(self) -> None:
        text = self._start + "".join(self._deltas)
        self._deltas.clear()
        half = "\r" if text.endswith("\r") else ""  # the other half may come
        *lines, start = normalise(text.removesuffix("\r")).split("\n")
        self._lines += lines
        self._start = start + half

    def _table_goes_on(self, first: int, end: int) -> bool:
        """Whether nothing but more rows has come after the table's rows, lines `first` to `end`.

        What a line is to a table depends on the table's head, not on the rows in between.
        """
        lines = self._lines[:first] + self._lines[end:]
        tokens = read(lines, self._place)
        table = self._find_table(tokens)
        if table is None or table[0] != first or find_cut(tokens, lines, self._place):
            return False
        self._table = first, table[1] + end - first
        return True

    def _find_table(self, tokens: list[Token]) -> tuple[int, int] | None:
        """Return the rows of the table that is open at the end: the first line, and that after."""
        block = open_block(tokens)
        if block is None or block.type != "table_open" or block.map is None:
            return None
        before = len(self._place.reopen)
        return block.map[0] + 2 - before, block.map[1] - before
