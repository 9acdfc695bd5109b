"""What stderr shows while an answer arrives: its thinking, and notes on what else happens."""

from typing import TYPE_CHECKING

from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import Piece

if TYPE_CHECKING:
    from claude_cli.ui.sanitize import Sanitizer


class Aside:
    """Shows the pieces that are no words of the answer; `close` comes before the words go on."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._spinner = notices.spinner
        self._sanitizer: Sanitizer | None = None  # there is one while a line of thinking is open
        self._line_open = False

    def show(self, piece: Piece) -> None:
        if piece.kind == "note":
            self._end_thinking()
            self._notices.notice(piece.text)
        else:
            self._think(piece.text)

    def close(self) -> None:
        """End the line of thinking and stop the spinner: words of the answer are next."""
        self._spinner.stop()
        self._end_thinking()

    def _think(self, text: str) -> None:
        if self._sanitizer is None:
            from claude_cli.ui.sanitize import Sanitizer

            self._sanitizer = Sanitizer()
        self._spinner.stop()
        self._write(self._sanitizer.feed(text))

    def _end_thinking(self) -> None:
        if self._sanitizer is None:
            return
        self._write(self._sanitizer.end())
        self._sanitizer = None
        if self._line_open:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            self._notices.write_dim(text)
            self._line_open = not text.endswith("\n")
