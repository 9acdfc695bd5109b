"""A terminal in memory that keeps its scrollback, and a view that is fed in virtual time."""

import re
from collections.abc import Iterable
from itertools import islice

import pyte
import pyte.modes
from pyte.screens import Char

from claude_cli.ui.live_view import MarkdownView
from claude_cli.ui.markdown import render_markdown

SIZES = [(40, 12), (80, 24), (200, 50)]
UP = re.compile("\x1b\\[([0-9]+)A")
SYNCHRONISED = 2026 << 5  # how pyte keeps a private mode

Size = tuple[int, int]
Row = list[Char]


class Screen:
    """What a terminal shows that was given `write`s. After each of them it must be as it was."""

    def __init__(self, width: int, height: int) -> None:
        self._screen = pyte.HistoryScreen(width, height, history=1_000_000)
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
        screen = self._screen
        lines = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
        rows = [self._trim([line[x] for x in range(screen.columns)]) for line in lines]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def text(self) -> list[str]:
        return ["".join(cell.data for cell in row) for row in self.rows()]

    def resize(self, width: int, height: int) -> None:
        """Become another size as most terminals do: rows that are too long are folded.

        pyte itself cuts them off, and forgets rows that leave the screen.
        """
        old = self._screen
        below = len(old.history.top) + old.cursor.y
        rows = [part for row in self.rows()[:below] for part in _fold(row, width)]
        rows += [[] for _ in range(below - len(self.rows()))]
        self._screen = pyte.HistoryScreen(width, height, history=1_000_000)
        self._stream = pyte.Stream(self._screen)
        self._stream.feed("\r\n" * len(rows))
        lines = [*self._screen.history.top, *(self._screen.buffer[y] for y in range(height))]
        for line, row in zip(lines, rows, strict=False):
            line.update(enumerate(row))

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


def _fold(row: Row, width: int) -> list[Row]:
    """Break a row; a wide character, which is two cells, the second without text, stays whole."""
    parts: list[Row] = []
    while len(row) > width:
        end = width if row[width].data or width == 1 else width - 1
        parts.append(row[:end])
        row = row[end:]
    return [*parts, row]


def show_live(deltas: Iterable[str], size: Size, seconds: float = 0.03) -> Screen:
    """Feed a view a delta each so many seconds, and finish it."""
    screen, clock = Screen(*size), Clock()
    view = MarkdownView(screen.write, *size, color=True, clock=clock)
    for delta in deltas:
        view.add(delta)
        clock.now += seconds
    view.finish()
    assert screen.highest < size[1]
    return screen


def show_whole(document: str, size: Size) -> Screen:
    screen = Screen(*size)
    screen.write(render_markdown(document, size[0], True).replace("\n", "\r\n"))
    return screen


def cut(text: str, sizes: Iterable[int]) -> list[str]:
    """Cut a text into deltas of these sizes; the last one takes the rest."""
    characters = iter(text)
    deltas = ["".join(islice(characters, size)) for size in sizes]
    return [*deltas, "".join(characters)]
