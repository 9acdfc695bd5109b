"""A script that `pdf.py` runs in a child process: stdin a PDF, its argument the ranges of pages to
copy or null, stdout `[pages, encrypted, the copy in base64]`.

It imports nothing of claude-cli, so that it runs wherever pypdf can be imported. Whatever goes
wrong, a traceback on stderr and an empty stdout are the answer "unknown".
"""

import base64
import contextlib
import io
import json
import sys
from typing import Any

_MEMORY = 1 << 30
_CPU_SECONDS = 30


def _limit_ourselves() -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's timeout is all there is
        return
    for kind, most in ((resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_AS, _MEMORY)):
        # Refused where the limit is lower already, and for memory by some macOS releases.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _answer(data: bytes, ranges: list[list[int | None]] | None) -> list[Any]:
    import pypdf
    from pypdf.errors import DependencyError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    except (DependencyError, NotImplementedError):  # both come from ciphers alone
        return [None, True, None]
    if reader.is_encrypted:
        return [None, True, None]
    count = len(reader.pages)
    return [count, False, None if ranges is None else _copy(reader, count, ranges)]


def _copy(reader: Any, count: int, ranges: list[list[int | None]]) -> str | None:
    """A PDF of these pages in base64; None where one of them is not there."""
    from pypdf import PdfWriter

    bounds = [(first or 1, count if last is None else last) for first, last in ranges]
    if any(first > count or last > count for first, last in bounds):
        return None
    writer = PdfWriter()
    for number in dict.fromkeys(n for first, last in bounds for n in range(first, last + 1)):
        page = reader.pages[number - 1]
        _drop_links(page)
        writer.add_page(page)
    written = io.BytesIO()
    writer.write(written)
    return base64.b64encode(written.getvalue()).decode()


def _drop_links(page: Any) -> None:
    """Take the links off: one that leads to another page would bring that page along."""
    from pypdf.generic import ArrayObject, NameObject

    notes = page.get("/Annots")
    if notes is not None:
        kept = [note for note in notes.get_object() if note.get_object().get("/Subtype") != "/Link"]
        page[NameObject("/Annots")] = ArrayObject(kept)


if __name__ == "__main__":
    _limit_ourselves()
    print(json.dumps(_answer(sys.stdin.buffer.read(), json.loads(sys.argv[1]))))
