"""A spec that names several files → a spec for each of them that can be attached."""

import os
from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from claude_cli.content import folders
from claude_cli.content.kinds import READ_LIMIT, TOO_LARGE, media_type_of
from claude_cli.content.loaders import Loaders, suffix_of
from claude_cli.content.sources import Reading
from claude_cli.content.specs import Spec
from claude_cli.disk import inputfile
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.values import media

HEAD = 8192
"""Bytes by which a file of a folder is left out, before it is read whole."""


class Look(NamedTuple):
    """A file looked at: what to call its kind, and its size in bytes."""

    kind: str
    size: int


def unfold(spec: Spec, reading: Reading, *, together: bool = True) -> list[Spec]:
    """The files of a folder, a pattern or a list that can be sent; of any other spec itself.

    Raises InputUnreadable where there is none, or one of a list is not there, and InputError where
    they are too large to be sent `together`.
    """
    if spec.origin == "list":
        data = reading.stdin
        if spec.target != "-":
            data = inputfile.read_bytes(spec.target, limit=READ_LIMIT)
        found = folders.Found(folders.names_in(data), {})
    elif spec.origin == "path" and folders.is_several(spec.target):
        found = folders.find(spec.target)
    else:
        return [spec]
    return _sendable(spec, found, reading, together=together)


def look_at(path: str, loaders: Loaders, *, converts: bool) -> Look:
    """Raises InputError for a file that is no kind that can be sent, InputUnreadable."""
    with inputfile.open_regular(path) as file:
        head, size = file.read(HEAD), os.fstat(file.fileno()).st_size
    if not head:
        raise InputError(f"{inputfile.escaped(path)} is empty")
    if suffix_of(path) in loaders:
        return Look("text file", size)
    media_type = media_type_of(head, inputfile.escaped(path), converts=converts)
    return Look({"text/plain": "text file", media.PDF: "PDF"}.get(media_type, "image"), size)


def _sendable(spec: Spec, found: folders.Found, reading: Reading, *, together: bool) -> list[Spec]:
    paths, left_out = found
    fits = reading.fitting is not None and spec.fits  # pictures will be made smaller
    kinds: Counter[str] = Counter()
    kept, size, fixed = [], 0, 0
    for path in paths:
        try:
            look = look_at(path, reading.loaders, converts=fits)
        except (InputError, InputUnreadable) as error:
            if spec.origin == "list" and isinstance(error, InputUnreadable):
                raise
            reading.detail(f"left out: {error.message}")
            continue
        kept.append(spec._replace(origin="found", target=path))
        kinds[look.kind] += 1
        size += look.size
        fixed += 0 if fits and look.kind == "image" else look.size
    left_out["that cannot be sent"] = len(paths) - len(kept)
    summary = _summary(spec, kinds, size, left_out)
    if not kept:
        raise InputUnreadable(summary)
    if together and fixed > READ_LIMIT:
        raise InputError(f"{summary}: a request takes {READ_LIMIT:,} bytes", hint=TOO_LARGE)
    reading.tell(summary)
    return kept


def _summary(spec: Spec, kinds: Counter[str], size: int, left_out: Mapping[str, int]) -> str:
    shown = "stdin" if spec.target == "-" else inputfile.escaped(spec.target)
    rest = ", ".join(f"{count} {kind}" for kind, count in left_out.items() if count)
    rest = f"; left out: {rest}" if rest else ""
    if not kinds:
        return f"{shown} names no file that can be attached{rest}"
    of_kinds = ", ".join(
        f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in kinds.most_common()
    )
    return f"{shown}: {of_kinds}, {ceil(size / 1e3):,} KB{rest}"
