"""Questions to the person at the terminal, before anything else is drawn there."""

import sys

from claude_cli.errors import UsageError
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stderr


def somebody_types() -> bool:
    """Whether stdin is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def ask_secret(question: str) -> str:
    """The line that is typed, which is not shown. Raises UsageError at the end of input."""
    from getpass import getpass

    try:
        return getpass(question)
    except EOFError:
        raise UsageError("nothing was typed") from None


def ask_line(question: str) -> str:
    """The line that is typed; what was typed ahead of the question counts.

    Raises UsageError at the end of input.
    """
    open_stderr().write(sanitize_line(question))
    line = sys.stdin.readline(1000)
    if not line:
        raise UsageError("nothing was typed")
    return line.strip()
