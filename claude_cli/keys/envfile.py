"""One variable out of a `.env` file; nothing else of such a file is ever looked at."""

from io import StringIO
from pathlib import Path

from claude_cli.errors import InputUnreadable

LIMIT = 1024 * 1024


def key_in(path: Path, name: str) -> str | None:
    """The value of `name`; None where the file does not set it. Raises InputUnreadable."""
    from dotenv import dotenv_values

    try:
        with path.open("rb") as file:
            text = file.read(LIMIT).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputUnreadable(f"cannot read {path}: {reason}") from error
    return dotenv_values(stream=StringIO(text), interpolate=False).get(name)
