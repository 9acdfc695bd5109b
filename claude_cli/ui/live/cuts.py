"""How much of a growing Markdown source is final, and how to read on after it. Pure.

What can still change lies on the document's right edge: the last block; if that is a list, its last
item; in it the last block; and so on. All that is before the innermost of these is final, and so is
that one where a blank line has ended it. Reading on in the middle of a list takes lines before the
rest that open the same lists again.
"""

import copy
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markdown_it.token import Token

from claude_cli.ui.live.code_lines import CodeLines, language_of, lines_of
from claude_cli.ui.live.markdown_tokens import parse

_WITH_MARK = {"blockquote_open", "list_item_open"}
_CONTAINERS = {"bullet_list_open", "ordered_list_open"} | _WITH_MARK
_HOLLOW = _CONTAINERS | {name.replace("_open", "_close") for name in _CONTAINERS}
_CLOSED_BY_BLANK_LINE = {"heading_open", "math_block", "paragraph_open", "table_open"}
_MARK = re.compile(r" *(?:>|(?:[-+*]|\d{1,9}[.)])(?= |$))")
_STUB = "#"
"""An empty heading: content that no line after it can join or change."""


class Place(NamedTuple):
    """Where reading goes on after a cut."""

    inside: bool = False
    """Whether what comes first is the rest of a top-level block."""
    reopen: tuple[str, ...] = ()
    """Lines that open the containers and the fence of the place again, with stubs for content."""
    numbers: tuple[int, ...] = ()
    """For each ordered list that is open, outermost first: the number of its item in `reopen`."""
    code: CodeLines | None = None
    """What lexes the open fence."""


START = Place()


class Cut(NamedTuple):
    final: list[Token]
    """All that is final, as whole blocks: containers that are open are closed."""
    lines: int
    """How many of the source's lines that took."""
    place: Place


class _Node(NamedTuple):
    """A block on the right edge: `tokens[start:end]`."""

    start: int
    end: int
    first: bool
    """Whether nothing that shows is before it in its container."""


def read(lines: Sequence[str], place: Place) -> list[Token]:
    """Return the tokens of `lines`, which are read on from `place`.

    `meta` says of the rest of a list item or a quote that it is `continued`, and has the lexer that
    has `begun` a fence.
    """
    tokens = parse("".join(f"{line}\n" for line in [*place.reopen, *lines]))
    numbers = list(place.numbers)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        reopened = token.map is not None and token.map[0] < len(place.reopen)
        if reopened and token.type == "heading_open":
            del tokens[at : at + 3]
            continue
        if token.type == "ordered_list_open" and numbers:
            token.attrs["start"] = numbers.pop(0)
        elif reopened and token.type in _WITH_MARK:
            token.meta["continued"] = True
        elif reopened and token.type == "fence":
            token.meta["begun"] = place.code
        elif token.type not in _CONTAINERS:
            break
        at += 1
    return tokens


def find_cut(tokens: list[Token], lines: Sequence[str], place: Place) -> Cut | None:
    """Return how far `tokens`, read from whole `lines`, are final; None if nothing is."""
    edge = _right_edge(tokens)
    source = [*place.reopen, *lines]
    cut = (
        _cut_at_fence(tokens, edge, source)
        or _cut_at_blank_line(tokens, edge, source)
        or _cut_between(tokens, edge, source)
    )
    return cut and cut._replace(lines=cut.lines - len(place.reopen))


def open_block(tokens: list[Token]) -> Token | None:
    """Return the first token of the innermost block on the right edge."""
    edge = _right_edge(tokens)
    return tokens[edge[-1].start] if edge else None


def _cut_at_fence(tokens: list[Token], edge: list[_Node], source: list[str]) -> Cut | None:
    """Cut after a closed fence, or in an open one after the lines whose tokens are settled."""
    fence = tokens[edge[-1].start] if edge else None
    if fence is None or fence.type != "fence":
        return None
    around = edge[:-1]
    stubs, numbers = _stubs(tokens, around, source), _numbers(tokens, around)
    first, end = _span(fence)
    if not _is_open(fence):
        return Cut(tokens, end, Place(bool(around), tuple(stubs.values()), numbers))
    code = copy.copy(fence.meta.get("begun")) or CodeLines(language_of(fence.info))
    settled = code.settle(lines_of(fence.content))
    if not settled:
        return None
    final = [*tokens]
    final[edge[-1].start] = fence.copy(meta={**fence.meta, "settled": settled})
    reopen = stubs | {first: source[first]}
    return Cut(final, first + 1 + len(settled), Place(True, tuple(reopen.values()), numbers, code))


def _cut_at_blank_line(tokens: list[Token], edge: list[_Node], source: list[str]) -> Cut | None:
    """Cut after a top-level block that ends with a blank line, before it is known what follows."""
    block = tokens[edge[0].start] if len(edge) == 1 else None
    if block is None or block.type not in _CLOSED_BY_BLANK_LINE or _span(block)[1] == len(source):
        return None
    return Cut(tokens, len(source), START)


def _cut_between(tokens: list[Token], edge: list[_Node], source: list[str]) -> Cut | None:
    """Cut before the innermost block on the edge that is not the first of its container.

    If that is a list item, one like it comes before it: what begins with an item may be something
    else than a list, namely a table whose head looks like the item.
    """
    depth = max((depth for depth, node in enumerate(edge) if not node.first), default=None)
    if depth is None:
        return None
    node = edge[depth]
    first = tokens[node.start]
    final = tokens[: node.start] + tokens[node.end :]
    reopened = edge[: depth + (first.type == "list_item_open")]
    reopen = tuple(_stubs(tokens, reopened, source).values())
    place = Place(depth > 0, reopen, _numbers(final, edge[:depth]))
    return Cut(final, _span(first)[0], place)


def _right_edge(tokens: list[Token]) -> list[_Node]:
    """Return the blocks that end where the tokens end, outermost first; one a level."""
    edge: list[_Node] = []
    start, end = 0, len(tokens)
    while start < end:
        at = end - 1
        while tokens[at].level != len(edge) or tokens[at].nesting < 0:
            at -= 1
        first = all(tokens[before].type in _HOLLOW for before in range(start, at))
        edge.append(_Node(at, end, first))
        if tokens[at].type not in _CONTAINERS:
            break
        start, end = at + 1, end - 1
    return edge


def _numbers(tokens: list[Token], around: list[_Node]) -> tuple[int, ...]:
    """Return the number of the last item that is there of each ordered list among the nodes."""
    return tuple(
        int(tokens[node.start].attrs.get("start", 1)) + _count_items(tokens, node, level) - 1
        for level, node in enumerate(around)
        if tokens[node.start].type == "ordered_list_open"
    )


def _count_items(tokens: list[Token], node: _Node, level: int) -> int:
    inside = tokens[node.start + 1 : node.end]
    return sum(token.type == "list_item_open" and token.level == level + 1 for token in inside)


def _stubs(tokens: list[Token], around: list[_Node], source: list[str]) -> dict[int, str]:
    """Return the lines on which the nodes were opened, a stub in place of what is in them."""
    stubs: dict[int, str] = {}
    quotes = 0
    items: Counter[int] = Counter()
    for node in around:
        token = tokens[node.start]
        if token.type not in _WITH_MARK:
            continue
        line, _ = _span(token)
        quotes += token.type == "blockquote_open"
        items[line] += token.type == "list_item_open"
        stubs[line] = _stub(source[line], quotes + items[line])
    return stubs


def _stub(line: str, marks: int) -> str:
    """Keep the line's first `marks` marks, and the column where content starts after them."""
    end = 0
    for _ in range(marks):
        mark = _MARK.match(line, end)
        assert mark, f"no {marks} marks in {line!r}"
        end = mark.end()
    content = line[end:].lstrip(" ")
    spaces = len(line) - end - len(content)
    return line[:end] + " " * (spaces if content and spaces <= 4 else 1) + _STUB


def _is_open(fence: Token) -> bool:
    """Whether all lines of the fence but its first are content."""
    start, end = _span(fence)
    return fence.content.count("\n") == end - start - 1


def _span(token: Token) -> tuple[int, int]:
    """Return the token's first line and the line after its last."""
    assert token.map, f"{token.type} has no lines"
    return token.map[0], token.map[1]
