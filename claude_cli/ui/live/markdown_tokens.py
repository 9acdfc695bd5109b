"""Markdown source → markdown-it tokens: Markdown as claude-cli reads it. Draws nothing.

CommonMark with tables and strikethrough. But HTML is plain text (an answer's `Vec<String>` must not
vanish), images are links, and there are no reference definitions: where a link points must not
depend on what comes later.
"""

from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from claude_cli.ui.sanitize import sanitize

TAB = 4
DEEPEST = 80
"""Levels of nesting, of which a list takes two; the parser leaves out what is deeper."""


def normalise(text: str) -> str:
    """Make every line end in a newline alone, and tabs spaces."""
    return text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(TAB)


def parse(source: str) -> list[Token]:
    """Return the tokens of `source`, which is normalised."""
    tokens = _parser().parse(source)
    for token in tokens:
        if token.type == "inline":
            token.children = list(_drawable(token.children or []))
    return tokens


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    return parser.enable(["table", "strikethrough"]).disable("reference")


def _drawable(children: list[Token]) -> Iterator[Token]:
    links = 0
    for token in children:
        if token.type == "image":
            yield from _as_link(token, inside_link=links > 0)
            continue
        if token.type == "text":
            # The source was sanitised before its character references were decoded.
            token.content = sanitize(token.content).replace("\n", " ").replace("\t", " ")
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        yield token


def _as_link(image: Token, *, inside_link: bool) -> Iterator[Token]:
    target = str(image.attrs.get("src", ""))
    inside = list(_drawable(image.children or [])) or [Token("text", "", 0, content=target)]
    if inside_link:
        yield from inside
    else:
        yield Token("link_open", "a", 1, attrs={"href": target})
        yield from inside
        yield Token("link_close", "a", -1)
