"""What the API will refuse or advises against in attachments, told before anything is sent.

The numbers are those of the guides "Vision" and "PDF support", autumn 2026. Pure but for
`pdf.inspect`, which looks into a PDF in a child process.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from claude_cli.content.pdf import PdfFacts, inspect
from claude_cli.content.sources import READ_LIMIT, Source
from claude_cli.disk.inputfile import escaped
from claude_cli.errors import InputError
from claude_cli.values import media

_MB = 1024 * 1024
_IMAGE_ADVISED = 5 * _MB
_IMAGE_BASE64_MOST = 10 * _MB
_PIXELS_MOST = 8000
_PIXELS_MOST_OF_MANY = 2000
_MANY_IMAGES = 20
_LARGE_WINDOW = 1_000_000


def check_sources(
    sources: Sequence[Source],
    *,
    context_window: int | None,
    earlier_images: int = 0,
    inspect_pdf: Callable[[bytes], PdfFacts] = inspect,
) -> list[str]:
    """Warnings about attachments, one sentence each; InputError for what is sure to be refused.

    `context_window` is the model's, in tokens, None if unknown; `earlier_images` counts those that
    the conversation holds already (see `count_images`).
    """
    images = [source for source in sources if source.media_type.startswith("image/")]
    total = len(images) + earlier_images
    warnings = _too_many(total, "images in one request", context_window)
    for image in images:
        warnings += _check_image(image, many=total > _MANY_IMAGES)
    for source in sources:
        if source.media_type == media.PDF and source.data:
            warnings += _check_pdf(source, context_window, inspect_pdf)
    return warnings


def count_images(messages: Iterable[Any]) -> int:
    """Images in messages (or content blocks), those in tool results and documents included."""
    count = 0
    waiting = [*messages]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            count += part.get("type") == "image"
            waiting += (part.get("content"), part.get("source"))
    return count


def _check_image(image: Source, *, many: bool) -> list[str]:
    name = escaped(image.name)
    if _base64_length(image.data) > _IMAGE_BASE64_MOST:
        raise InputError(
            f"{name} is {len(image.data) / _MB:.1f} MB, more than the API takes for an image",
            hint="scale it down: the model sees at most 2576 pixels on the long side",
        )
    width, height = media.pixel_size(image.data) or (0, 0)
    most = _PIXELS_MOST_OF_MANY if many else _PIXELS_MOST
    if max(width, height) > most:
        among = f" among more than {_MANY_IMAGES} images" if many else ""
        raise InputError(f"{name} is {width} × {height} pixels; the API takes {most} a side{among}")
    if len(image.data) > _IMAGE_ADVISED:
        return [f"{name} is {len(image.data) / _MB:.1f} MB; images of up to 5 MB are advised"]
    return []


def _check_pdf(
    source: Source, context_window: int | None, inspect_pdf: Callable[[bytes], PdfFacts]
) -> list[str]:
    name = escaped(source.name)
    if _base64_length(source.data) > READ_LIMIT:
        raise InputError(
            f"{name} is {len(source.data) / _MB:.1f} MB, more than a request can carry as base64",
            hint="upload it with claude-cli files upload and attach the file_… id that it prints",
        )
    facts = inspect_pdf(source.data)
    if facts.encrypted:
        raise InputError(
            f"{name} is encrypted, which the API refuses",
            hint="take the password off: qpdf --decrypt IN.pdf OUT.pdf",
        )
    if facts.pages is None:
        return [f"{name}: this PDF could not be looked into; it is sent as it is"]
    return _too_many(facts.pages, f"pages in {name}", context_window)


def _too_many(count: int, what: str, context_window: int | None) -> list[str]:
    """A warning beyond 100 of them, or 600 where the model's window is large or unknown."""
    large = context_window is None or context_window >= _LARGE_WINDOW
    most = 600 if large else 100
    return [f"{count} {what}: the API takes {most} with this model"] if count > most else []


def _base64_length(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4
