"""How a table fits into a window. Pure, but for the widths of characters, which are Rich's.

What somebody copies or counts on (an id, a name, a state, a date, a number) is never broken: free
texts are cut to the room that the others leave, then the columns that matter least are left out,
and where even that is not enough the lines go over the edge whole, as in git and gh.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

GAPS = (2, 1)
"""Spaces between two columns; the narrower gap comes before a column is left out."""
LEAST_TEXT = 10
"""Columns of the screen below which a free text is not cut."""


class Column(NamedTuple):
    """A heading, and what becomes of the column where the window is narrow."""

    heading: str
    """Of one line or more."""
    right: bool = False
    """Set flush right: numbers."""
    cut: Literal["", "start", "end"] = ""
    """A free text, and where it loses what does not fit: a path says most at its end."""
    spare: int = 0
    """Left out where not all columns fit, the highest number first; 0 always stays."""


Columns = Mapping[str, str | Column]
"""Key of a row → column, or its heading alone; one that begins with `>` is set flush right."""


@dataclass(slots=True)
class Filled:
    """A column with its cells, each a line, and the width that it takes."""

    column: Column
    cells: list[str]
    width: int = field(init=False)
    least: int = field(init=False)
    """The width that it cannot do without."""

    def __post_init__(self) -> None:
        heading = _widest(self.column.heading.split("\n"))
        self.width = max(heading, _widest(self.cells))
        self.least = self.width
        if self.column.cut:
            self.least = min(self.width, max(heading, LEAST_TEXT))

    def shown(self) -> list[str]:
        """The cells, those of a free text cut to the width."""
        if not self.column.cut:
            return self.cells
        return [cut(cell, self.width, self.column.cut) for cell in self.cells]


def as_column(column: str | Column) -> Column:
    if isinstance(column, Column):
        return column
    return Column(column.removeprefix(">"), right=column.startswith(">"))


def fit(columns: Sequence[Filled], room: int) -> tuple[list[Filled], int]:
    """The columns that are shown, their widths settled, and the gap between them."""
    kept = list(columns)
    while True:
        least = sum(filled.least for filled in kept)
        for gap in GAPS:
            left = room - least - gap * (len(kept) - 1)
            if left >= 0:
                _share(kept, left)
                return kept, gap
        spare = max(kept, key=lambda filled: filled.column.spare, default=None)
        if spare is None or not spare.column.spare:
            _share(kept, 0)
            return kept, GAPS[-1]
        kept.remove(spare)


def aligned(columns: Sequence[Filled], room: int) -> list[str]:
    """The rows as lines of at most `room` columns where that can be, without headings."""
    from rich.cells import cell_len

    kept, gap = fit(columns, room)
    lines = []
    for cells in zip(*(filled.shown() for filled in kept), strict=True):
        line = ""
        for filled, cell in zip(kept, cells, strict=True):
            blank = " " * (filled.width - cell_len(cell))
            line += (blank + cell if filled.column.right else cell + blank) + " " * gap
        lines.append(line.rstrip())
    return lines


def cut(text: str, width: int, end: Literal["start", "end"]) -> str:
    """At most `width` columns of `text`; … stands for what is missing."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    room = width - 1
    kept = text[:room] if end == "end" else text[-room:]
    while cell_len(kept) > room:
        kept = kept[:-1] if end == "end" else kept[1:]
    return f"{kept}…" if end == "end" else f"…{kept}"


def _share(columns: Sequence[Filled], left: int) -> None:
    """Give the free texts what is left: as much as each needs, or else equal parts."""
    free = [filled for filled in columns if filled.column.cut]
    free.sort(key=lambda filled: filled.width - filled.least)
    for number, filled in enumerate(free):
        more = min(filled.width - filled.least, left // (len(free) - number))
        filled.width = filled.least + more
        left -= more


def _widest(lines: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, lines), default=0)
