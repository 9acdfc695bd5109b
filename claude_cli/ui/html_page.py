"""A conversation as one HTML page: it loads nothing, runs nothing, and reads well light or dark.

Markdown is drawn as in the live view: the same tokens, so the same links. All texts are those of
users and models: they are sanitised, then escaped.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments.formatters import HtmlFormatter
from pygments.token import STANDARD_TYPES

from claude_cli.ui.live.code_lines import CodeLine, CodeLines, language_of, lines_of
from claude_cli.ui.live.markdown_tokens import normalise, parse
from claude_cli.ui.sanitize import sanitize

Part = tuple[str, str, str]
"""A block to show: its kind (text, thinking, code or attachment), its title and its text; of an
attachment the text is a `data:` URL of an image, or empty."""

LIGHT, DARK = "default", "monokai"
"""Pygments styles."""

_START = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<h1>{title}</h1>
"""
_END = "</body>\n</html>\n"

_STYLE = """:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 50rem; margin: auto; padding: 1rem; }
article { border-left: .25rem solid #8888; margin: 2rem 0; padding-left: 1rem;
 overflow-wrap: anywhere; }
article.user { border-color: #3a7bd5; }
h2.who { font-size: .9rem; margin: 0; opacity: .7; }
pre { background: #8881; border-radius: .3rem; margin: 1rem 0; overflow-x: auto; padding: .6rem; }
code { font: .9em ui-monospace, monospace; }
:not(pre) > code { background: #8882; border-radius: .2rem; padding: .1em .3em; }
pre.wrapped { overflow-wrap: anywhere; white-space: pre-wrap; }
blockquote { border-left: .2rem solid #8886; margin-left: 0; padding-left: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { border: 1px solid #8886; padding: .3rem .6rem; }
img { max-width: 100%; }
summary { cursor: pointer; opacity: .7; }"""


class _Renderer(RendererHTML):
    """markdown-it's HTML, with our code colours and without links that could act."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return _code(tokens[idx].content, language_of(tokens[idx].info))

    code_block = fence

    def math_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return f"<pre>{_escape(tokens[idx].content)}</pre>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        target = html.escape(str(tokens[idx].attrs.get("href", "")))
        return f'<a href="{target}" rel="noopener noreferrer">'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return '<div class="wide"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return "</table></div>\n"


def page(title: str, articles: Iterable[tuple[str, str, Iterable[Part]]]) -> Iterator[str]:
    """Yield the page in pieces. An article is `user` or `assistant`, a heading, and its parts."""
    yield _START.format(title=_escape(title), style=f"{_STYLE}\n{_code_colours()}")
    for kind, heading, parts in articles:
        shown = "\n".join(map(_part, parts))
        yield (
            f'<article class="{_escape(kind)}">\n<h2 class="who">{_escape(heading)}</h2>\n'
            f"{shown}\n</article>\n"
        )
    yield _END


def markdown_to_html(text: str) -> str:
    """Return Markdown that nobody vouches for as HTML that cannot act."""
    options = OptionsDict({"xhtmlOut": False, "breaks": False, "langPrefix": ""})  # type: ignore[typeddict-item]
    return str(_Renderer().render(parse(normalise(sanitize(text))), options, {}))


def _part(part: Part) -> str:
    kind, title, text = part
    if kind == "text":
        return markdown_to_html(text)
    if kind == "attachment":
        shown = f'<img src="{html.escape(text)}" alt="{_escape(title)}">'
        return shown if text else f"<p><em>Attached: {_escape(title)}</em></p>"
    return (
        f"<details>\n<summary>{_escape(title)}</summary>\n"
        f'<pre class="wrapped">{_escape(text)}</pre>\n</details>'
    )


def _code(content: str, language: str) -> str:
    lines = "\n".join(map(_line, CodeLines(language).rest(lines_of(content))))
    return f'<pre class="code"><code>{lines}</code></pre>\n'


def _line(line: CodeLine) -> str:
    parts = ((STANDARD_TYPES.get(kind, ""), _escape(text)) for kind, text in line)
    return "".join(f'<span class="{name}">{text}</span>' if name else text for name, text in parts)


@cache
def _code_colours() -> str:
    formatters: Any = [HtmlFormatter(style=style, nobackground=True) for style in (LIGHT, DARK)]
    light, dark = (formatter.get_style_defs(".code") for formatter in formatters)
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _escape(text: str) -> str:
    return html.escape(sanitize(text))
