"""One variable out of a `.env` file; nothing else of such a file is ever looked at."""

from io import StringIO
from pathlib import Path

from claude_cli.disk import inputfile

LIMIT = 1024 * 1024


def key_in(path: Path, name: str) -> str | None:
    """The value of `name`; None where the file does not set it. Raises as `inputfile` does."""
    from dotenv import dotenv_values

    text = inputfile.read_text(path, limit=LIMIT)
    return dotenv_values(stream=StringIO(text), interpolate=False).get(name)
