"""What the user names with `-a`, read: Spec → Source (bytes or a reference).

Reading happens as late as possible and never blocks. Nothing is fetched: a URL goes to the API.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

from claude_cli.content.loaders import load, suffix_of, suggestion
from claude_cli.content.specs import WHAT_IS_SENT, Origin, Spec, url_name
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.values import media

if TYPE_CHECKING:
    from claude_cli.content.folders import Found

READ_LIMIT = 32 * 1024 * 1024
"""Bytes: what the API takes as one request body, so more than any attachment can have."""

_HEAD = 8192
"""Bytes by which a file of a folder is left out, before it is read whole."""
_TOO_LARGE = "claude-cli files upload takes up to 500 MB; attach the file_… id that it prints"


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


Tell = Callable[[str], object]
Loaders = Mapping[str, Sequence[str]]
NO_LOADERS: Loaders = {}


def _nobody(line: str) -> None: ...


def read_sources(
    specs: Iterable[Spec],
    *,
    stdin: bytes = b"",
    lossy: Lossy | None = None,
    loaders: Loaders = NO_LOADERS,
    tell: Tell = _nobody,
    detail: Tell = _nobody,
) -> list[Source]:
    """Every spec read, in order; `stdin` is what a `-` among them stands for.

    `loaders`: suffix → the command that makes text of such a file; it wins over what the bytes are.
    `tell` gets a line for each folder and pattern, `detail` one for each file left out of it.

    Raises InputUnreadable for what cannot be opened, InputError for what is empty, too large
    (one by one or together) or no kind that can be sent, text that is not UTF-8 among them.
    """
    sources: list[Source] = []
    room = READ_LIMIT
    for spec in specs:
        for one in _unfolded(spec, stdin, loaders, tell, detail):
            sources.append(_read(one, stdin, lossy, loaders))
            room -= len(sources[-1].data)
            if room < 0:
                raise InputError(
                    f"the attachments together are larger than {READ_LIMIT:,} bytes",
                    hint=_TOO_LARGE,
                )
    return sources


def _unfolded(spec: Spec, stdin: bytes, loaders: Loaders, tell: Tell, detail: Tell) -> list[Spec]:
    """The files of a folder, a pattern or a list that can be sent; of any other spec itself.

    Raises InputUnreadable where there is none, or one of a list is not there, and InputError where
    they are too large together.
    """
    from claude_cli.content import folders

    if spec.origin == "list":
        data = stdin if spec.target == "-" else inputfile.read_bytes(spec.target, limit=READ_LIMIT)
        found = folders.Found(folders.names_in(data), {})
    elif spec.origin == "path" and folders.is_several(spec.target):
        found = folders.find(spec.target)
    else:
        return [spec]
    return _fit(spec, found, loaders, tell, detail)


def _fit(spec: Spec, found: "Found", loaders: Loaders, tell: Tell, detail: Tell) -> list[Spec]:
    paths, left_out = found
    kinds: Counter[str] = Counter()
    fit, size = [], 0
    for path in paths:
        try:
            kind, weight = _look_at(path, loaders)
        except (InputError, InputUnreadable) as error:
            if spec.origin == "list" and isinstance(error, InputUnreadable):
                raise
            detail(f"left out: {error.message}")
            continue
        fit.append(path)
        kinds[kind] += 1
        size += weight
    shown = "stdin" if spec.target == "-" else inputfile.escaped(spec.target)
    left_out["that cannot be sent"] = len(paths) - len(fit)
    rest = ", ".join(f"{count} {kind}" for kind, count in left_out.items() if count)
    rest = f"; left out: {rest}" if rest else ""
    if not fit:
        raise InputUnreadable(f"{shown} names no file that can be attached{rest}")
    of_kinds = ", ".join(
        f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in kinds.most_common()
    )
    summary = f"{shown}: {of_kinds}, {ceil(size / 1e3):,} KB{rest}"
    if size > READ_LIMIT:
        raise InputError(f"{summary}: a request takes {READ_LIMIT:,} bytes", hint=_TOO_LARGE)
    tell(summary)
    return [Spec("found", path, spec.media_type, spec.pages) for path in fit]


def _look_at(path: str, loaders: Loaders) -> tuple[str, int]:
    """What kind a file is, and its size; InputError for one that is no kind that can be sent."""
    with inputfile.open_regular(path) as file:
        head, size = file.read(_HEAD), os.fstat(file.fileno()).st_size
    if not head:
        raise InputError(f"{inputfile.escaped(path)} is empty")
    if suffix_of(path) in loaders:
        return "text file", size
    media_type = _media_type(head, inputfile.escaped(path))
    return {"text/plain": "text file", media.PDF: "PDF"}.get(media_type, "image"), size


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


def _read(spec: Spec, stdin: bytes, lossy: Lossy | None, loaders: Loaders) -> Source:
    match spec.origin:
        case "url":
            name = url_name(spec.target)
            return Source(name, spec.media_type or "", "url", reference=spec.target)
        case "file":
            return Source(spec.target, spec.media_type or "", "file", reference=spec.target)
        case "stdin":
            return _of_pages(
                from_bytes(stdin, "stdin", "stdin", spec.media_type, lossy=lossy), spec
            )
        case "clip":
            from claude_cli.child.clipboard import read_clipboard

            data = read_clipboard()
            return _of_pages(
                from_bytes(data, "clipboard", "clip", spec.media_type, lossy=lossy), spec
            )
        case _:
            name, origin = _named(spec)
            if command := loaders.get(suffix_of(spec.target)):
                inputfile.open_regular(spec.target).close()  # an error of ours says more
                return Source(_well_formed(name), "text/plain", origin, load(spec.target, command))
            data = inputfile.read_bytes(spec.target, limit=READ_LIMIT, hint_if_larger=_TOO_LARGE)
            return _of_pages(from_bytes(data, name, origin, spec.media_type, lossy=lossy), spec)


def _of_pages(source: Source, spec: Spec) -> Source:
    """The source with the pages alone that its spec names, if it names some."""
    if not spec.pages:
        return source
    from claude_cli.content import pdf

    shown = inputfile.escaped(source.name)
    if source.media_type != media.PDF:
        raise InputError(f"{shown} is no PDF: ;pages= takes pages of one")
    written = ",".join(_written(first, last) for first, last in spec.pages)
    return replace(
        source,
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


def _media_type(data: bytes, shown: str) -> str:
    if found := media.detect(data):
        return found
    kind = media.cannot_send(data)
    if kind is None and (nul := data.find(b"\0")) >= 0 and not _is_wide_text(data):
        kind = f"no text: it has a NUL byte at offset {nul}"
    if kind:
        raise InputError(f"{shown} is {kind}", hint=suggestion(shown) or WHAT_IS_SENT)
    return "text/plain"


def _is_wide_text(data: bytes) -> bool:
    from claude_cli.disk.encodings import wide

    return wide(data) is not None


def _well_formed(name: str) -> str:
    """A file name as Unicode that JSON can carry: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")
