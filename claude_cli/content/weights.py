"""What an attachment weighs: bytes, pixels, pages, and the tokens that a model takes it for.

Tokens of images are exact, by the guide "Vision". Those of a PDF are an estimate, by the guide "PDF
support" (7,000 for three pages of text), those of a text four bytes each.
"""

from dataclasses import dataclass
from typing import Literal

from claude_cli.content.sources import Source
from claude_cli.models.vision import Bounds, seen, tokens
from claude_cli.values import media

_TEXT_PAGE, _SCANNED_PAGE = 2333, 1568
_BYTES_A_TOKEN = 4
_API_SIDE = 8000
_API_BASE64 = 10 * 1024 * 1024

Pixels = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weight:
    """One attachment; None is unknown, as all of what only the API can reach.

    `was` and `was_bytes` are those of the file, `pixels` and `bytes` those of what is sent.
    """

    name: str
    media_type: str
    bytes: int | None = None
    was_bytes: int | None = None
    pixels: Pixels | None = None
    was: Pixels | None = None
    pages: int | None = None
    content: Literal["text", "scanned"] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether its tokens are no estimate."""
        return self.pixels is not None

    def tokens(self, bounds: Bounds) -> int | None:
        """What a model of these bounds takes it for, fitted for that model."""
        if self.was:
            return tokens(*seen(*self.was, bounds))
        if self.pages is not None:
            return self.pages * (_SCANNED_PAGE if self.content == "scanned" else _TEXT_PAGE)
        if self.bytes is not None and self.media_type.startswith("text/"):
            return -(-self.bytes // _BYTES_A_TOKEN)
        return None

    def tokens_as_it_is(self, bounds: Bounds) -> int | None:
        """The same for the file as it is; None where the API would refuse it."""
        if self.was and (max(self.was) > _API_SIDE or self._is_too_heavy()):
            return None
        return self.tokens(bounds)

    def _is_too_heavy(self) -> bool:
        return (self.was_bytes or 0) * 4 / 3 > _API_BASE64


def weigh(source: Source) -> Weight:
    """A PDF is looked into, in a child process."""
    name = source.name or source.reference
    if not source.data:
        return Weight(name, source.media_type)
    size = len(source.data)
    if source.media_type == media.PDF:
        from claude_cli.content.pdf import has_text

        pages, text = has_text(source.data)
        content: Literal["text", "scanned"] | None = (
            None if text is None else "text" if text else "scanned"
        )
        return Weight(name, media.PDF, size, size, pages=pages, content=content)
    pixels = media.pixel_size(source.data)
    before = source.original
    return Weight(
        name,
        source.media_type,
        size,
        before.size if before else size,
        pixels,
        before.pixels if before else pixels,
    )
