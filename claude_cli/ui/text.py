"""The answer as text: its own bytes in a pipe, made harmless on a terminal."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone
from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.aside import Aside
from claude_cli.ui.canvas import Canvas
from claude_cli.ui.json_output import JsonRenderer
from claude_cli.ui.pieces import Citing, Piece, Pieces

if TYPE_CHECKING:
    from claude_cli.ui.sanitize import Sanitizer


class TextRenderer:
    """Prints the words of the answer, then a newline if they do not end in one.

    On a terminal and for `stream` as they arrive, in one write what arrives together; else at the
    end. With `present` they are always kept for the end, and what it makes of them is printed.
    """

    def __init__(
        self,
        canvas: Canvas,
        present: Callable[[str], str] | None = None,
        *,
        citing: Citing = "plain",
    ) -> None:
        self._canvas = canvas
        self._output = canvas.output
        self._sanitizer = _sanitizer() if canvas.terminal.is_terminal else None
        self._aside = Aside(canvas.notices)
        self._pieces = Pieces(canvas.prefill, citing=citing, thinking=canvas.thinking)
        self._present = present
        self._at_once = present is None and (canvas.arriving or canvas.terminal.is_terminal)
        self._kept: list[str] = []
        self._last = ""  # the latest words that were printed

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        for piece in self._pieces.feed(event):
            self._show(piece)
        if not more:
            self._catch_up()

    def finish(self, answer: Answer) -> None:
        if answer.unanswered:  # its calls matter more than its words
            self.abandon()
            JsonRenderer(self._canvas).finish(answer)
            return
        for piece in self._pieces.end():
            self._show(piece)
        self._print_kept()
        self._end_line()

    def abandon(self) -> None:
        self._aside.close()
        with suppress(CannotWrite, Interrupted, ReaderGone):  # one of them may have led here
            self._catch_up()
            if self._sanitizer:
                self._end_line()

    def _show(self, piece: Piece) -> None:
        if piece.kind == "text":
            self._kept.append(piece.text)
            return
        self._catch_up()
        if self._sanitizer:  # stderr is most likely the same screen
            self._end_line()
        self._aside.show(piece)

    def _catch_up(self) -> None:
        """Print the words that have arrived, unless they are for the end."""
        if self._kept and self._at_once:
            self._print_kept()

    def _print_kept(self) -> None:
        text = "".join(self._kept)
        self._kept = []  # first: a write that is interrupted is not done again
        if self._present:
            text = self._present(text)
        self._aside.close()
        if self._sanitizer:
            text = self._sanitizer.feed(text)
        if text:
            self._output.write(text)
            self._last = text

    def _end_line(self) -> None:
        rest = self._sanitizer.end() if self._sanitizer else ""
        self._last = rest or self._last
        if self._last and not self._last.endswith("\n"):
            rest += "\n"
        if rest:
            self._output.write(rest)
        self._last = ""


def _sanitizer() -> "Sanitizer":
    from claude_cli.ui.sanitize import Sanitizer  # its patterns cost 3 ms: not for a pipe

    return Sanitizer()
