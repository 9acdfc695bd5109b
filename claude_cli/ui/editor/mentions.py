"""`@PATH` in a line: the words that an `@` begins, as in a shell; and what Tab offers there."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from claude_cli.ui.editor.menu import Candidate, paths_from
from claude_cli.ui.sanitize import sanitize_line

_WORD = re.compile(r"""(?<!\S)@((?:\\.|'[^'\n]*'|"(?:\\.|[^"\\\n])*"|[^\s\\'"])++(?!\S)|\S+)""")
"""A word whose quotes are closed, or else one in which they are characters like others."""
_BEGUN = re.compile(r"""(?<!\S)@(?:(["'])([^"'\n]*)|((?:\\.|[^\s\\"'])*))$""")
"""The word at the cursor: in quotes that are open, or without."""
_ESCAPED = re.compile(r"\\(.)")
_SPECIAL = re.compile(r"""([\s\\'"])""")
_PUNCTUATION = ",.;:?!)"
_MOST_PUNCTUATION = 3


class Mention(NamedTuple):
    """`start` is where the `@` is; `words` are what may stand behind it, as they were typed: all
    but the first lack punctuation at the end."""

    start: int
    words: list[str]


def mentions(line: str) -> Iterator[Mention]:
    """Yield what each `@` at the start of a word may name."""
    for found in _WORD.finditer(line):
        word = found[1]
        words = [word]
        while word[-1:] in _PUNCTUATION and len(word) > 1 and len(words) <= _MOST_PUNCTUATION:
            word = word[:-1]
            words.append(word)
        yield Mention(found.start(), words)


def complete_mention(before: str) -> Iterator[Candidate]:
    """Yield the paths that could take the place of one that is begun right before the cursor."""
    found = _BEGUN.search(before)
    if found is None:
        return
    quote, quoted, bare = found.groups()
    start = quoted if quote else _ESCAPED.sub(r"\1", bare)
    for path, note in paths_from(start):
        if sanitize_line(path) != path or (quote and quote in path):
            continue
        closing = quote if quote and not path.endswith("/") else ""
        word = f"{quote}{path}{closing}" if quote else _SPECIAL.sub(r"\\\1", path)
        yield Candidate(word, len(found[0]) - 1, note)
