"""Two parts of an answer, joined: what the second repeats of the first is found and cut. Pure.

A model that is asked to go on often begins with its last words again.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from claude_cli.types import Delta, StreamEvent

LONGEST = 2000
"""Characters of a repetition that is looked for."""
SHORTEST = 12
"""Bytes of one that is taken for it wherever it begins: shorter ones happen by chance."""
SHORTEST_WORD = 3
"""Characters of words that are said again, with nothing between: `twi` + `twice a day`."""


def overlap(said: str, rest: str) -> int:
    """How many characters of `rest` repeat the end of `said`; what may be meant counts as none."""
    tail = said[-LONGEST:]
    for size in range(min(len(tail), len(rest)), 0, -1):
        if tail.endswith(rest[:size]) and _is_repetition(rest[:size], tail[:-size]):
            return size
    return 0


def of_blanks(said: str, rest: str) -> int:
    """How many characters of `rest` are blanks that `said` ends in already: a prefill ends in none,
    so the model says them again."""
    blanks = said[len(said.rstrip()) :]
    sizes = range(min(len(blanks), len(rest)), 0, -1)
    return next((size for size in sizes if blanks.endswith(rest[:size])), 0)


Overlap = Callable[[str, str], int]


class Seam:
    """The rest of an answer as it arrives, without what it repeats of `said`.

    `is_open` until that is known; until then `feed` holds back what may be a repetition.
    """

    def __init__(self, said: str, overlap: Overlap = overlap) -> None:
        self.is_open = bool(said)
        self._tail = said[-LONGEST:]
        self._held = ""
        self._overlap = overlap

    def feed(self, text: str) -> str:
        """What of the answer can be shown, now that `text` has come."""
        self._held += text
        return "" if self.is_open and self._may_grow() else self.end()

    def end(self) -> str:
        """What is held back, once nothing more comes."""
        held, self._held = self._held, ""
        if not self.is_open or not held:
            return held
        self.is_open = False
        return held[self._overlap(self._tail, held) :]

    def _may_grow(self) -> bool:
        """Whether more text can make a longer repetition of what is held."""
        place = self._tail.find(self._held)
        return 0 <= place < len(self._tail) - len(self._held)


def _is_repetition(words: str, before: str) -> bool:
    """Whether words that stand on both sides of the seam are the same ones, said twice: not
    numbers, and not what goes on in a pattern, such as the rows of a table."""
    if not any(map(str.isalpha, words)) or before.endswith(words) or _is_pattern(words):
        return False
    if len(words.encode("utf-8", "replace")) >= SHORTEST:
        return True
    are_words = words[0].isalpha() and words[-1].isalpha() and not before[-1:].isalnum()
    return are_words and len(words) >= SHORTEST_WORD


def _is_pattern(words: str) -> bool:
    """Whether it is the same thing at least twice: `0, 0, 0, 0`."""
    return any(words.startswith(words[period:]) for period in range(1, len(words) // 2 + 1))


def without_repetition(events: Iterable[StreamEvent], seam: Seam) -> Iterator[StreamEvent]:
    """The events of the rest of an answer, their texts without what they repeat; `raw` stays as it
    was sent. What was held back comes where its block ends, or the stream breaks off."""
    block = 0
    rest = iter(events)
    try:
        for event in rest:
            data: Any = event.data
            delta = data.get("delta")
            if data["type"] == "message":
                yield event._replace(data=_without(data, seam))
            elif isinstance(delta, dict) and isinstance(delta.get("text"), str):
                block = data.get("index", 0)
                data = {**data, "delta": {**delta, "text": seam.feed(delta["text"])}}
                yield event._replace(data=data)
            else:
                if data["type"] in ("content_block_stop", "message_delta"):
                    yield from _held_back(seam, block)
                yield event
            if not seam.is_open:
                yield from rest
    except GeneratorExit:
        raise
    except BaseException:
        yield from _held_back(seam, block)
        raise


def _held_back(seam: Seam, block: int) -> Iterator[StreamEvent]:
    if text := seam.end():
        delta: Delta = {"type": "text_delta", "text": text}
        yield StreamEvent({"type": "content_block_delta", "index": block, "delta": delta}, "")


def _without(message: Any, seam: Seam) -> Any:
    """A whole message, whose first text is without what it repeats."""
    content = list(message["content"])
    for place, block in enumerate(content):
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            content[place] = {**block, "text": seam.feed(block["text"]) + seam.end()}
            break
    return {**message, "content": content}
