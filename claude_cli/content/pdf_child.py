"""A script that `pdf.py` runs in a child process: stdin a PDF, its argument the ranges of pages to
copy, or null, or "text"; stdout `[pages, encrypted, the copy in base64]`, for "text" with whether
there is text on its first pages in the place of the copy.

Whatever goes wrong, a traceback on stderr and an empty stdout are the answer "unknown".
"""

import base64
import io
import json
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))  # last: it hides nothing

from claude_cli.child.limits import limit_ourselves

_LOOKED_AT = 3
"""Pages: a scan has text on none of its first ones."""


def _answer(data: bytes, wanted: list[list[int | None]] | str | None) -> list[Any]:
    import pypdf
    from pypdf.errors import DependencyError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    except (DependencyError, NotImplementedError):  # both come from ciphers alone
        return [None, True, None]
    if reader.is_encrypted:
        return [None, True, None]
    count = len(reader.pages)
    if wanted == "text":
        first = reader.pages[:_LOOKED_AT]
        return [count, False, any(page.extract_text().strip() for page in first)]
    return [count, False, None if wanted is None else _copy(reader, count, wanted)]


def _copy(reader: Any, count: int, ranges: Any) -> str | None:
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
    limit_ourselves()
    print(json.dumps(_answer(sys.stdin.buffer.read(), json.loads(sys.argv[1]))))
