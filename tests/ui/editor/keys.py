"""What a terminal sends to the line editor, and what the editor makes of it."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput

from claude_cli.ui.editor.menu import Candidate
from claude_cli.ui.editor.prompt import Complete, Drop, LineEditor
from claude_cli.ui.editor.typed_line import TypedLine, untyped

ENTER, ALT_ENTER, CTRL_J = "\r", "\x1b\r", "\n"


CTRL_C, CTRL_D, CTRL_R, UP, DOWN, LEFT = "\x03", "\x04", "\x12", "\x1b[A", "\x1b[B", "\x1b[D"


CTRL_X_CTRL_E = "\x18\x05"


def pasted(text: str) -> str:
    """What a terminal sends for a paste: bracketed."""
    return f"\x1b[200~{text}\x1b[201~"


def nothing(line: str) -> Iterable[Candidate]:
    return []


def no_file(before: str, pasted: str) -> str:
    return ""


def shout(text: str) -> str:
    return text.upper()


def type_lines(
    *keys: str,
    default: str = "",
    history: Path | None = None,
    complete: Complete = nothing,
    drop: Drop = no_file,
) -> list[TypedLine | None]:
    """Return what the editor gives for each read, keys being typed before it."""
    with create_pipe_input() as pipe:
        editor = LineEditor(history, complete, shout, drop, input=pipe, output=DummyOutput())
        lines = []
        for typed in keys:
            threading.Thread(target=pipe.send_text, args=[typed]).start()  # a pipe may be full
            lines.append(editor.read(untyped(default), lambda columns: f"{columns} columns"))
        return lines


def type_keys(*keys: str, **options: Any) -> list[str | None]:
    """The texts of these lines."""
    return [line and line.text for line in type_lines(*keys, **options)]
