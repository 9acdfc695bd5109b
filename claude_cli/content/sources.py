"""One thing that the user names with `-a`, read: Spec → Source (bytes or a reference).

Reading happens as late as possible and never blocks. Nothing is fetched: a URL goes to the API.
"""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from claude_cli.content.kinds import (
    LARGEST_PICTURE,
    READ_LIMIT,
    TOO_LARGE,
    media_type_of,
    picture_type,
)
from claude_cli.content.loaders import Loaders, load, suffix_of
from claude_cli.content.specs import Origin, Spec, url_name
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError
from claude_cli.values import media

if TYPE_CHECKING:
    from claude_cli.content.pictures import Fitting
    from claude_cli.models.vision import Bounds


_HEAD = 8192
"""Bytes that tell what a file is."""


class Original(NamedTuple):
    """The file that a picture was made of: its SHA-256, its bytes, its pixels upright."""

    digest: str
    size: int
    pixels: tuple[int, int]


class Source(NamedTuple):
    """Something to attach.

    `name` is what to call it, always valid Unicode; `data` its bytes (path and stdin), `reference`
    a URL or a file id. `media_type` is what the bytes are, or what the user said that they are.
    `original` is the file where a picture was made fit.
    """

    name: str
    media_type: str
    origin: Origin
    data: bytes = b""
    reference: str = ""
    original: Original | None = None


def originals_of(sources: Iterable[Source]) -> dict[str, str]:
    """SHA-256 of what is sent → of the file that it was made of."""
    fitted = [(source.data, source.original) for source in sources if source.original]
    if not fitted:
        return {}
    from hashlib import sha256

    return {sha256(data).hexdigest(): original.digest for data, original in fitted}


Tell = Callable[[str], object]


def _nobody(line: str) -> None: ...


class Reading(NamedTuple):
    """How attachments are read.

    `stdin` is what a `-` among them stands for, `loaders`: suffix → the command that makes text of
    such a file; it wins over what the bytes are. Without `fitting` pictures go as they are.
    `tell` gets a line for each folder, pattern and fitted picture, `detail` one for each file that
    was left out. Where there are several pictures, `progress` gets how many of how many are read,
    and at the end, whatever ends it, all of all.
    """

    stdin: bytes = b""
    lossy: Lossy | None = None
    loaders: Loaders = MappingProxyType({})
    fitting: "Fitting | None" = None
    tell: Tell = _nobody
    detail: Tell = _nobody
    progress: Callable[[int, int], object] = lambda done, total: None


class Read(NamedTuple):
    """One spec read: its sources, what a picture weighed before, and the line that tells of it."""

    sources: list[Source]
    weight: int = 0
    line: str = ""
    failure: InputError | None = None


def bounds_among(fitting: "Fitting", count: int) -> "Bounds":
    """The bounds of one of so many images."""
    from claude_cli.models import vision

    return vision.among(count + fitting.earlier(), fitting.bounds)


def from_bytes(
    data: bytes,
    name: str,
    origin: Origin,
    media_type: str | None = None,
    *,
    lossy: Lossy | None = None,
    converts: bool = False,
) -> Source:
    """A Source of bytes that are here; they decide what it is, unless `media_type` does."""
    shown = inputfile.escaped(name)
    media_type = media_type or media_type_of(data, shown, converts=converts)
    if media_type.startswith("text/"):
        data = inputfile.decode_text(data, shown, lossy=lossy).encode()
    if not data:
        raise InputError(f"{shown} is empty")
    return Source(_well_formed(name), media_type, origin, data)


def prompt_text(words: Sequence[str]) -> str:
    """The PROMPT words joined by one space; InputError if they are not UTF-8."""
    return inputfile.argument_text(" ".join(words), "the prompt")


def read_one(
    spec: Spec,
    reading: Reading,
    bounds: "Bounds | None" = None,
    stop: threading.Event | None = None,
) -> Read:
    """Read a spec that names one thing; `bounds` are those of its picture, if not those of a
    picture alone. `stop` ends a child that decodes it. Raises what `read_sources` raises."""
    if spec.origin == "url":
        name = url_name(spec.target)
        return Read([Source(name, spec.media_type or "", "url", reference=spec.target)])
    if spec.origin == "file":
        return Read([Source(spec.target, spec.media_type or "", "file", reference=spec.target)])
    if spec.origin not in ("stdin", "clip") and (
        command := reading.loaders.get(suffix_of(spec.target))
    ):
        name, origin = _named(spec)
        inputfile.open_regular(spec.target).close()  # an error of ours says more
        return Read([Source(_well_formed(name), "text/plain", origin, load(spec.target, command))])
    fits = reading.fitting is not None and spec.fits
    data, name, origin = _bytes_of(spec, reading, fits=fits)
    source = from_bytes(data, name, origin, spec.media_type, lossy=reading.lossy, converts=fits)
    source = _of_pages(source, spec)
    if not fits:
        return Read([source])
    try:
        return fit_source(source, reading, bounds, stop)
    except InputError as error:
        if spec.origin != "found":
            raise
        return Read([], failure=error)


def _bytes_of(spec: Spec, reading: Reading, *, fits: bool) -> tuple[bytes, str, Origin]:
    if spec.origin == "stdin":
        return reading.stdin, "stdin", "stdin"
    if spec.origin == "clip":
        from claude_cli.child.clipboard import read_clipboard

        return read_clipboard(), "clipboard", "clip"
    limit = LARGEST_PICTURE if fits and _is_picture(spec.target) else READ_LIMIT
    data = inputfile.read_bytes(spec.target, limit=limit, hint_if_larger=TOO_LARGE)
    return data, *_named(spec)


def _is_picture(path: str) -> bool:
    if inputfile.is_passed_pipe(path):  # it can be read once
        return False
    with inputfile.open_regular(path) as file:
        return picture_type(file.read(_HEAD)) is not None


def fit_source(
    source: Source,
    reading: Reading,
    bounds: "Bounds | None" = None,
    stop: threading.Event | None = None,
) -> Read:
    """A source as it is to be sent: a picture made fit, all else unchanged. `bounds` and `stop` as
    in `read_one`."""
    if reading.fitting is None or not source.media_type.startswith("image/"):
        return Read([source])
    from claude_cli.content import pictures

    kind = picture_type(source.data)
    if kind is None:
        return Read([source])
    bounds = bounds or bounds_among(reading.fitting, 1)
    shown = inputfile.escaped(source.name)
    fitted = pictures.fit(source.data, kind, bounds, shown, stop)
    if fitted is None:
        return Read([source])
    from hashlib import sha256

    digest = sha256(source.data).hexdigest()
    several = len(fitted.pictures) > 1
    sources = [
        source._replace(
            name=f"{source.name}, page {number}" if several else source.name,
            media_type=kind,
            data=data,
            original=Original(digest, len(source.data), was),
        )
        for number, (kind, data, was) in enumerate(fitted.pictures, 1)
    ]
    return Read(sources, len(source.data), fitted.line)


def _of_pages(source: Source, spec: Spec) -> Source:
    """The source with the pages alone that its spec names, if it names some."""
    if not spec.pages:
        return source
    from claude_cli.content import pdf

    shown = inputfile.escaped(source.name)
    if source.media_type != media.PDF:
        raise InputError(f"{shown} is no PDF: ;pages= takes pages of one")
    written = ",".join(_written(first, last) for first, last in spec.pages)
    return source._replace(
        name=f"{source.name}, pages {written}",
        data=pdf.take_pages(source.data, spec.pages, shown),
    )


def _written(first: int, last: int | None) -> str:
    return f"{first}" if first == last else f"{first}-{last or ''}"


def _named(spec: Spec) -> tuple[str, Origin]:
    """What to call a file: by its path where others of its folder come along, else by its name;
    what a `<(command)` prints has none."""
    if inputfile.is_passed_pipe(spec.target):
        return "<(command)", "pipe"
    return (spec.target if spec.origin == "found" else os.path.basename(spec.target)), "path"


def _well_formed(name: str) -> str:
    """A file name as Unicode that JSON can carry: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")
