"""Text for the clipboard: handed to the desktop's programs, or to the terminal by OSC 52."""

import os

from claude_cli.child.clipboard import fill_clipboard, missing_to_fill
from claude_cli.errors import CannotWrite, InputError, UsageError
from claude_cli.ui.streams import open_stderr, open_stdout
from claude_cli.ui.terminal import describe_stderr, describe_stdout

LONGEST_COPY = 74_994
"""Bytes for the clipboard: xterm, and what imitates it, takes 100 000 characters with it all."""


def check_clipboard() -> None:
    """Raise UsageError where nothing could be put there, before an answer is paid for."""
    has_terminal = describe_stderr().can_redraw or describe_stdout().can_redraw
    if not has_terminal and (missing := missing_to_fill()):
        raise UsageError("there is no clipboard to copy to", hint=missing)


def copy_text(text: str) -> str:
    """Put text on the clipboard, made harmless, without its last newline; the line that tells it.

    Over ssh the terminal is asked (xterm's control sequences, OSC 52), because the user's clipboard
    is there; elsewhere only where no program does it.
    Raises CannotWrite where neither is to be had, InputError for more than the terminal takes.
    """
    from claude_cli.ui.sanitize import sanitize

    clean = sanitize(text.removesuffix("\n"))
    done = f"{len(clean):,} character{'' if len(clean) == 1 else 's'} copied"
    is_remote = bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))
    if is_remote and _asked_terminal(clean):
        return f"{done}, if the terminal lets us"
    trouble = fill_clipboard(clean)
    if trouble is None:
        return done
    if not is_remote and _asked_terminal(clean):
        return f"{done}, if the terminal lets us"
    raise CannotWrite("nothing could be put on the clipboard", hint=trouble)


def _asked_terminal(text: str) -> bool:
    """Whether there is a terminal that obeys escape sequences; it was asked then."""
    on_stderr = describe_stderr().can_redraw
    if not (on_stderr or describe_stdout().can_redraw):
        return False
    from base64 import b64encode

    data = text.encode("utf-8", "replace")
    if len(data) > LONGEST_COPY:
        raise InputError(
            f"{len(data):,} bytes are too long for the clipboard of a terminal",
            hint="write it to a file",
        )
    output = open_stderr() if on_stderr else open_stdout()  # stdout is the answer's, if it may be
    output.write(f"\x1b]52;c;{b64encode(data).decode()}\x07")
    return True
