"""Markdown source that grows by deltas and shrinks by what is final. Draws nothing.

Only what is open is parsed again, and of a table that is open only the head and what is new.
"""

import re

from markdown_it.token import Token

from claude_cli.ui.cuts import START, find_cut, open_block, read
from claude_cli.ui.markdown_tokens import normalise

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
        """The first row's line, and the line after the last, of a table that is open at the end."""

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
        if self._table and self._goes_on(*self._table):
            self._table = self._table[0], len(self._lines)
            return []
        tokens = read(self._lines, self._place)
        cut = find_cut(tokens, self._lines, self._place)
        table = self._find_table(tokens)
        used = cut.lines if cut else 0
        self._table = (table - used, len(self._lines) - used) if table else None
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
        return read([*self._lines, self._start.rstrip("\r")], self._place)

    def _take_in(self) -> None:
        text = self._start + "".join(self._deltas)
        self._deltas.clear()
        half = "\r" if text.endswith("\r") else ""  # the other half may come
        *lines, start = normalise(text.removesuffix("\r")).split("\n")
        self._lines += lines
        self._start = start + half

    def _goes_on(self, first: int, end: int) -> bool:
        """Whether all lines from `end` on are rows of the table whose first row is line `first`.

        What a line of a table is depends on the head and on itself, not on the rows before it.
        """
        return self._find_table(read(self._lines[:first] + self._lines[end:], self._place)) == first

    def _find_table(self, tokens: list[Token]) -> int | None:
        """Return the line of the first row of the table that is open at the end, if one is."""
        block = open_block(tokens)
        if block is None or block.type != "table_open" or block.map is None:
            return None
        return block.map[0] + 2 - len(self._place.reopen)
