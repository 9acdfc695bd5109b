"""Where a chat shows what its slash commands were asked for.

Answers go to stdout, everything else to stderr, whatever --quiet says: somebody asked for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from claude_cli.ui.clipboard import copy_text
from claude_cli.ui.sanitize import sanitize, sanitize_line
from claude_cli.ui.streams import ErrorOutput, Output, open_stderr, open_stdout
from claude_cli.ui.terminal import Terminal, describe_stderr, describe_stdout


@dataclass(frozen=True, slots=True)
class ChatScreen:
    """stdout and stderr of a chat. Raises CannotWrite where stdout is closed."""

    stdout: Output = field(default_factory=open_stdout)
    stderr: ErrorOutput = field(default_factory=open_stderr)
    terminal: Terminal = field(default_factory=describe_stdout)
    error_terminal: Terminal = field(default_factory=describe_stderr)
    theme: str | None = None

    def tell(self, lines: Iterable[str]) -> None:
        """Show lines of text, each made harmless; a window that is too narrow breaks it between
        words."""
        text = "".join(f"{sanitize_line(line)}\n" for line in lines)
        if self.error_terminal.is_terminal:
            from claude_cli.ui.folding import fold_words

            text = fold_words(text, self.error_terminal.width())
        self.stderr.write(text)

    def show_document(self, markdown: str) -> None:
        """Show Markdown, rendered where that can be seen, then a blank line."""
        text = sanitize(markdown)
        if self.error_terminal.can_redraw:
            from claude_cli.ui.live.markdown import render_markdown

            width, color = self.error_terminal.width(), self.error_terminal.color
            text = render_markdown(text, width, color, self.theme)
        self.stderr.write(f"{text}\n")

    def show_answer(self, text: str) -> None:
        """Show an answer's own words, then one blank line: in a pipe they stay what they are."""
        shown = sanitize(text) if self.terminal.is_terminal else text
        self.stdout.write(shown + ("\n" if shown.endswith("\n") else "\n\n"))

    def blank_line(self) -> None:
        """Set an answer that a renderer draws apart from what is around it."""
        self.stdout.write("\n")

    def copy(self, text: str) -> None:
        """Put text on the clipboard, and tell it; see `clipboard.copy_text`."""
        self.tell([copy_text(text)])
