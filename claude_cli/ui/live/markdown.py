"""Markdown → rows of a terminal: the one way in which answers are drawn, live or whole."""

import io
import re
from collections.abc import Iterator

from markdown_it.token import Token
from rich.console import COLOR_SYSTEMS, Console
from rich.segment import Segment
from rich.style import Style

from claude_cli.ui.live.colours import MARKDOWN, code_colours
from claude_cli.ui.live.markdown_elements import NARROWEST, BlockMarkdown
from claude_cli.ui.live.markdown_tokens import normalise, number_fences, parse

_LINK_ID = re.compile("\x1b]8;id=[^;]*;")


def render_markdown(
    text: str, width: int, color: bool, theme: str | None = None, *, numbered: bool = False
) -> str:
    """Return `text`, already sanitised, as rows of at most `width` cells, a newline after each."""
    tokens = parse(normalise(text))
    if numbered:
        number_fences(tokens, 0)
    rows = Page(width, color=color, theme=theme).rows(tokens)
    return "".join(f"{row}\n" for row in rows)


class Page:
    """Draws blocks at one width, of four columns at least, in as many colours as TERM promises.

    Without `color` the layout is the same, and bold and italic stay (no-color.org). `theme` is a
    Pygments style for code. Raises UsageError where there is none of that name.
    """

    def __init__(self, width: int, *, color: bool, theme: str | None = None) -> None:
        code_colours(theme)
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            no_color=not color,
            width=max(NARROWEST, width),
            height=25,  # unused, but without it the environment is asked for both
            legacy_windows=False,
            theme=MARKDOWN,
        )
        self._colors = COLOR_SYSTEMS.get(self._console.color_system or "")
        self._markdown = BlockMarkdown(theme)

    def rows(self, tokens: list[Token]) -> list[str]:
        """Draw blocks, a blank row between them. A row has all its styles within itself."""
        rows: list[str] = []
        for block in split_blocks(tokens):
            self._markdown.parsed = block
            lines = self._console.render_lines(self._markdown, pad=False)
            if lines and rows:
                rows.append("")
            rows += map(self._row, lines)
        return rows

    def _row(self, line: list[Segment]) -> str:
        if self._console.no_color:
            line = list(Segment.remove_color(line))
        row = "".join(
            style.render(text, color_system=self._colors) if style else text
            for text, style, _ in Segment.simplify(_trim(line))
        )
        # Rich gives each link a random id. Without, the same text is always the same row.
        return _LINK_ID.sub("\x1b]8;;", row) if "\x1b]8;" in row else row


def split_blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each top-level block."""
    start = 0
    for end, token in enumerate(tokens, 1):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[start:end]
            start = end


def _trim(line: list[Segment]) -> list[Segment]:
    """Drop spaces at the end that show nothing."""
    while line and not _shows(line[-1].style):
        last = line.pop()
        text = last.text.rstrip(" ")
        if text:
            line.append(Segment(text, last.style))
            break
    return line


def _shows(style: Style | None) -> bool:
    """Whether a space in this style can be seen."""
    return bool(style and (style.bgcolor or style.underline or style.reverse or style.strike))
