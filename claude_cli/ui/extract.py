"""Fenced code blocks out of an answer's Markdown. Pure."""

from typing import Literal

from claude_cli.errors import InputError


def fenced_blocks(text: str) -> list[str]:
    """Return what is between the fences of each fenced block, nested ones included, in the order
    in which the live view numbers them."""
    from claude_cli.ui.live.markdown_tokens import fences  # 20 ms

    return fences(text)


def fenced_block(text: str, which: Literal["first", "last"]) -> str:
    """Return the first or the last of them. Raises InputError where there is none."""
    blocks = fenced_blocks(text)
    if not blocks:
        raise InputError(
            "the answer has no fenced code block", hint="leave out --extract to see the answer"
        )
    return blocks[0 if which == "first" else -1]
