"""From what a tool wrote to the content of its `tool_result`. Pure."""

from typing import Final

from claude_cli.tools.result_blocks import blocks_in
from claude_cli.types import ContentBlock
from claude_cli.values.surrogates import whole_characters

TEXT_LIMIT: Final = 256 * 1024
"""Bytes of text that go back to the model; what is beyond is cut, and a mark says so."""

OUTPUT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of output that are taken at all: room for a list of blocks with images in it."""

ERROR_LIMIT: Final = 16 * 1024
"""Bytes that go back to the model of each stream of a command that failed: its end, where the
reason stands."""


def content_of(output: str) -> str | list[ContentBlock]:
    """The stdout of a command: a JSON list of content blocks as those, all else as text."""
    return blocks_in(output) or text_of(output)


def text_of(output: str) -> str:
    """A text that can be sent, without its last line end, and cut where it is too long."""
    return cut(whole_characters(output.removesuffix("\n").removesuffix("\r")))


def cut(text: str, limit: int = TEXT_LIMIT) -> str:
    """The first `limit` bytes of a text, with a mark if there were more."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    kept = encoded[:limit].decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {limit} of {len(encoded)} bytes]"


def last_part(text: str) -> str:
    """The last ERROR_LIMIT bytes of a text, with a mark if there were more."""
    encoded = text.encode()
    if len(encoded) <= ERROR_LIMIT:
        return text
    return f"[cut] {encoded[-ERROR_LIMIT:].decode('utf-8', 'ignore')}"
