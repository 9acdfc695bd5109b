"""Lines broken between words, for a terminal that would break them anywhere. Pure."""

import re

_UNIT = re.compile(r"\n|[^\S\n]+|[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+")
"""A line end, white space, one character of a script without spaces, or a word."""
LONGEST_HELD = 60
"""Characters of a word that is still growing and not yet shown."""


class WordFolder:
    """Breaks text that arrives in pieces; the last word is held back, as it may still grow."""

    def __init__(self, width: int, column: int = 0) -> None:
        self._width = width
        self._column = column
        self._held = ""

    def feed(self, text: str) -> str:
        units = _UNIT.findall(self._held + text)
        grows = units and not units[-1].isspace() and len(units[-1]) < LONGEST_HELD
        self._held = units.pop() if grows else ""
        if self._held and units and units[-1].strip(" ") == "":
            self._held = units.pop() + self._held
        return self._fold(units)

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


def fold_words(text: str, width: int, column: int = 0) -> str:
    """Return a whole text with line ends between words; `column` is where its first line starts."""
    folder = WordFolder(width, column)
    return folder.feed(text) + folder.end()
