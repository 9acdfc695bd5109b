"""The colours of answers. Those of code are the terminal's own, or a Pygments style.

The background is never touched, so that light and dark terminals both read well. Yellow and the
bright colours are left out: on white nobody sees them.
"""

from functools import cache

from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, PygmentsSyntaxTheme, SyntaxTheme
from rich.theme import Theme

from claude_cli.errors import UsageError

MARKDOWN = Theme(
    {
        "markdown.code": "cyan",
        "markdown.block_quote": "none",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.h4": "italic",
        "markdown.link_url": "underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)

_CODE: dict[_TokenType, Style] = {
    Comment: Style(dim=True, italic=True),
    Keyword: Style(color="magenta"),
    Operator.Word: Style(color="magenta"),
    Name.Builtin: Style(color="cyan"),
    Name.Function: Style(bold=True),
    Name.Class: Style(bold=True),
    Name.Decorator: Style(color="cyan"),
    Name.Exception: Style(color="cyan"),
    Name.Tag: Style(color="magenta"),
    Name.Attribute: Style(color="cyan"),
    String: Style(color="green"),
    Number: Style(color="cyan"),
    Generic.Deleted: Style(color="red"),
    Generic.Inserted: Style(color="green"),
    Generic.Heading: Style(bold=True),
    Generic.Subheading: Style(bold=True),
}


@cache
def code_colours(theme: str | None) -> SyntaxTheme:
    """Return the colours of a Pygments style, by its name; without one, the terminal's.

    Raises UsageError where there is no such style.
    """
    if theme is None:
        return ANSISyntaxTheme({tuple(kind): style for kind, style in _CODE.items()})
    from pygments.styles import get_all_styles, get_style_by_name

    try:
        get_style_by_name(theme)
    except ClassNotFound:
        raise UsageError(
            f"--theme: there is no Pygments style {theme}",
            hint=f"one of: {', '.join(sorted(get_all_styles()))}",
            flag="theme",
        ) from None
    return PygmentsSyntaxTheme(theme)
