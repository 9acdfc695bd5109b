"""How a code block is drawn: its lines, indented, coloured by their tokens."""

from markdown_it.token import Token
from pygments.token import Text as PlainText
from pygments.token import _TokenType
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.segment import Segment
from rich.style import Style
from rich.syntax import SyntaxTheme
from rich.text import Text

from claude_cli.ui.live.code_lines import CodeLine, CodeLines, language_of, lines_of
from claude_cli.ui.live.colours import code_colours

MARGIN = 2
"""Columns before the code."""
NUMBER = Style(dim=True)
NARROWEST = 6
"""Columns below which code has no margin."""


class Code(CodeBlock):
    """A code block, or part of a long one.

    The token's `meta` has the lexer that has `begun` one whose first lines are drawn already, and
    the `settled` lines of one that goes on. A `number` from 2 on stands above the block: that
    there is a second one is not known when the first is drawn.
    """

    token: Token
    colours: SyntaxTheme

    @classmethod
    def create(cls, markdown: Markdown, token: Token) -> "Code":
        code = cls("", markdown.code_theme)
        code.token = token
        code.colours = code_colours(markdown.code_theme or None)
        return code

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[CodeLine] | None = self.token.meta.get("settled")
        if lines is None:
            code = self.token.meta.get("begun") or CodeLines(language_of(self.token.info))
            lines = code.rest(lines_of(self.token.content))
        number = self.token.meta.get("number", 1)
        label = f"[{number}]"
        begins = "begun" not in self.token.meta
        if number > 1 and begins and len(label) <= options.max_width:
            yield from [Segment(label, NUMBER), Segment.line()]
        elif begins and not lines:  # else what follows would stand behind the mark of a list item
            yield Segment.line()
        margin = MARGIN if options.max_width >= NARROWEST else 0
        inside = options.update(width=options.max_width - margin)
        for line in lines:
            for row in self._rows(console, inside, line):
                yield from [Segment(" " * margin), *row, Segment.line()]

    def _rows(
        self, console: Console, options: ConsoleOptions, line: CodeLine
    ) -> list[list[Segment]]:
        """Lay out one line of code: most fit, and need none of Rich's wrapping."""
        whole = "".join(text for _, text in line)
        used = sum(cell_len(text) for _, text in line)
        if used != cell_len(whole):  # the lexer took a joined emoji to pieces, which are wider
            line, used = [(PlainText, whole)], cell_len(whole)
        if used <= options.max_width:
            return [[Segment(text, self._style(kind)) for kind, text in line]]
        text = Text()
        text.append_tokens((token, self._style(kind)) for kind, token in line)
        return console.render_lines(text, options, pad=False)

    def _style(self, kind: _TokenType) -> Style:
        style = self.colours.get_style_for_token(kind)
        return style.without_color + Style(color=style.color) if style.bgcolor else style
