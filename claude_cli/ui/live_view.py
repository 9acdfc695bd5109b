"""The live view of Markdown that arrives in deltas: final rows are written once, the tail again.

It decides what is drawn and when. It has no thread, and all that it writes goes through `write`,
once a frame.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from markdown_it.token import Token

from claude_cli.ui.frames import RESTORE, count_same, fold, make_frame, plain
from claude_cli.ui.live_source import LiveSource
from claude_cli.ui.markdown import Page, split_blocks

FRAME_SECONDS = 1 / 12
PAUSE_FACTOR = 8
"""A frame that took a millisecond is followed by a pause of eight at least."""
REPLACED_PER_SECOND = 3000
"""Characters on the screen that may be written anew, as a whole tall table is in each frame."""
LONGEST_PAUSE_FOR_REPLACING = 0.5


class _Scrolled(NamedTuple):
    """Rows of the tail that left the screen when it shrank. They cannot be drawn again.

    So the rest of their block keeps their layout: that of the old page, folded at each width that
    the terminal has had since.
    """

    page: Page
    widths: tuple[int, ...]
    rows: list[str]

    def narrow(self, width: int) -> "_Scrolled":
        return _Scrolled(self.page, (*self.widths, width), _fold(self.rows, width))

    def rest_of(self, rows: list[str]) -> tuple[list[str], "_Scrolled | None"]:
        """Return which rows of a block did not scroll, and what did scroll of the next block.

        A row that has changed since is written again.
        """
        for width in self.widths:
            rows = _fold(rows, width)
        same = count_same([plain(row) for row in self.rows], [plain(row) for row in rows])
        left = self.rows[same:] if same == len(rows) else []
        return rows[same:], self._replace(rows=left) if left else None


class MarkdownView:
    """Draws sanitised Markdown at the bottom of a terminal; redraws at most `height - 1` rows.

    `reflows` says whether the terminal folds long rows when it becomes narrower, as most do.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        width: int,
        height: int,
        *,
        color: bool,
        reflows: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._width, self._height = width, height
        self._color = color
        self._reflows = reflows
        self._clock = clock
        self._page = Page(width, color=color)
        self._source = LiveSource()
        self._shown: list[str] = []
        self._cropped = False
        self._scrolled: _Scrolled | None = None
        self._begun = False
        self._stale = False
        self._next_frame = clock()

    def add(self, text: str) -> None:
        """Add a delta, cut anywhere, and draw a frame if one is due."""
        if not text:
            return
        self._source.add(text)
        self._stale = True
        if self.wait() == 0:
            self.draw()

    def wait(self) -> float | None:
        """Return the seconds until the next frame is due; None if there is nothing new to draw."""
        return max(0.0, self._next_frame - self._clock()) if self._stale else None

    def draw(self) -> None:
        """Draw a frame now."""
        start = self._clock()
        inside = self._source.inside
        final = self._settle(self._source.cut(), inside)
        replaced = self._show(final, self._tail())
        self._stale = False
        end = self._clock()
        self._next_frame = end + max(
            FRAME_SECONDS,
            PAUSE_FACTOR * (end - start),
            min(replaced / REPLACED_PER_SECOND, LONGEST_PAUSE_FOR_REPLACING),
        )

    def resize(self, width: int, height: int) -> None:
        """Learn the terminal's size. What is final stays as it is, the tail is laid out anew."""
        if (width, height) == (self._width, self._height):
            return
        narrower = width < self._width
        old_page, self._page = self._page, Page(width, color=self._color)
        self._width, self._height = width, height
        self._stale = True
        if narrower and self._reflows:
            self._shown = _fold(self._shown, width)
            self._scrolled = self._scrolled and self._scrolled.narrow(width)
        gone = max(0, len(self._shown) - self._room)
        if gone and not self._cropped:
            widths = (width,) if narrower and self._reflows else ()
            scrolled = self._scrolled or _Scrolled(old_page, widths, [])
            self._scrolled = scrolled._replace(rows=scrolled.rows + self._shown[:gone])
        # What is still there is drawn again whatever it is: the terminal may have cut or folded it.
        self._shown = [""] * (len(self._shown) - gone)

    def finish(self) -> None:
        """Write all that is left, for good. What is added later starts a new block."""
        inside = self._source.inside
        self._show(self._settle(self._source.rest(), inside), [])
        self._source = LiveSource()
        self._stale = False

    def abandon(self) -> None:
        """Write all that is left as it stands, and in any case restore the terminal's modes."""
        try:
            self.finish()
        finally:
            self._write(RESTORE)

    @property
    def _room(self) -> int:
        return max(0, self._height - 1)

    def _show(self, final: list[str], tail: list[str]) -> int:
        """Put rows on the screen; return how much of it was replaced, in characters."""
        visible = tail[max(0, len(tail) - self._room) :]
        frame = make_frame(self._shown, final, visible)
        if frame.text:
            self._write(frame.text)
        self._shown = visible
        self._cropped = len(visible) < len(tail)
        return frame.replaced

    def _tail(self) -> list[str]:
        """Return the rows of what is open.

        Of a table that is taller than the screen, a provisional one: the head and the last rows.
        """
        count = max(1, self._room)
        while True:
            rows, _ = self._rows(self._source.open(count), self._source.inside)
            if len(rows) <= self._room or count == 1 or not self._source.table_rows:
                return rows
            count = max(1, min(count - 1, count * self._room // len(rows)))

    def _settle(self, tokens: list[Token], inside: bool) -> list[str]:
        """Return the rows of tokens that are final, and take them for written."""
        rows, scrolled = self._rows(tokens, inside)
        if tokens:
            self._begun = True
            self._scrolled = scrolled
        return rows

    def _rows(self, tokens: list[Token], inside: bool) -> tuple[list[str], _Scrolled | None]:
        """Lay out what follows the final rows; return what of it is to be written."""
        gap = [""] if self._begun and not inside else []
        if self._scrolled is None or not tokens:
            rows = self._page.rows(tokens)
            return [*gap, *rows] if rows else [], self._scrolled
        block = next(split_blocks(tokens))
        rows, scrolled = self._scrolled.rest_of([*gap, *self._scrolled.page.rows(block)])
        others = self._page.rows(tokens[len(block) :])
        return [*rows, "", *others] if others else rows, scrolled


def _fold(rows: list[str], width: int) -> list[str]:
    return [part for row in rows for part in fold(row, width)]
