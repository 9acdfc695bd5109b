"""Lines broken between words, for a terminal that would break them anywhere. Pure."""

import re

_UNIT = re.compile(r"\n|[^\S\n]+|[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+")
"""A line end, white space, one character of a script without spaces, or a word."""
LONGEST_HELD = 60
"""Characters of a word, or of white space, that is still growing and not yet shown."""


class WordFolder:
    """Breaks text that arrives in pieces; the last word and the blank before it are held back."""

    def __init__(self, width: int, column: int = 0) -> None:
        self._width = width
        self._column = column
        self._held = ""

    def feed(self, text: str) -> str:
        units = _UNIT.findall(self._held + text)
        kept = len(units)
        if kept and not units[-1].isspace() and len(units[-1]) < LONGEST_HELD:
            kept -= 1
        if kept and _is_blank(units[kept - 1]):  # where the next word goes tells what becomes of it
            kept -= 1
        self._held = "".join(units[kept:])
        return self._fold(units[:kept])

    def end(self) -> str:
        units, self._held = _UNIT.findall(self._held), ""
        return self._fold(units)

    def _fold(self, units: list[str]) -> str:
        from rich.cells import cell_len

        folded: list[str] = []
        space = ""
        for unit in units:
            if unit == "\n":
                self._column, space = 0, ""
                folded.append(unit)
            elif unit.isspace():
                space += unit
            else:
                size = cell_len(space) + cell_len(unit)
                if self._column and self._column + size > self._width:
                    folded.append("\n")
                    self._column, space, size = 0, "", cell_len(unit)
                folded += space, unit
                self._column += size
                space = ""
        if space:
            folded.append(space)
            self._column += len(space)
        return "".join(folded)


def _is_blank(unit: str) -> bool:
    return unit != "\n" and unit.isspace() and len(unit) < LONGEST_HELD


def fold_words(text: str, width: int, column: int = 0) -> str:
    """Return a whole text with line ends between words; `column` is where its first line starts."""
    folder = WordFolder(width, column)
    return folder.feed(text) + folder.end()
