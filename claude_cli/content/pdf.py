"""A PDF looked into: its pages, whether it is encrypted, and a copy of some pages.

A PDF is untrusted and a parser in Python can be made to run for hours, so it runs in a child
process with limits on time and memory (`pdf_child.py`).
"""

import os
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from claude_cli.content.specs import Range
from claude_cli.errors import InputError

SECONDS = 5.0
"""How long the child may take to look; a healthy PDF of 600 pages takes a fraction of one."""
SECONDS_TO_COPY = 30.0
MOST_COPIED = 64 * 1024 * 1024
"""Characters of base64: more than a request can be."""


class PdfFacts(NamedTuple):
    """`None` is unknown."""

    pages: int | None = None
    encrypted: bool | None = None


def inspect(data: bytes) -> PdfFacts:
    """The facts about a PDF; unknown if it is damaged, hostile, or pypdf cannot be run."""
    return PdfFacts(*_run_child(data, None)[:2])


def has_text(data: bytes) -> tuple[int | None, bool | None]:
    """How many pages, and whether the first ones have text, which a scan has not; None is
    unknown."""
    pages, _, found = _run_child(data, "text")
    return pages, found


def take_pages(data: bytes, ranges: Sequence[Range], name: str) -> bytes:
    """A PDF of these pages, in the order of the ranges, each once; `name` is what to call it.

    Raises InputError for pages that are not there, and for a PDF that cannot be read.
    """
    pages, encrypted, copy = _run_child(data, ranges)
    if encrypted:
        raise encrypted_error(name)
    if pages is None:
        raise InputError(f"{name}: its pages cannot be told apart, it may be damaged")
    if copy is None:
        raise InputError(f"{name} has {pages} page{'' if pages == 1 else 's'}, not all of ;pages=")
    from binascii import a2b_base64

    return a2b_base64(copy)


def encrypted_error(name: str) -> InputError:
    return InputError(
        f"{name} is encrypted, which the API refuses",
        hint="take the password off: qpdf --decrypt IN.pdf OUT.pdf",
    )


def _run_child(data: bytes, wanted: Sequence[Range] | Literal["text"] | None) -> list[Any]:
    """Pages, whether it is encrypted, and what was wanted; None for what is unknown."""
    import json
    import sys

    from claude_cli.child.run import run

    # -P: the script's own folder, with modules of common names, stays off the import path.
    command = [sys.executable, "-P", os.path.join(os.path.dirname(__file__), "pdf_child.py")]
    seconds = SECONDS if wanted is None else SECONDS_TO_COPY
    try:
        child = run(
            [*command, json.dumps(wanted)],
            stdin=data,
            seconds=seconds,
            most=MOST_COPIED,
        )
        pages, encrypted, copy = json.loads(child.stdout)
    except (OSError, ValueError, TypeError):
        return [None, None, None]
    return [pages, encrypted, copy]
