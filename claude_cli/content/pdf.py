"""How many pages a PDF has and whether it is encrypted, as best as can be told.

A PDF is untrusted and a parser in Python can be made to run for hours, so it runs in a child
process with limits on time and memory (`pdf_probe.py`). Not knowing is a normal answer.
"""

import os
from typing import NamedTuple

SECONDS = 5.0
"""How long the child may take; a healthy PDF of 600 pages takes a fraction of one."""


class PdfFacts(NamedTuple):
    """`None` is unknown."""

    pages: int | None = None
    encrypted: bool | None = None


def inspect(data: bytes, *, seconds: float = SECONDS) -> PdfFacts:
    """The facts about a PDF; unknown if it is damaged, hostile, or pypdf cannot be run."""
    import json
    import sys

    from claude_cli.child.environment import without_credentials
    from claude_cli.child.run import run

    # -P: the script's own folder, with modules of common names, stays off the import path.
    command = [sys.executable, "-P", os.path.join(os.path.dirname(__file__), "pdf_probe.py")]
    try:
        child = run(command, stdin=data, seconds=seconds, env=without_credentials())
        pages, encrypted = json.loads(child.stdout)
    except (OSError, ValueError, TypeError):
        return PdfFacts()
    return PdfFacts(pages, encrypted)
