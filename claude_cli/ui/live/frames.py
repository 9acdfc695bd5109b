"""What to write so that a terminal shows other rows at its bottom. Pure.

The rows end above the cursor, which waits in the first column of the line below. A frame leaves
nothing switched on or off: wherever output ends, the terminal is as it was.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

_BEGIN = "\x1b[?2026h\x1b[?25l"
"""Synchronised output: the terminal shows the frame when it is complete. Cursor hidden."""
RESTORE = "\x1b[?7h\x1b[?25h\x1b[?2026l"
_NO_WRAP = "\x1b[?7l"
_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"
_ERASE_FROM_HERE = f"{_ERASE_LINE}\x1b[B{_ERASE_BELOW}\x1b[A"
"""Not at once: what is erased from the first row of the screen on, tmux keeps in its history."""
_AGREED = re.compile(
    "[\x1b\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590"  # Latin, Greek, Cyrillic
    "\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2500-\u25ff"  # signs, arrows, boxes
    "\u3001-\u3029\u3031-\u9fff\uac00-\ud7a3\uff01-\uffdc]*"  # Chinese, Japanese, Korean
)
"""Text that all terminals give the same width; not so emoji that are joined, and much else."""
_NO_STYLE = "\x1b[0m"
_NO_LINK = "\x1b]8;;\x1b\\"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")
_UNIT = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)


class Frame(NamedTuple):
    text: str
    """What to write; nothing if the screen is right already."""
    replaced: int
    """The length of the rows that were on the screen and are written anew."""


def make_frame(shown: Sequence[str], final: Sequence[str], tail: Sequence[str]) -> Frame:
    """Return what turns the rows `shown` into `final` and `tail`.

    `shown` must be on the screen. Rows that stay, from the top, are not written again. A final row
    may wrap, where the terminal takes it for wider than it is; rows of the tail must stay countable
    and are cut off. So a row that may have been cut off is written again when it becomes final.
    """
    rows = [*final, *tail]
    same = count_same(shown, rows)
    settled = range(min(same, len(final)))
    same = next((at for at in settled if _is_uncertain(rows[at])), same)
    if same == len(shown) == len(rows):
        return Frame("", 0)
    old = len(shown) - same
    may_wrap = any(map(_is_uncertain, rows[same : len(final)]))
    up = f"\x1b[{old}A" if old else ""
    parts = [_BEGIN, "\r", up, _ERASE_FROM_HERE if old and may_wrap else ""]
    for at, row in enumerate(rows[same:], same):
        if at == max(same, len(final)):
            parts.append(_NO_WRAP)
        # Below the rows, keys show up that were typed meanwhile: `^Z`, `^C`.
        parts += [_ERASE_LINE if at <= len(shown) else "", row, "\r\n"]
    if len(rows) < len(shown):
        parts.append(_ERASE_BELOW if rows else _ERASE_FROM_HERE)
    return Frame("".join([*parts, RESTORE]), sum(map(len, shown[same:])))


def count_same(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many rows are the same, from the top."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (was, now) in pairs if was != now), min(len(old), len(new)))


def plain(row: str) -> str:
    """Return the text of a row."""
    return _ESCAPE.sub("", row)


def _is_uncertain(row: str) -> bool:
    """Whether terminals may disagree on the row's width."""
    return not _AGREED.fullmatch(row)


def fold(row: str, width: int) -> list[str]:
    """Break a row as a terminal does that becomes `width` columns wide; parts keep their styles."""
    parts = [""]
    cells = 0
    style = link = ""
    for unit in _UNIT.findall(row):
        size = 0 if unit[0] == "\x1b" else cell_len(unit)
        if cells and cells + size > width:
            parts[-1] += (_NO_STYLE if style else "") + (_NO_LINK if link else "")
            parts.append(link + style)
            cells = 0
        if unit.startswith("\x1b]"):
            link = "" if unit == _NO_LINK else unit
        elif unit.startswith("\x1b"):
            style = "" if unit == _NO_STYLE else unit
        parts[-1] += unit
        cells += size
    return parts
