"""What the user names with `-a`, read: SPEC → Spec (nothing opened) → Source (bytes or reference).

Reading happens as late as possible and never blocks. Nothing is fetched: a URL goes to the API.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, UsageError
from claude_cli.values import media

READ_LIMIT = 32 * 1024 * 1024
"""Bytes: what the API takes as one request body, so more than any attachment can have."""

Origin = Literal["path", "stdin", "url", "file"]

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_FILE_ID = re.compile(r"file_[A-Za-z0-9_-]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?")
_SCHEMES = frozenset(("http", "https", "file", "data", "ftp"))
_URL_SUFFIXES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": media.PDF,
}
_TOO_LARGE = "claude-cli files upload takes up to 500 MB; attach the file_… id that it prints"
WHAT_IS_SENT = "PNG, JPEG, GIF and WebP images, PDF and UTF-8 text can be sent"


class Spec(NamedTuple):
    """One `-a` as it was written; `media_type` is what `;type=` said."""

    origin: Origin
    target: str
    media_type: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Something to attach.

    `name` is what to call it, always valid Unicode; `data` its bytes (path and stdin), `reference`
    a URL or a file id. `media_type` is what the bytes are, or what the user said that they are.
    """

    name: str
    media_type: str
    origin: Origin
    data: bytes = field(default=b"", repr=False)
    reference: str = ""


def parse_spec(text: str) -> Spec:
    """`-a SPEC` taken apart: a path, `-`, an https URL or a `file_…` id, perhaps with `;type=`.

    Raises UsageError for other URLs and for types that no content block holds. Opens nothing.
    """
    target, declared = _split_type(text)
    if not target:
        raise UsageError("-a needs a path, -, an https:// URL or a file_… id")
    if _FILE_ID.fullmatch(target):
        is_image = declared is not None and declared.startswith("image/")
        return Spec("file", target, declared if is_image else media.PDF)
    scheme = _SCHEME.match(target)
    if scheme and (scheme[2] or scheme[1].lower() in _SCHEMES):
        return Spec("url", _https_only(target, scheme[1]), _url_type(target, declared))
    if declared and not (declared.startswith("text/") or declared in (*media.IMAGES, media.PDF)):
        raise UsageError(f"{declared} cannot be attached", hint=WHAT_IS_SENT)
    return Spec("stdin" if target == "-" else "path", target, declared)


def read_sources(
    specs: Iterable[Spec], *, stdin: bytes = b"", lossy: Lossy | None = None
) -> list[Source]:
    """Every spec read, in order; `stdin` is what a `-` among them stands for.

    Raises InputUnreadable for what cannot be opened, InputError for what is empty, too large
    (one by one or together) or no kind that can be sent, text that is not UTF-8 among them.
    """
    sources: list[Source] = []
    room = READ_LIMIT
    for spec in specs:
        sources.append(_read(spec, stdin, lossy))
        room -= len(sources[-1].data)
        if room < 0:
            raise InputError(
                f"the attachments together are larger than {READ_LIMIT:,} bytes", hint=_TOO_LARGE
            )
    return sources


def from_bytes(
    data: bytes,
    name: str,
    origin: Origin,
    media_type: str | None = None,
    *,
    lossy: Lossy | None = None,
) -> Source:
    """A Source of bytes that are here; they decide what it is, unless `media_type` does."""
    shown = inputfile.escaped(name)
    media_type = media_type or _media_type(data, shown)
    if media_type.startswith("text/"):
        data = inputfile.decode_text(data, shown, lossy=lossy).encode()
    if not data:
        raise InputError(f"{shown} is empty")
    return Source(_well_formed(name), media_type, origin, data)


def prompt_text(words: Sequence[str]) -> str:
    """The PROMPT words joined by one space; InputError if they are not UTF-8."""
    return inputfile.argument_text(" ".join(words), "the prompt")


def _split_type(text: str) -> tuple[str, str | None]:
    target, separator, declared = text.rpartition(";type=")
    if not separator:
        return text, None
    media_type = declared.partition(";")[0].strip().lower().replace("image/jpg", "image/jpeg")
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise UsageError(
            f";type={inputfile.escaped(declared)} is no media type", hint="such as ;type=image/png"
        )
    return target, media_type


def _https_only(url: str, scheme: str) -> str:
    shown = inputfile.escaped(url)
    if scheme.lower() != "https":
        raise UsageError(
            f"{shown}: only https:// URLs can be attached",
            hint="download it and attach the file; a path with a colon can be written as ./PATH",
        )
    if not re.match(r"https://[^/?#\s]+", url, re.IGNORECASE) or shown != url or " " in url:
        raise UsageError(f"{shown} is not a valid https:// URL")
    return url


def _url_type(url: str, declared: str | None) -> str:
    media_type = declared or _URL_SUFFIXES.get(_url_name(url).rpartition(".")[2].lower())
    if media_type is None:
        raise UsageError(
            f"cannot tell whether {url} is an image or a PDF",
            hint="add ;type=image/png or ;type=application/pdf",
        )
    if media_type not in (*media.IMAGES, media.PDF):
        raise UsageError(f"the API fetches images and PDF only, not {media_type}")
    return media_type


def _url_name(url: str) -> str:
    """The last part of a URL's path; empty where it has none."""
    path = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")[2]
    return path.rpartition("/")[2] if "/" in path else ""


def _read(spec: Spec, stdin: bytes, lossy: Lossy | None) -> Source:
    match spec.origin:
        case "url":
            name = _url_name(spec.target)
            return Source(name, spec.media_type or "", "url", reference=spec.target)
        case "file":
            return Source(spec.target, spec.media_type or "", "file", reference=spec.target)
        case "stdin":
            return from_bytes(stdin, "stdin", "stdin", spec.media_type, lossy=lossy)
        case "path":
            data = inputfile.read_bytes(spec.target, limit=READ_LIMIT, hint_if_larger=_TOO_LARGE)
            name = os.path.basename(spec.target)
            return from_bytes(data, name, "path", spec.media_type, lossy=lossy)


def _media_type(data: bytes, shown: str) -> str:
    if found := media.detect(data):
        return found
    kind = media.cannot_send(data)
    if kind is None and (nul := data.find(b"\0")) >= 0 and not _is_wide_text(data):
        kind = f"no text: it has a NUL byte at offset {nul}"
    if kind:
        raise InputError(f"{shown} is {kind}", hint=WHAT_IS_SENT)
    return "text/plain"


def _is_wide_text(data: bytes) -> bool:
    from claude_cli.disk.encodings import wide

    return wide(data) is not None


def _well_formed(name: str) -> str:
    """A file name as Unicode that JSON can carry: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")
