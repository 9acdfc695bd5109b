"""The line editor of a chat where escape sequences mean nothing: the terminal's own line editing.

Each line is a prompt. None counts as typed: a paste cannot be told from keys here. Whether typed
keys show up is left as it is: Emacs shows them itself.
"""

import sys
from collections.abc import Callable
from typing import Literal

from claude_cli.ui.editor.typed_line import TypedLine, untyped
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stderr


class PlainLineEditor:
    def read(
        self, default: TypedLine, toolbar: Callable[[int], str], keys: Literal["emacs", "vi"]
    ) -> TypedLine | None:
        """Return the next line; None at the end of input. Ctrl-C clears the line.

        A line cannot start as `default` here, so it is only shown.
        """
        if default.text:
            open_stderr().write(f"not answered: {sanitize_line(default.text)}\n")
        while True:
            open_stderr().write("> ")
            try:
                line = sys.stdin.buffer.readline()
            except KeyboardInterrupt:
                open_stderr().write("\n")
                continue
            return untyped(line.decode("utf-8", "replace").rstrip("\r\n")) if line else None
