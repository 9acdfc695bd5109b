"""The line editor for one command line, on prompt-toolkit. Import it late: that costs 70 ms."""

import signal

from prompt_toolkit import PromptSession

from claude_cli.errors import Interrupted
from claude_cli.ui.editor.signals import signals_end


def edit_command(command: str) -> str | None:
    """What the user makes of a command, which may have several lines; None for Ctrl-C, Ctrl-D and
    an empty line. Ctrl-X Ctrl-E opens it in an editor.

    Raises Interrupted for a signal, and where the terminal is gone.
    """
    session: PromptSession[str] = PromptSession(
        "> ", enable_suspend=True, enable_open_in_editor=True, include_default_pygments_style=False
    )
    try:
        with signals_end(session.app) as begun:
            text = session.prompt(default=command, pre_run=begun)
    except (EOFError, KeyboardInterrupt):
        return None
    except OSError as error:
        raise Interrupted(getattr(signal, "SIGHUP", signal.SIGTERM)) from error
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip() or None
