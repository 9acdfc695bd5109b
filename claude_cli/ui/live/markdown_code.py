"""How a code block is drawn: its lines on a background of their own, coloured by their tokens."""

from functools import cache

from markdown_it.token import Token
from pygments.token import Text as PlainText
from pygments.token import _TokenType
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax, SyntaxTheme
from rich.text import Text

from claude_cli.ui.live.code_lines import CodeLine, CodeLines, language_of, lines_of

THEME = "monokai"
NARROWEST = 6
"""Columns below which code has no margin."""


class Code(CodeBlock):
    """A code block, with a row of padding above and below, or part of a long one.

    The token's `meta` has the lexer that has `begun` one whose first lines are drawn already, and
    the `settled` lines of one that goes on.
    """

    token: Token

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> "Code":
        code = cls("", THEME)
        code.token = token
        return code

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        begun: CodeLines | None = self.token.meta.get("begun")
        lines: list[CodeLine] | None = self.token.meta.get("settled")
        padding = [Segment(" " * options.max_width, _background()), Segment.line()]
        if begun is None:
            yield from padding
        if lines is not None:
            yield from _draw(console, options, lines)
            return
        code = begun or CodeLines(language_of(self.token.info))
        yield from _draw(console, options, code.rest(lines_of(self.token.content)))
        yield from padding


def _draw(console: Console, options: ConsoleOptions, lines: list[CodeLine]) -> RenderResult:
    margin = 1 if options.max_width >= NARROWEST else 0
    side = Segment(" " * margin, _background())
    width = options.max_width - 2 * margin
    for line in lines:
        for row in _rows(console, options.update(width=width), line):
            yield from [side, *row, side, Segment.line()]


def _rows(console: Console, options: ConsoleOptions, line: CodeLine) -> list[list[Segment]]:
    """Lay out one line of code: most fit, and need none of Rich's wrapping."""
    whole = "".join(text for _, text in line)
    used = sum(cell_len(text) for _, text in line)
    if used != cell_len(whole):  # the lexer took a joined emoji to pieces, which are wider
        line, used = [(PlainText, whole)], cell_len(whole)
    room = options.max_width - used
    if room >= 0:
        tokens = [Segment(text, _style(kind)) for kind, text in line]
        return [[*tokens, Segment(" " * room, _background())]]
    text = Text(style=_background())
    text.append_tokens((token, _style(kind)) for kind, token in line)
    return console.render_lines(text, options, style=_background())


def _style(kind: _TokenType) -> Style:
    return _theme().get_style_for_token(kind)


def _background() -> Style:
    return _theme().get_background_style()


@cache
def _theme() -> SyntaxTheme:
    return Syntax.get_theme(THEME)
