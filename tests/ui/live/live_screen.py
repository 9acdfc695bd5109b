"""A terminal in memory that keeps its scrollback, and a view that is fed in virtual time."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

import pyte
import pyte.modes
from pyte.screens import Char

from claude_cli.ui.live.markdown import render_markdown
from claude_cli.ui.live.view import MarkdownView

SIZES = [(40, 12), (80, 24), (200, 50)]
UP = re.compile("\x1b\\[([0-9]+)A")
SYNCHRONISED = 2026 << 5  # how pyte keeps a private mode

Size = tuple[int, int]
Row = list[Char]


class Screen:
    """What a terminal shows that was given `write`s. After each of them it must be as it was."""

    def __init__(self, width: int, height: int) -> None:
        self._screen = _Emulator(width, height, history=1_000_000)
        self._stream = pyte.Stream(self._screen)
        self.writes: list[str] = []
        self.highest = 0
        """How far up the cursor ever went at once."""

    def write(self, text: str) -> None:
        self.writes.append(text)
        self.highest = max(self.highest, *map(int, UP.findall(text)), 0)
        self._stream.feed(text)
        assert pyte.modes.DECAWM in self._screen.mode, "wrap is off"
        assert SYNCHRONISED not in self._screen.mode, "the terminal waits for the end of a frame"
        assert not self._screen.cursor.hidden

    @property
    def written(self) -> int:
        return sum(len(text.encode()) for text in self.writes)

    def rows(self) -> list[Row]:
        """Return scrollback and screen, cells with their colours, without what is blank at ends."""
        columns = range(self._screen.columns)
        rows = [self._trim([line[x] for x in columns]) for line in self._lines()]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def text(self) -> list[str]:
        return ["".join(cell.data for cell in row) for row in self.rows()]

    def resize(self, width: int, height: int) -> None:
        """Become another size as most terminals do: rows that are too long are folded, those that
        were folded are joined again, and the cursor stays in the row in which it is.

        pyte itself cuts rows off, and forgets those that leave the screen.
        """
        rows = [part for row in self._unfolded_rows() for part in _fold(row, width)]
        self._screen = _Emulator(width, height, history=1_000_000)
        self._stream = pyte.Stream(self._screen)
        self._stream.feed("\r\n" * len(rows))
        for line, (row, folded) in zip(self._lines(), rows, strict=False):
            line.update(enumerate(row))
            line.folded = len(row) if folded else 0

    def _lines(self) -> list[Any]:
        screen = self._screen
        return [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]

    def _unfolded_rows(self) -> list[Row]:
        """Return the rows above the cursor as they were written."""
        rows: list[Row] = [[]]
        for line in self._lines()[: len(self._screen.history.top) + self._screen.cursor.y]:
            folded = getattr(line, "folded", 0)
            cells = [line[x] for x in range(folded or self._screen.columns)]
            rows[-1] += cells if folded else self._trim(cells)
            if not folded:
                rows.append([])
        return rows[:-1]

    def cut_off(self, width: int) -> None:
        """Become narrower as pyte and xterm do."""
        self._screen.resize(columns=width)

    def _trim(self, row: Row) -> Row:
        while row and row[-1] == self._screen.default_char:
            row.pop()
        return row


class Clock:
    """Virtual seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Emulator(pyte.HistoryScreen):
    """pyte, and two things that tmux does. A line is `folded` after so many cells, or 0."""

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Forget that a line was folded, once it is written anew."""
        super().erase_in_line(how, private)
        line: Any = self.buffer[self.cursor.y]
        line.folded = 0

    def erase_in_display(self, how: int = 0, *arguments: Any, **options: Any) -> None:
        """Keep a screen that is erased from its first row on."""
        if how == 0 and (self.cursor.x, self.cursor.y) == (0, 0):
            self.history.top.extend(self.buffer.pop(y) for y in range(self.lines))
        super().erase_in_display(how, *arguments, **options)


def _fold(row: Row, width: int) -> list[tuple[Row, bool]]:
    """Break a row, and say of each part whether the row goes on after it.

    A wide character, which is two cells, the second without text, stays whole.
    """
    parts: list[tuple[Row, bool]] = []
    while len(row) > width:
        end = width if row[width].data or width == 1 else width - 1
        parts.append((row[:end], True))
        row = row[end:]
    return [*parts, (row, False)]


def show_live(deltas: Iterable[str], size: Size, seconds: float = 0.03) -> Screen:
    """Feed a view a delta each so many seconds, and finish it."""
    screen, clock = Screen(*size), Clock()
    view = MarkdownView(screen.write, *size, color=True, clock=clock, fences=0)
    for delta in deltas:
        view.add(delta)
        clock.now += seconds
    view.finish()
    assert screen.highest < size[1]
    return screen


def show_whole(document: str, size: Size) -> Screen:
    screen = Screen(*size)
    whole = render_markdown(document, size[0], True, numbered=True)
    screen.write(whole.replace("\n", "\r\n"))
    return screen


def cut(text: str, sizes: Iterable[int]) -> list[str]:
    """Cut a text into deltas of these sizes; the last one takes the rest."""
    characters = iter(text)
    deltas = ["".join(islice(characters, size)) for size in sizes]
    return [*deltas, "".join(characters)]
