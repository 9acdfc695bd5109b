"""The prompt that was written in the editor and not sent: a run that fails leaves it to the next.

One file, for whoever edits next; that it cannot be kept stops nobody.
"""

from contextlib import suppress
from pathlib import Path

from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.paths import state_dir
from claude_cli.errors import ClaudeCliError


def unsent_file() -> Path:
    return state_dir() / "unsent-prompt.md"


def keep_unsent(prompt: str) -> None:
    with suppress(ClaudeCliError):
        write_whole(unsent_file(), prompt.encode("utf-8", "replace"))


def unsent() -> str:
    """The prompt; "" where all were sent."""
    with suppress(ClaudeCliError):
        return inputfile.read_text(unsent_file(), limit=inputfile.TEXT_LIMIT)
    return ""


def forget_unsent() -> None:
    with suppress(OSError):
        unsent_file().unlink(missing_ok=True)
