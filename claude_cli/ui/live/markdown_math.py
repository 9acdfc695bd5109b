r"""Formulas in Markdown, as TeX marks them: rules for markdown-it.

`$…$` and `\(…\)`; `$$…$$`, `\[…\]` and `\begin{…} … \end{…}`, also as blocks. Nothing in a formula
is Markdown: it stays as it is written, marks included. As in TeX, a blank line ends it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 2000
"""Characters of a formula within a paragraph."""

_BEGIN = re.compile(r"\$\$|\\\[|\\begin\{([A-Za-z]{1,30}\*?)\}")
_CLOSERS = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
_FORMULA_SIGNS = re.compile(r"[=\\^_+<>]|^\s")
"""What is in brackets that are no formula, just escaped, as in `\\[optional\\]`, has none of it."""


def read_formulas(parser: MarkdownIt) -> None:
    """Teach the parser what a formula is."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "math_block", _block, {"alt": interrupted})
    parser.inline.ruler.before("escape", "math", _inline)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block from a line that begins with a formula to that which ends it.

    Whether there is one depends on its first line alone: an answer arrives line by line.
    """
    line = _line(state, start)
    begin = _BEGIN.match(line)
    if begin is None or state.is_code_block(start):
        return False
    closer = _CLOSERS.get(begin[0], rf"\end{{{begin[1]}}}")
    _, closed, after = line[begin.end() :].partition(closer)
    if after.strip(" .,;:"):  # words go on: it is a part of a paragraph
        return False
    if silent:
        return True
    last = start
    while not closed and last + 1 < end and _goes_on(state, last + 1):
        last += 1
        closed = closer if closer in _line(state, last) else ""
    token = state.push("math_block", "", 0)
    token.content = state.getLines(start, last + 1, state.sCount[start], False)
    token.map = [start, last + 1]
    state.line = last + 1
    return True


def _goes_on(state: StateBlock, line: int) -> bool:
    return not state.isEmpty(line) and state.sCount[line] >= state.blkIndent


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _inline(state: StateInline, silent: bool) -> bool:
    end = _end_of_formula(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        token = state.push("text", "", 0)
        token.content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(text: str, start: int, limit: int) -> int | None:
    """Return where the formula ends that begins at `start`; None where none begins."""
    opener = next((mark for mark in _CLOSERS if text.startswith(mark, start)), None)
    if opener is None:
        return None
    first = start + len(opener)
    closer = _CLOSERS[opener]
    end = text.find(closer, first, min(limit, first + LONGEST))
    while opener == "$" and end > 0 and text[end - 1] == "\\":
        end = text.find(closer, end + 1, min(limit, first + LONGEST))
    if end <= first or not _is_formula(opener, text[first:end], text[end + 1 : end + 2]):
        return None
    return end + len(closer)


def _is_formula(opener: str, inside: str, after: str) -> bool:
    """Tell formulas from prices, as pandoc does, and from brackets that are escaped."""
    if opener == "$":
        return not (inside[0].isspace() or inside[-1].isspace() or after.isdigit())
    return opener != r"\[" or _FORMULA_SIGNS.search(inside) is not None
