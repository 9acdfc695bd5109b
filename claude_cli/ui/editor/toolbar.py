"""The line below the prompt: what there is room for, the least important left out first."""

from collections.abc import Sequence
from typing import NamedTuple

from prompt_toolkit.utils import get_cwidth

from claude_cli.ui.sanitize import sanitize_line

BETWEEN = " · "


class Part(NamedTuple):
    """A text of the line; of two, that with the lower `rank` stays."""

    text: str
    rank: int


def fitted(parts: Sequence[Part], room: int) -> str:
    """The parts in their order, made harmless, in at most `room` columns; the last one is cut."""
    kept = [part._replace(text=sanitize_line(part.text)) for part in parts if part.text]
    while get_cwidth(line := BETWEEN.join(part.text for part in kept)) > room:
        if len(kept) == 1:
            return _cut(line, room)
        kept.remove(max(kept, key=lambda part: part.rank))
    return line


def _cut(line: str, room: int) -> str:
    while get_cwidth(line) > room:
        line = line[:-1]
    return line
