"""Source code → tokens, line by line and a few lines at a time. Knows no colours and no screen.

A lexer wants the whole text, and a model writes two thousand lines one after the other. So lines
are settled in small steps, each lexed from a nearby line on, with a few of the lines that follow.
The steps depend on the lines alone, never on when they came: code that arrives in pieces gets the
same tokens as code that is there at once. Only where lexing takes far too long, which some lexers
can be made to, the code goes on plain from there.
"""

import copy
import re
import time
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

LONGEST_LINE = 4000
"""Characters of a line that is lexed: a longer one is data, and may cost its square in time."""
USUAL = 20e-6
"""CPU seconds for a character, on a slow machine."""
PATIENCE = 1.0
"""CPU seconds beyond the usual that lexing one block may take."""

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


class _TooSlow(Exception):
    """The block is to go on plain."""


class _Patience:
    """Lexes the lines of one block, as long as that takes no more than it may."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self.left = PATIENCE

    def lex(self, lines: Sequence[str]) -> list[CodeLine]:
        """Return the tokens of lines that are a text of their own. Raises _TooSlow."""
        text = "\n".join(line if len(line) <= LONGEST_LINE else "" for line in lines)
        usual_end = time.thread_time() + USUAL * len(text)
        found: list[CodeLine] = [[]]
        for number, (kind, part) in enumerate(self._lexer.get_tokens(text)):
            first, *others = part.split("\n")
            if first:
                found[-1].append((kind, first))
            found.extend([(kind, line)] if line else [] for line in others)
            if number % 64 == 0 and time.thread_time() - usual_end > self.left:
                break
        self.left -= max(0.0, time.thread_time() - usual_end)
        if self.left <= 0:
            raise _TooSlow
        for at, line in enumerate(lines):
            if len(line) > LONGEST_LINE:
                found[at] = plain_line(line)
        return found[: len(lines)]

    def lex_unfinished(self, lines: Sequence[str]) -> list[CodeLine]:
        """Lex lines of which more will follow: a comment or here-document may still be open.

        Many lexers know those only by their end, so ends are put below.
        """
        ends = [*_HEREDOC.findall("\n".join(lines)), _CLOSERS]
        return self.lex([*lines, *ends])[: len(lines)]


class CodeLines:
    """Lexes one code block, of which ever more lines become known.

    Both methods take the lines that follow those settled so far. Copies of it share their patience.
    """

    def __init__(self, language: str) -> None:
        lexer = _find_lexer(language)
        self._patience = _Patience(lexer) if lexer else None
        self._first: list[str] = []
        self._before: list[str] = []
        self._tokens: list[CodeLine] = []

    def settle(self, lines: Sequence[str]) -> list[CodeLine]:
        """Go past as many of `lines` as can be settled, and return their tokens."""
        settled: list[CodeLine] = []
        while patience := self._patience_left():
            step = max(STEP, len(self._before) // 4)
            window = lines[len(settled) : len(settled) + step + AHEAD]
            if len(window) < step + AHEAD:
                return settled
            try:
                self._settle_step(patience, list(window), step)
            except _TooSlow:
                break
            settled += self._tokens[-step:]
        return [*settled, *map(plain_line, lines[len(settled) :])]

    def rest(self, lines: Sequence[str]) -> list[CodeLine]:
        """Return the tokens of all of `lines`, as if the code ended there; settles nothing."""
        trial = copy.copy(self)
        tokens = trial.settle(lines)
        return tokens + trial._last(lines[len(tokens) :])

    def _patience_left(self) -> _Patience | None:
        return self._patience if self._patience and self._patience.left > 0 else None

    def _last(self, lines: Sequence[str]) -> list[CodeLine]:
        patience = self._patience_left()
        if patience and lines:
            try:
                return patience.lex([*self._before, *lines])[len(self._before) :]
            except _TooSlow:
                pass
        return [*map(plain_line, lines)]

    def _settle_step(self, patience: _Patience, window: list[str], step: int) -> None:
        """Lex the lines of the window and settle the first `step` of them."""
        before, tokens = self._lex_on(patience, window)
        end = len(before) + step
        self._first = self._first or window[:1]
        self._before = [*before, *window][:end]
        self._tokens = tokens[:end]

    def _lex_on(self, patience: _Patience, window: list[str]) -> tuple[list[str], list[CodeLine]]:
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
                tokens = patience.lex_unfinished([*before, *window])
                if tokens[len(head) : len(before)] == self._tokens[start:]:
                    return before, tokens
        before = self._before if known < FARTHEST else []
        return before, patience.lex_unfinished([*before, *window])


def _outermost(lines: list[str], start: int, end: int) -> int:
    """Return the index in a range of the least indented line that opens something; else `start`."""
    opening = [at for at in range(start, end) if lines[at].strip(" )]}")]
    return min(opening, key=lambda at: len(lines[at]) - len(lines[at].lstrip()), default=start)


def plain_line(line: str) -> CodeLine:
    return [(Text, line)] if line else []


@lru_cache(maxsize=64)
def _find_lexer(language: str) -> Lexer | None:
    if language.lower() in ("", "text", "plain", "txt", "plaintext"):
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
