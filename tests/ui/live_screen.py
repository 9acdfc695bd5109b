"""A terminal in memory that keeps its scrollback, and a view that is fed in virtual time."""

from collections.abc import Iterable

import pyte
import pyte.modes
from pyte.screens import Char

from claude_cli.ui.live_view import MarkdownView

SIZES = [(40, 12), (80, 24), (200, 50)]
SYNCHRONISED = 2026 << 5  # pyte's way to keep a private mode

Row = tuple[Char, ...]


class Screen:
    """What a terminal shows that was given `write`s; after each it must be as it was found."""

    def __init__(self, width: int, height: int) -> None:
        self._screen = pyte.HistoryScreen(width, height, history=1_000_000)
        self._stream = pyte.Stream(self._screen)
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text
        self._stream.feed(text)
        assert self.is_restored()

    def is_restored(self) -> bool:
        mode = self._screen.mode
        wraps, waits = pyte.modes.DECAWM in mode, SYNCHRONISED in mode
        return wraps and not waits and not self._screen.cursor.hidden

    def rows(self) -> list[Row]:
        """Return scrollback and screen, each cell with its colours, without what is blank at ends."""
        blank = self._screen.default_char
        lines = [*self._screen.history.top, *(self._screen.buffer[y] for y in range(self.height))]
        rows = [tuple(line[x] for x in range(self._screen.columns)) for line in lines]
        rows = [_without_end(row, blank) for row in rows]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def text(self) -> list[str]:
        return ["".join(cell.data for cell in row) for row in self.rows()]

    @property
    def height(self) -> int:
        return int(self._screen.lines)

    @property
    def scrolled(self) -> int:
        """How many rows have left the screen at its top."""
        return len(self._screen.history.top)


class Clock:
    """Virtual seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _without_end(row: Row, blank: Char) -> Row:
    end = len(row)
    while end and row[end - 1] == blank:
        end -= 1
    return row[:end]


def show_live(deltas: Iterable[str], size: tuple[int, int], seconds: float = 0.03) -> Screen:
    """Feed a view one delta each `seconds` and finish it."""
    screen, clock = Screen(*size), Clock()
    view = MarkdownView(screen.write, *size, color=True, clock=clock)
    for delta in deltas:
        view.add(delta)
        clock.now += seconds
    view.finish()
    return screen


def show_whole(rendered: str, size: tuple[int, int]) -> Screen:
    screen = Screen(*size)
    screen.write(rendered.replace("\n", "\r\n"))
    return screen


def cut(text: str, sizes: Iterable[int]) -> list[str]:
    """Cut a text into deltas of these sizes; the last one takes the rest."""
    deltas: list[str] = []
    at = 0
    for size in sizes:
        deltas.append(text[at : at + size])
        at += size
    return [*deltas, text[at:]]
