"""One fenced code block out of an answer's Markdown. Pure."""

from typing import Literal

from claude_cli.errors import InputError


def fenced_block(text: str, which: Literal["first", "last"]) -> str:
    """Return what is between the fences of the first or last fenced block, nested ones included.

    A fence that is never closed runs to the end (CommonMark 4.5). Raises InputError where there
    is no fence.
    """
    from markdown_it import MarkdownIt  # 20 ms

    # No inline parsing, which is most of the work; no HTML, so that a fence right below <details>
    # is one, as readers see it.
    parser = MarkdownIt("commonmark", {"html": False}).disable("inline")
    blocks = [token.content for token in parser.parse(text) if token.type == "fence"]
    if not blocks:
        raise InputError(
            "the answer has no fenced code block", hint="leave out --extract to see the answer"
        )
    return blocks[0 if which == "first" else -1]
