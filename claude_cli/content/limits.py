"""What the API will refuse or advises against in attachments, told before anything is sent.

The numbers are those of the guides "Vision" and "PDF support", autumn 2026. Pure but for
`pdf.inspect`, which looks into a PDF in a child process.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from claude_cli.content.kinds import READ_LIMIT
from claude_cli.content.pdf import PdfFacts, encrypted_error, inspect
from claude_cli.content.pictures import ADVISED
from claude_cli.content.sources import Source
from claude_cli.disk.inputfile import escaped
from claude_cli.errors import InputError
from claude_cli.models.vision import MANY, MANY_SIDE
from claude_cli.values import media

_MB = 1024 * 1024
_IMAGE_BASE64_MOST = 10 * _MB
_PIXELS_MOST = 8000
_HEADER_BASE64 = 1 << 20
"""Characters in which the header of any image is: a JPEG may have segments before it."""
_EARLIER = "an image of an earlier turn"
_FEWER = f"attach fewer, so that there are {MANY} in all, or leave earlier turns out with --history"
_FIT = "leave ;fit=no or --fit=off out: then it is made as large as the model sees it"
_PARTS = 5
"""Ranges of pages that are shown."""
_LARGE_WINDOW = 1_000_000


def check_sources(
    sources: Sequence[Source],
    messages: Iterable[Any],
    *,
    context_window: int | None,
    look: Callable[[bytes], PdfFacts] = inspect,
) -> list[str]:
    """Warnings about attachments, one sentence each; InputError for what is sure to be refused.

    `messages` are those of the request, in whose last one the attachments are. `context_window` is
    the model's, in tokens, None if unknown; `look` gives the facts about a PDF.
    """
    images = [source for source in sources if source.media_type.startswith("image/")]
    blocks = images_in(messages)
    warnings = _too_many(len(blocks), "images in one request", context_window)
    for image in images:
        warnings += _check_image(image, many=len(blocks) > MANY)
    if len(blocks) > MANY:
        for block in blocks[: len(blocks) - len(images)]:
            _check_earlier(block)
    for source in sources:
        if source.media_type == media.PDF and source.data:
            warnings += _check_pdf(source, context_window, look)
    return warnings


def images_in(messages: Iterable[Any]) -> list[dict[str, Any]]:
    """The image blocks of messages in their order, those in tool results and documents included."""
    images = []
    waiting = [*messages][::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part[::-1]
        elif isinstance(part, dict):
            if part.get("type") == "image":
                images.append(part)
            waiting += (part.get("source"), part.get("content"))
    return images


def _check_image(image: Source, *, many: bool) -> list[str]:
    name = escaped(image.name)
    if _base64_length(image.data) > _IMAGE_BASE64_MOST:
        raise InputError(
            f"{name} is {len(image.data) / _MB:.1f} MB, more than the API takes for an image",
            hint=_FIT,
        )
    size = media.pixel_size(image.data)
    if size is None and media.detect(image.data) in media.IMAGES:
        raise InputError(f"{name} is a damaged image: its header does not tell its size")
    if size is not None and 0 in size:
        raise InputError(f"{name} has no pixels: it is {size[0]} × {size[1]}")
    _check_pixels(name, size, many=many)
    if len(image.data) > ADVISED:
        return [f"{name} is {len(image.data) / _MB:.1f} MB; images of up to 5 MB are advised"]
    return []


def _check_pixels(name: str, size: tuple[int, int] | None, *, many: bool) -> None:
    most = MANY_SIDE if many else _PIXELS_MOST
    if size is None or max(size) <= most:
        return
    among = f" among more than {MANY} images" if many else ""
    raise InputError(
        f"{name} is {size[0]} × {size[1]} pixels; the API takes {most} a side{among}",
        hint=_FEWER if name == _EARLIER else _FIT,
    )


def _check_earlier(block: dict[str, Any]) -> None:
    """More than twenty images make the limit of each one smaller, of those that were sent, too."""
    source = block.get("source")
    data = source.get("data") if isinstance(source, dict) else None
    if isinstance(data, str):
        from binascii import Error, a2b_base64

        with suppress(Error, ValueError):
            start = a2b_base64(data[:_HEADER_BASE64])
            _check_pixels(_EARLIER, media.pixel_size(start), many=True)


def _check_pdf(
    source: Source, context_window: int | None, look: Callable[[bytes], PdfFacts]
) -> list[str]:
    name = escaped(source.name)
    if _base64_length(source.data) > READ_LIMIT:
        raise InputError(
            f"{name} is {len(source.data) / _MB:.1f} MB, more than a request can carry as base64",
            hint="upload it with claude-cli files upload and attach the file_… id that it prints",
        )
    facts = look(source.data)
    if facts.encrypted:
        raise encrypted_error(name)
    if facts.pages is None:
        return [f"{name}: this PDF could not be looked into; it is sent as it is"]
    if facts.pages == 0:
        raise InputError(f"{name} has no pages")
    lines = _too_many(facts.pages, f"pages in {name}", context_window)
    return [f"{line}; in parts: {_parts(facts.pages, _most(context_window))}" for line in lines]


def _parts(pages: int, most: int) -> str:
    """`;pages=1-100, ;pages=101-200, ;pages=201-`; of many the first and the last."""
    starts = [*range(1, pages + 1, most)]
    parts = [f";pages={start}-{start + most - 1}" for start in starts[:-1]]
    parts = [*parts[:_PARTS], "…"] if len(parts) > _PARTS else parts
    return ", ".join([*parts, f";pages={starts[-1]}-"])


def _too_many(count: int, what: str, context_window: int | None) -> list[str]:
    """A warning beyond what the API takes of them."""
    most = _most(context_window)
    return [f"{count} {what}: the API takes {most} with this model"] if count > most else []


def _most(context_window: int | None) -> int:
    """Images, or pages of PDFs, in a request; a window that is unknown counts as large."""
    return 600 if context_window is None or context_window >= _LARGE_WINDOW else 100


def _base64_length(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4
