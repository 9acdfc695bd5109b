"""What the bytes of a file are, as far as they can be attached."""

from claude_cli.content.loaders import suggestion
from claude_cli.content.specs import WHAT_IS_SENT
from claude_cli.errors import InputError
from claude_cli.values import media

READ_LIMIT = 32 * 1024 * 1024
"""Bytes: what the API takes as one request body, so more than any attachment can have."""

LARGEST_PICTURE = 128 * 1024 * 1024
"""Bytes of a picture that is going to be made smaller."""
TOO_LARGE = "claude-cli files upload takes up to 500 MB; attach the file_… id that it prints"


def picture_type(data: bytes) -> str | None:
    """The media type of a picture that can be sent, or converted to one."""
    native = media.detect(data)
    return native if native in media.IMAGES else media.to_convert(data)


def media_type_of(data: bytes, name: str, *, converts: bool = False) -> str:
    """The media type, by the first bytes; `name` is what to call the file. `converts`: a picture
    that the API does not take is made one that it takes.

    Raises InputError for what cannot be sent.
    """
    if found := media.detect(data) or (media.to_convert(data) if converts else None):
        return found
    kind = media.cannot_send(data)
    if kind is None and (nul := data.find(b"\0")) >= 0 and not _is_wide_text(data):
        kind = f"no text: it has a NUL byte at offset {nul}"
    if kind:
        raise InputError(f"{name} is {kind}", hint=_way_out(data, name))
    return "text/plain"


def _way_out(data: bytes, name: str) -> str:
    if media.to_convert(data):
        return "it is converted unless ;fit=no or --fit=off says otherwise"
    return suggestion(name) or WHAT_IS_SENT


def _is_wide_text(data: bytes) -> bool:
    from claude_cli.disk.encodings import wide

    return wide(data) is not None
