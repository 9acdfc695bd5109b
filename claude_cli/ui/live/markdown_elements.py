"""How each block of Markdown is drawn: Rich's elements, changed where they must be.

Rich lets a list's indent depend on its last number, and leaves out what does not fit a narrow
screen. Here no row depends on what follows its block, and no text is left out at any width.
"""

from typing import ClassVar, Self

from markdown_it.token import Token
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.containers import Renderables
from rich.markdown import (
    BlockQuote,
    Heading,
    HorizontalRule,
    ListItem,
    Markdown,
    MarkdownElement,
    TableElement,
    TextElement,
    UnknownElement,
)
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from claude_cli.ui.live.markdown_code import Code

NARROWEST = 4
"""Columns that are left for what has a mark before it; with fewer it goes without."""
NARROWEST_CELL = 6
"""Columns for each cell of a table, gaps included; with fewer its cells are put in a list."""


class _Heading(Heading):
    """A heading, on the left whatever its level."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Rule(HorizontalRule):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Rule(style="markdown.hr")


class _Formula(TextElement):
    """A formula in lines of its own, as they are written."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.overflow = "fold"
        yield self.text


class _Hanging(TextElement):
    """A block with a mark before its first row; the rest of one that was begun earlier has none."""

    elements: Renderables
    continued = False

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> Self:
        block = cls()
        block.continued = token.meta.get("continued", False)
        return block

    def _hang(
        self, console: Console, options: ConsoleOptions, mark: Segment, indent: Segment
    ) -> RenderResult:
        """Draw the content, `mark` before the first row and `indent` before the others."""
        width = options.max_width - mark.cell_length
        if width < NARROWEST:
            width = options.max_width
            mark = indent = Segment("")
        inside = options.update(width=width)
        lines = console.render_lines(self.elements, inside, style=self.style, pad=False)
        if not (lines or self.continued):
            lines = [[]]
        for at, line in enumerate(lines):
            row = [indent if at or self.continued else mark, *line]
            yield from [*Segment.simplify(row), Segment.line()]


class _Quote(_Hanging, BlockQuote):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        mark = Segment("▌ ", Style(dim=True))
        yield from self._hang(console, options, mark, mark)


class _Item(_Hanging, ListItem):
    def render_bullet(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = console.get_style("markdown.item.bullet", default="none")
        yield from self._hang(console, options, Segment(" • ", style), Segment("   "))

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        """Draw the item with a column for two digits; only a longer number makes it wider."""
        style = console.get_style("markdown.item.number", default="none")
        mark = Segment(f" {number:>2} ", style)
        yield from self._hang(console, options, mark, Segment(" " * mark.cell_length))


class _Table(TableElement):
    """A table; where the screen is too narrow for one, a list of its cells."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = self.header.row if self.header else None
        heads = [cell.content.copy() for cell in head.cells] if head else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        for text in heads:
            text.stylize(console.get_style("markdown.table.header"))
        if options.max_width < NARROWEST_CELL * len(heads):
            yield from _cells_as_list(heads, rows)
        else:
            yield _as_table(heads, rows, console.get_style("markdown.table.border"))


def _as_table(heads: list[Text], rows: list[list[Text]], border: Style) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, collapse_padding=True)
    table.border_style = border
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _cells_as_list(heads: list[Text], rows: list[list[Text]]) -> RenderResult:
    for at, row in enumerate(rows or [[Text() for _ in heads]]):
        if at:
            yield Text()
        for head, cell in zip(heads, row, strict=True):
            yield Text.assemble(head, ": " if head and cell else "", cell)


_CHANGED: dict[str, type[MarkdownElement]] = {
    "blockquote_open": _Quote,
    "code_block": Code,
    "fence": Code,
    "heading_open": _Heading,
    "hr": _Rule,
    "inline": UnknownElement,
    "list_item_open": _Item,
    "math_block": _Formula,
    "table_open": _Table,
}


def _without_gap(element: type[MarkdownElement]) -> type[MarkdownElement]:
    """Return the element without the blank row that Rich puts before some of the blocks."""
    return type(element.__name__, (element,), {"new_line": False})


class BlockMarkdown(Markdown):
    """Rich's Markdown for the tokens of one top-level block, which are set as `parsed`."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        kind: _without_gap(element) for kind, element in (Markdown.elements | _CHANGED).items()
    }

    def __init__(self, code_theme: str | None) -> None:
        super().__init__("", justify="default", code_theme=code_theme or "")
