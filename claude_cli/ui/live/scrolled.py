"""Rows of the tail that a terminal put out of reach when it became smaller. Pure.

A terminal that reflows folds rows that are too long, and joins the parts again when it grows.
"""

from collections.abc import Callable, Iterable
from itertools import accumulate, chain
from typing import NamedTuple

from claude_cli.ui.live.frames import count_same, fold, plain
from claude_cli.ui.live.markdown import Page


class Scrolled(NamedTuple):
    """The first rows of what is open, which cannot be drawn again.

    So the rest of their block keeps their layout: that of the old page, folded at each width that
    the terminal has had since.
    """

    page: Page
    widths: tuple[int, ...] = ()
    rows: tuple[str, ...] = ()
    torn: bool = False
    """Whether the last one is only a part, which the terminal may join to the row below."""

    def squeeze(
        self, shown: list[str], whole: Callable[[], list[str]], width: int, room: int
    ) -> tuple["Scrolled", int]:
        """Return what has scrolled now that `shown` has `room` rows of `width` columns, and how
        many rows of it are left there.

        Rows that are not the first of the `whole` were provisional: they do not count, and are
        going to be written again, in their place.
        """
        joined, shown = shown[: self.torn], shown[self.torn :]  # the joined one is left alone
        folded = [fold(row, width) for row in shown]
        ends = [*accumulate(map(len, folded), initial=0)]
        gone = [*chain.from_iterable(folded)][: max(0, ends[-1] - room)]
        scrolled = Scrolled(self.page, (*self.widths, width), (*_fold(self.rows, width),))
        if joined or gone:
            rest = whole()
            scrolled = scrolled._add(_fold(joined, width), _fold(rest[: self.torn], width))
            rest = _fold(rest[self.torn :], width)
            scrolled = scrolled._add(gone, rest, torn=len(gone) not in ends)
        return scrolled, ends[-1] - len(gone)

    def rest_of(self, rows: list[str]) -> tuple[list[str], "Scrolled | None"]:
        """Return which rows of a block did not scroll, and what did scroll of the next block.

        A row that has changed since is written again.
        """
        for width in self.widths:
            rows = _fold(rows, width)
        same = count_same([plain(row) for row in self.rows], [plain(row) for row in rows])
        left = self.rows[same:] if same == len(rows) else ()
        return rows[same:], self._replace(rows=left) if left else None

    def _add(self, rows: list[str], whole: list[str], *, torn: bool = False) -> "Scrolled":
        if rows != whole[: len(rows)]:
            return self
        return self._replace(rows=(*self.rows, *rows), torn=torn)


def _fold(rows: Iterable[str], width: int) -> list[str]:
    return [part for row in rows for part in fold(row, width)]
