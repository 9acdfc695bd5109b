"""What becomes of a proposed command: shown, and a key decides. Nothing runs here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from claude_cli.errors import ClaudeCliError
from claude_cli.flow.shell.marks import marks
from claude_cli.flow.shell.proposal import Proposal
from claude_cli.ui.clipboard import copy_text
from claude_cli.ui.editor.consent import TERMINAL
from claude_cli.ui.editor.keypress import read_key
from claude_cli.ui.folding import fold_words
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import sanitize
from claude_cli.ui.streams import Output, open_stdout
from claude_cli.ui.terminal import Terminal, describe_stdout

QUESTION = "[r]un [e]dit e[x]plain [c]opy [q]uit? "
BOLD, WARNING = "1", "33"  # SGR parameters, ECMA-48 8.3.117

Explain = Callable[[str], None]
"""Shows what a command does."""


@dataclass(slots=True)
class Decision:
    """The question and its answers. `command` is what stands to decision, edited or not."""

    proposal: Proposal
    explain: Explain
    notices: Notices
    output: Output = field(default_factory=open_stdout)
    terminal: Terminal = field(default_factory=describe_stdout)

    def decide(self) -> str | None:
        """The command that is to be run; None if none is."""
        command = self.proposal.command
        self._show(command, self.proposal.explanation)
        while True:
            match self._key():
                case "r":
                    return command
                case "e":
                    from claude_cli.ui.editor.command_line import edit_command

                    command = edit_command(sanitize(command)) or command
                    self._show(command)
                case "x":
                    self._explained(command)
                case "c":
                    self.notices.notice(copy_text(command))
                    return None
                case "q" | "\x04":
                    return None

    def _key(self) -> str:
        with open(TERMINAL, "rb", buffering=0) as keys:
            key = read_key(keys.fileno(), lambda: self.output.write(QUESTION))
        self.output.write(f"{key}\n" if key.isalpha() and len(key) == 1 else "\n")
        return key

    def _show(self, command: str, explanation: str = "") -> None:
        """Show a command, harmless, with what it is marked for; long lines are the terminal's to
        break, so that they can be copied."""
        shown = sanitize(command)
        lines = [self._styled(shown, BOLD)]
        if explanation:
            lines.append(fold_words(sanitize(explanation), self.terminal.width()))
        found = marks(command)
        if shown != command:
            found.append("has characters that cannot be seen")
        lines += [self._styled(f"! {sanitize(mark)}", WARNING) for mark in found]
        self.output.write("\n".join(lines) + "\n")

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[m" if self.terminal.color else text

    def _explained(self, command: str) -> None:
        """Have a command explained; without an explanation there is still the command."""
        try:
            self.explain(command)
        except ClaudeCliError as error:
            self.notices.error(error)
        except KeyboardInterrupt:
            self.output.write("\n")
