"""The live view of Markdown that arrives in deltas: final rows are written once, the tail again.

It decides what is drawn and when. It has no thread, and all that it writes goes through `write`,
once a frame.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from markdown_it.token import Token

from claude_cli.ui.live.frames import RESTORE, make_frame
from claude_cli.ui.live.markdown import Page, split_blocks
from claude_cli.ui.live.markdown_tokens import number_fences
from claude_cli.ui.live.scrolled import Scrolled
from claude_cli.ui.live.source import LiveSource

FRAME_SECONDS = 1 / 12
PAUSE_FACTOR = 8
"""A frame that took a millisecond is followed by a pause of eight at least."""
REPLACED_PER_SECOND = 3000
"""Characters on the screen that may be written anew, as a whole tall table is in each frame."""
LONGEST_PAUSE_FOR_REPLACING = 0.5
_UNKNOWN = "\0"
"""Stands for a row on the screen that is not known: no row is like it."""


class MarkdownView:
    """Draws sanitised Markdown at the bottom of a terminal; redraws at most `height - 1` rows.

    `reflows` says whether the terminal folds long rows when it becomes narrower, as most do.
    `fences`: how many fenced blocks came before; from the second of all on each has its number
    above it. None: none has.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        width: int,
        height: int,
        *,
        color: bool,
        theme: str | None = None,
        reflows: bool = True,
        fences: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._size = self._drawn_size = width, height
        self._new_page = partial(Page, color=color, theme=theme)
        self._reflows = reflows
        self._fences = fences
        """How many fenced blocks have begun so far, those among the final rows included."""
        self._clock = clock
        self._page = self._new_page(width)
        self._source = LiveSource()
        self._shown: list[str] = []
        self._scrolled: Scrolled | None = None
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
        self._follow_size()
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
        """Learn the terminal's size. The next frame follows it, not this: until then it may change
        again, and a terminal that has folded rows joins them again."""
        self._stale = self._stale or (width, height) != self._size
        self._size = width, height

    def finish(self) -> None:
        """Write all that is left, for good. What is added later starts a new block."""
        self._follow_size()
        inside = self._source.inside
        self._show(self._settle(self._source.rest(), inside), [])
        self._source = LiveSource()
        self._stale = False

    def hide(self) -> None:
        """Erase what is not final. The next frame draws it again, where the cursor is then."""
        self._follow_size()
        self._show([], [])
        self._stale = True

    def abandon(self) -> None:
        """Write all that is left as it stands, and in any case restore the terminal's modes."""
        try:
            self.finish()
        finally:
            self._write(RESTORE)

    @property
    def _room(self) -> int:
        return max(0, self._size[1] - 1)

    def _follow_size(self) -> None:
        """Lay the tail out for the terminal's size. What is final stays as it is."""
        if self._size == self._drawn_size:
            return
        width = self._size[0] if self._reflows else sys.maxsize
        whole = partial(self._open_rows, self._source.table_rows)
        scrolled = self._scrolled or Scrolled(self._page)
        scrolled, left = scrolled.squeeze(self._shown, whole, width, self._room)
        self._scrolled = scrolled if scrolled.rows else None
        self._page = self._new_page(self._size[0])
        self._drawn_size = self._size
        # What is still there is drawn again whatever it is: the terminal may have cut or folded it.
        self._shown = [_UNKNOWN] * left

    def _show(self, final: list[str], tail: list[str]) -> int:
        """Put rows on the screen; return how much of it was replaced, in characters."""
        visible = tail[max(0, len(tail) - self._room) :]
        frame = make_frame(self._shown, final, visible)
        if frame.text:
            self._write(frame.text)
        self._shown = visible
        return frame.replaced

    def _tail(self) -> list[str]:
        """Return the rows of what is open.

        Of a table that is taller than the screen, a provisional one: the head and the last rows.
        """
        count = max(1, self._room)
        while True:
            rows = self._open_rows(count)
            if len(rows) <= self._room or count == 1 or not self._source.table_rows:
                return rows
            count = max(1, min(count - 1, count * self._room // len(rows)))

    def _open_rows(self, table_rows: int) -> list[str]:
        """Return the rows of what is open; of an open table, the head and so many last rows."""
        return self._rows(self._source.open(table_rows), self._source.inside)[0]

    def _settle(self, tokens: list[Token], inside: bool) -> list[str]:
        """Return the rows of tokens that are final, and take them for written."""
        rows, scrolled = self._rows(tokens, inside)
        if tokens:
            if self._fences is not None:
                self._fences = number_fences(tokens, self._fences)
            self._begun = self._begun or bool(rows or self._scrolled)
            self._scrolled = scrolled
        return rows

    def _rows(self, tokens: list[Token], inside: bool) -> tuple[list[str], Scrolled | None]:
        """Lay out what follows the final rows; return what of it is to be written."""
        if self._fences is not None:
            number_fences(tokens, self._fences)
        gap = [""] if self._begun and not inside else []
        written: list[str] = []
        scrolled = self._scrolled
        for block in split_blocks(tokens):
            rows = (scrolled.page if scrolled else self._page).rows(block)
            rows = [*gap, *rows] if rows else []
            if scrolled:
                rows, scrolled = scrolled.rest_of(rows)
            written += rows
            gap = [""]
        return written, scrolled
