"""A line of a chat, and which of its characters were typed: only those may run or attach. Pure."""

from itertools import takewhile
from typing import NamedTuple

_PIECE = 1024
"""Characters that are compared at once."""


class TypedLine(NamedTuple):
    """`typed` has a byte for each character of `text`: 1 where a key made it. What was pasted, or
    written in an editor, was not typed."""

    text: str
    typed: bytes

    def is_typed(self, position: int) -> bool:
        return bool(self.typed[position])

    @property
    def has_pasted_marks(self) -> bool:
        """Whether it has an `@`, or begins with a `!`, that was not typed."""
        marks = [at for at, character in enumerate(self.text) if character == "@"]
        return not all(map(self.is_typed, [*marks, 0] if self.text[:1] == "!" else marks))


def untyped(text: str) -> TypedLine:
    """A line of which nothing was typed."""
    return TypedLine(text, bytes(len(text)))


NO_LINE = untyped("")


class Marks:
    """Follows a text while it is edited, and remembers which of it was typed."""

    def __init__(self, line: TypedLine = NO_LINE) -> None:
        self._text = line.text
        self._typed = bytearray(line.typed)

    def follow(self, text: str, *, typed: bool) -> None:
        """The text is `text` now; what is new in it was typed, or was not."""
        old = self._text
        start = _common(old, text)
        end = _common(old[start:][::-1], text[start:][::-1])
        new = len(text) - start - end
        self._typed[start : len(old) - end] = bytes([typed]) * new
        self._text = text

    def line(self) -> TypedLine:
        return TypedLine(self._text, bytes(self._typed))


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    at = 0
    while at + _PIECE <= len(one) and other.startswith(one[at : at + _PIECE], at):
        at += _PIECE
    pairs = zip(one[at : at + _PIECE], other[at : at + _PIECE], strict=False)
    return at + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
