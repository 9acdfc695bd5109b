"""What claude-cli itself says on stderr: errors, warnings, notices, and the traffic for --verbose.

Each is made harmless here, on lines of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from claude_cli.errors import ClaudeCliError
from claude_cli.ui.live.spinner import Spinner
from claude_cli.ui.live.status_line import StatusLine
from claude_cli.ui.streams import ErrorOutput, open_stderr
from claude_cli.ui.terminal import Terminal, describe_stderr
from claude_cli.values.secrecy import without

Level = Literal["quiet", "normal", "verbose", "debug"]
Headers = Sequence[tuple[str, str]]

LONGEST_LINE = 2000
LONGEST_BODY = 4096
"""Bytes of a body, or of one piece of it, that `debug` shows."""

RED, YELLOW, DIM = "31", "33", "2"  # SGR parameters, ECMA-48 8.3.117


class Notices:
    """Writes to stderr what `level` lets through; it is also an observer of the API client.

    Its spinner shows that a request is alive; whoever sends one starts it. Both that and progress
    are drawn on its status line.
    """

    def __init__(
        self,
        level: Level = "normal",
        terminal: Terminal | None = None,
        output: ErrorOutput | None = None,
    ) -> None:
        self._level = level
        self._terminal = terminal or describe_stderr()
        self._output = output or open_stderr()
        self._secrets: dict[str, None] = {}
        self._return = ""
        self.wording: Callable[[str], str] = str
        """What becomes of the words of notices, warnings and errors: a chat has its own."""
        self.status_line = StatusLine(self._terminal, self._output, enabled=level != "quiet")
        self.spinner = Spinner(self.status_line)

    def without_spinner(self) -> None:
        """Several requests are under way: no spinner tells of one of them."""
        line = StatusLine(self._terminal, self._output, enabled=False)
        self.spinner = Spinner(line)

    def hide(self, secrets: Iterable[str]) -> None:
        """Replace these wherever they would be written: a server may repeat what it was sent."""
        self._secrets |= dict.fromkeys(secrets)

    @property
    def on_terminal(self) -> bool:
        """Whether somebody may be watching, and wants to see more than errors."""
        return self._terminal.is_terminal and self._level != "quiet"

    @property
    def width(self) -> int | None:
        """The columns that a line has; None where nothing needs to be broken."""
        return self._terminal.width() if self._terminal.is_terminal else None

    @property
    def shows_traffic(self) -> bool:
        """Whether lines come at any time, between the frames of a live view too."""
        return self._level == "debug"

    def over_echo(self) -> None:
        """What is said next goes over the `^C` that a terminal shows where a line begins."""
        self._return = "\r" if self._terminal.is_terminal else ""

    def notice(self, text: str) -> None:
        if self._level != "quiet":
            self._say(self.wording(text))

    def detail(self, text: str) -> None:
        """What only --verbose shows."""
        if self._level in ("verbose", "debug"):
            self._say(text)

    def warning(self, text: str, *, always: bool = False) -> None:
        """`always`: with --quiet too."""
        if always or self._level != "quiet":
            self._say(self.wording(text), "warning:", YELLOW)

    def error(self, error: ClaudeCliError) -> None:
        """Say what went wrong, what may help, and the id to ask Anthropic about."""
        self._say(self.wording(error.message), "error:", RED)
        if error.hint:
            self._say(self.wording(error.hint), "hint:")
        if error.request_id:
            self._say(error.request_id, "request id:")

    def reword(self, error: ClaudeCliError) -> None:
        """Put an error that is told elsewhere into the words of whoever reads it."""
        error.message = self.wording(error.message)
        error.hint = error.hint and self.wording(error.hint)

    def write_dim(self, text: str) -> None:
        """Write harmless text as it stands, dim where colours are on; no spinner may run."""
        self._output.write(self._styled(text, DIM))

    def request_sent(self, method: str, url: str, headers: Headers, body: bytes | None) -> None:
        if self._level in ("verbose", "debug"):
            self._lines([f"{method} {url}", *_header_lines(headers)], label="> ")
        if self._level == "debug" and body is not None:
            self._body(body, label="> ")

    def response_received(self, status: int, reason: str, headers: Headers) -> None:
        if self._level in ("verbose", "debug"):
            self._lines([f"{status} {reason}", *_header_lines(headers)], label="< ")

    def response_chunk(self, chunk: bytes) -> None:
        if self._level == "debug":
            self._body(chunk, label="< ")

    def waiting(self, seconds: float, reason: str, attempt: int, attempts: int) -> None:
        from claude_cli.ui.sanitize import sanitize_line

        why = f"({sanitize_line(self._hidden(reason), 200)}, attempt {attempt} of {attempts})"
        if not self.spinner.count_down(seconds, why):
            self.notice(f"retrying in {seconds:.1f} s {why}")

    def _body(self, body: bytes, label: str) -> None:
        lines = self._hidden(body.decode("utf-8", "replace"))[:LONGEST_BODY].split("\n")
        if len(body) > LONGEST_BODY:
            lines.append(f"… {len(body) - LONGEST_BODY} bytes more")
        self._lines(lines, label, longest=LONGEST_BODY)

    def _say(self, text: str, label: str = "", style: str = "") -> None:
        """Write one line; a terminal gets it broken between words."""
        from claude_cli.ui.sanitize import sanitize_line

        line = sanitize_line(self._hidden(text), LONGEST_LINE)
        column = len(f"{label} ") if label else 0
        if self.width:
            from claude_cli.ui.folding import fold_words

            line = fold_words(line, self.width, column)
        shown = f"{self._styled(label, style) if style else label} " if label else ""
        self.status_line.write(f"{self._return}{shown}{line}\n")
        self._return = ""

    def _lines(self, lines: Iterable[str], label: str = "", longest: int = LONGEST_LINE) -> None:
        """Write all lines at once: several threads may be observed."""
        from claude_cli.ui.sanitize import sanitize_line

        harmless = (sanitize_line(self._hidden(line), longest) for line in lines)
        self.status_line.write("".join(f"{label}{line}\n" for line in harmless))

    def _hidden(self, text: str) -> str:
        return without(self._secrets, text)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[m" if self._terminal.color else text


def report(error: ClaudeCliError) -> None:
    """Write `error` to stderr for a command that has no Notices of its own."""
    Notices("quiet").error(error)


def _header_lines(headers: Headers) -> list[str]:
    return [*(f"{name}: {value}" for name, value in headers), ""]
