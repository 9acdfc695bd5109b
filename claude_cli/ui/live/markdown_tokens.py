"""Markdown source → markdown-it tokens: Markdown as claude-cli reads it. Draws nothing.

CommonMark with tables, strikethrough, formulas, task lists and footnotes. But HTML is plain text
(an answer's `Vec<String>` must not vanish), images are links, and there are no reference
definitions: where a link points must not depend on what comes later.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import takewhile

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block, paragraph
from markdown_it.token import Token

from claude_cli.ui.live.links import may_lead
from claude_cli.ui.live.markdown_math import read_formulas
from claude_cli.ui.sanitize import sanitize

TAB = 4
DEEPEST = 40
"""Levels of nesting, of which a list takes two; marks of deeper ones are text. The time to draw
a block grows with the square of its depth."""

BlockRule = Callable[[StateBlock, int, int, bool], bool]

_CELLS = ("td_open", "th_open")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\] ")
_FOOTNOTE = re.compile(r"\[\^(\d{1,3}|(?<=\S\[\^)[A-Za-z][\w-]{1,30})\]")
"""A reference; of a name only after a word, for `[^abc]` alone may be a regular expression."""
_FOOTNOTE_TEXT = re.compile(r"\[\^([\w-]{1,31})\]:\s+")


def normalise(text: str) -> str:
    """Make every line end in a newline alone, and tabs spaces."""
    return text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(TAB)


def parse(source: str) -> list[Token]:
    """Return the tokens of `source`, which is normalised."""
    tokens = _parser().parse(source)
    before = ["", ""]
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            if before[0] == "list_item_open":
                _make_task(children)
            in_cell = before[1] in _CELLS
            token.children = [*_drawable(children, in_cell=in_cell)]
        before = [before[1], token.type]
    return tokens


def fences(source: str) -> list[str]:
    """What is between the fences of each fenced block, as it stands in `source`.

    A fence that is never closed runs to the end (CommonMark 4.5).
    """
    tokens = _parser(inline=False).parse(source)
    return [token.content for token in tokens if token.type == "fence"]


def number_fences(tokens: Iterable[Token], before: int) -> int:
    """Number the fenced blocks that begin among `tokens`, `before` of them having come before;
    return the number of the last."""
    for token in tokens:
        if token.type == "fence" and "begun" not in token.meta:
            before += 1
            token.meta["number"] = before
    return before


@cache
def _parser(inline: bool = True) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST + 4})
    parser.enable(["table", "strikethrough"]).disable("reference")
    read_formulas(parser)
    interrupted = ["paragraph", "reference", "blockquote"]
    parser.block.ruler.at("list", _shallow(list_block), {"alt": interrupted})
    parser.block.ruler.at("blockquote", _shallow(blockquote), {"alt": [*interrupted, "list"]})
    parser.block.ruler.before("paragraph", "footnote", _footnote, {"alt": interrupted})
    if not inline:  # which is most of the work
        parser.disable("inline")
    return parser


def _shallow(rule: BlockRule) -> BlockRule:
    """Return the rule of a container for what is not too deep: the parser drops what is."""
    return lambda state, *place: state.level < DEEPEST and rule(state, *place)


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The text of a footnote: a paragraph that needs no blank line before it."""
    at = state.bMarks[start] + state.tShift[start]
    if not _FOOTNOTE_TEXT.match(state.src, at, state.eMarks[start]):
        return False
    return silent or paragraph(state, start, end, False)


def _make_task(children: list[Token]) -> None:
    """Make a box of the brackets that an item begins with."""
    first = children[0] if children else None
    if first and first.type == "text" and (box := _TASK.match(first.content)):
        first.content = f"{'☐' if box[1] == ' ' else '☑'} {first.content[box.end() :]}"


def _drawable(
    children: Iterable[Token], *, in_cell: bool = False, in_link: bool = False
) -> Iterator[Token]:
    rest = iter(children)
    for token in rest:
        if token.type == "link_open":
            inside = takewhile(lambda child: child.type != "link_close", rest)
            yield from _link(str(token.attrs.get("href", "")), inside, in_link=in_link)
        elif token.type == "image":
            target = str(token.attrs.get("src", ""))
            yield from _link(target, token.children or (), in_link=in_link)
        elif token.type == "text":
            yield from _text(token.content, in_cell=in_cell)
        else:
            yield token


def _link(target: str, children: Iterable[Token], *, in_link: bool) -> Iterator[Token]:
    """Yield a link, its target behind it where it may not lead there: that is for all to see."""
    inside = [*_drawable(children, in_link=True)] or [_text_token(sanitize(target))]
    shown = "".join(child.content for child in inside)
    if in_link:
        yield from inside
    elif may_lead(shown, target):
        yield Token("link_open", "a", 1, attrs={"href": target})
        yield from inside
        yield Token("link_close", "a", -1)
    else:
        yield from inside
        if target and sanitize(target) not in shown:
            yield _text_token(f" ({sanitize(target)})")


def _text(content: str, *, in_cell: bool) -> Iterator[Token]:
    # The source was sanitised before its character references were decoded.
    content = sanitize(content).replace("\n", " ").replace("\t", " ")
    if label := _FOOTNOTE_TEXT.match(content):
        content = f"[{label[1]}] {content[label.end() :]}"
    content = _FOOTNOTE.sub(r"[\1]", content)
    lines = _BREAK.split(content) if in_cell else [content]
    for at, line in enumerate(lines):
        if at:
            yield Token("hardbreak", "br", 0)
        yield _text_token(line)


def _text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)
