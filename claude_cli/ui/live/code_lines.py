"""Source code → tokens, line by line and a few lines at a time. Knows no colours and no screen.

A lexer wants the whole text, and a model writes two thousand lines one after the other. So lines
are settled in small steps, each lexed from a nearby line on, with a few of the lines that follow.
The steps depend on the lines alone, never on when they came: code that arrives in pieces gets the
same tokens as code that is there at once.
"""

import copy
import re
from collections.abc import Sequence
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Text, _TokenType
from pygments.util import ClassNotFound

CodeLine = list[tuple[_TokenType, str]]
"""The tokens of one line, in order, without its newline."""

STEP = 10
"""Lines settled at once, at least."""
AHEAD = 6
"""Lines that must follow before a line is settled: what lexers look ahead for is mostly near."""
NEARBY = 16
"""Settled lines among which a new place to start lexing is looked for."""
FARTHEST = 400
"""Settled lines that are lexed again and again; past it, lexing starts afresh."""

_LANGUAGE = re.compile(r"[\w+#.-]*")
_HEREDOC = re.compile(r"<<[-~<]?\s*[\"'\\]?([A-Z_]+)\b")
_CLOSERS = "*/ \"\"\" ''' -->"


def language_of(info: str) -> str:
    """Return the language that a fence's info string names: its first word, if any."""
    found = _LANGUAGE.match(info.strip())
    return found.group() if found else ""


def lines_of(content: str) -> list[str]:
    """Return the lines of a code block, without spaces at their ends and blank lines at its end."""
    return [line.rstrip() for line in content.rstrip().split("\n")] if content.strip() else []


class CodeLines:
    """Lexes one code block, of which ever more lines become known.

    Both methods take the lines that follow those settled so far.
    """

    def __init__(self, language: str) -> None:
        self._lexer = _find_lexer(language)
        self._first: list[str] = []
        self._before: list[str] = []
        self._tokens: list[CodeLine] = []

    def settle(self, lines: Sequence[str]) -> list[CodeLine]:
        """Go past as many of `lines` as can be settled, and return their tokens."""
        if self._lexer is None:
            return [_plain(line) for line in lines]
        settled: list[CodeLine] = []
        while True:
            step = max(STEP, len(self._before) // 4)
            window = lines[len(settled) : len(settled) + step + AHEAD]
            if len(window) < step + AHEAD:
                return settled
            self._settle_step(self._lexer, list(window), step)
            settled += self._tokens[-step:]

    def rest(self, lines: Sequence[str]) -> list[CodeLine]:
        """Return the tokens of all of `lines`, as if the code ended there; settles nothing."""
        trial = copy.copy(self)
        tokens = trial.settle(lines)
        return tokens + trial._last(lines[len(tokens) :])

    def _last(self, lines: Sequence[str]) -> list[CodeLine]:
        if self._lexer is None or not lines:
            return []
        return _lex(self._lexer, [*self._before, *lines])[len(self._before) :]

    def _settle_step(self, lexer: Lexer, window: list[str], step: int) -> None:
        """Lex the lines of the window and settle the first `step` of them."""
        before, tokens = self._lex_on(lexer, window)
        end = len(before) + step
        self._first = self._first or window[:1]
        self._before = [*before, *window][:end]
        self._tokens = tokens[:end]

    def _lex_on(self, lexer: Lexer, window: list[str]) -> tuple[list[str], list[CodeLine]]:
        """Return some of the settled lines, and the tokens of these and the window.

        A lexer cannot be asked for its state. But if it starts at a line nearby, and gives the
        settled lines from there on the tokens that they have, then it has found its way. It may
        need the first line of all for that (`<?php`).
        """
        known = len(self._before)
        if known > NEARBY:
            start = _outermost(self._before, known - NEARBY, known - NEARBY // 2)
            for head in [], self._first:
                before = [*head, *self._before[start:]]
                tokens = _lex_unfinished(lexer, [*before, *window])
                if tokens[len(head) : len(before)] == self._tokens[start:]:
                    return before, tokens
        before = self._before if known < FARTHEST else []
        return before, _lex_unfinished(lexer, [*before, *window])


def _outermost(lines: list[str], start: int, end: int) -> int:
    """Return the index in a range of the least indented line that opens something; else `start`."""
    opening = [at for at in range(start, end) if lines[at].strip(" )]}")]
    return min(opening, key=lambda at: len(lines[at]) - len(lines[at].lstrip()), default=start)


def _lex_unfinished(lexer: Lexer, lines: Sequence[str]) -> list[CodeLine]:
    """Lex lines of which more will follow: a comment, string or here-document may still be open.

    Many lexers know those only by their end, so ends are put below.
    """
    ends = [*_HEREDOC.findall("\n".join(lines)), _CLOSERS]
    return _lex(lexer, [*lines, *ends])[: len(lines)]


def _lex(lexer: Lexer, lines: Sequence[str]) -> list[CodeLine]:
    found: list[CodeLine] = [[]]
    for kind, text in lexer.get_tokens("\n".join(lines)):
        first, *others = text.split("\n")
        if first:
            found[-1].append((kind, first))
        found.extend([(kind, line)] if line else [] for line in others)
    return found[: len(lines)]


def _plain(line: str) -> CodeLine:
    return [(Text, line)] if line else []


@lru_cache(maxsize=64)
def _find_lexer(language: str) -> Lexer | None:
    if language.lower() in ("", "text", "plain", "txt", "plaintext"):
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
