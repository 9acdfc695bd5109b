"""Source → content block: image, document or text, in the order of a user turn. Pure.

The shapes are those of Anthropic's Messages API, "Vision", "PDF support" and "Citations".
"""

from collections.abc import Callable, Iterable
from typing import Any

from claude_cli.content.sources import Source
from claude_cli.content.specs import CONTAINER
from claude_cli.types import ContentBlock
from claude_cli.values import media


def build_blocks(attachments: Iterable[Source], stdin_text: str, prompt: str) -> list[ContentBlock]:
    """The content of a user turn: attachments, then what stdin said, then the prompt.

    The API refuses blank text alone, so blank texts are left out; the list may be empty.
    """
    blocks = [build_block(source) for source in attachments]
    blocks += [_text(text) for text in (stdin_text, prompt) if text and not text.isspace()]
    return blocks


def build_block(source: Source) -> ContentBlock:
    """The block for one source."""
    kind = source.media_type.partition("/")[0]
    builder = BUILDERS.get(source.media_type) or BUILDERS.get(f"{kind}/*")
    if builder is None:
        raise ValueError(f"no content block holds {source.media_type}")
    return builder(source)


def _text(text: str) -> ContentBlock:
    return {"type": "text", "text": text}


def _image(source: Source) -> ContentBlock:
    return {"type": "image", "source": _reference(source) or _base64(source)}


def _pdf(source: Source) -> ContentBlock:
    return _titled(source, _reference(source) or _base64(source))


def _text_document(source: Source) -> ContentBlock:
    if reference := _reference(source):
        return _titled(source, reference)
    body = {"type": "text", "media_type": "text/plain", "data": source.data.decode()}
    return _titled(source, body)


def _titled(source: Source, body: dict[str, Any]) -> ContentBlock:
    block: ContentBlock = {"type": "document", "source": body}
    if source.origin in ("path", "command"):
        block["title"] = source.name
    return block


def _reference(source: Source) -> dict[str, Any] | None:
    if source.origin == "url":
        return {"type": "url", "url": source.reference}
    if source.origin == "file":
        return {"type": "file", "file_id": source.reference}
    return None


def _base64(source: Source) -> dict[str, Any]:
    from binascii import b2a_base64

    data = b2a_base64(source.data, newline=False).decode("ascii")
    return {"type": "base64", "media_type": source.media_type, "data": data}


def _upload(source: Source) -> ContentBlock:
    return {"type": "container_upload", "file_id": source.reference}


BUILDERS: dict[str, Callable[[Source], ContentBlock]] = {
    "image/*": _image,
    media.PDF: _pdf,
    "text/*": _text_document,
    CONTAINER: _upload,
}
