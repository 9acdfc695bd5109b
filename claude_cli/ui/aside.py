"""What stderr shows while an answer arrives: its thinking, and notes on what else happens."""

import time
from typing import TYPE_CHECKING

from claude_cli.ui.notices import Notices
from claude_cli.ui.pieces import Piece

if TYPE_CHECKING:
    from claude_cli.ui.folding import WordFolder
    from claude_cli.ui.sanitize import Sanitizer


class Aside:
    """Shows the pieces that are no words of the answer; `close` comes before the words go on."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._spinner = notices.spinner
        self._thinking: _Thinking | None = None

    def show(self, piece: Piece) -> None:
        if piece.kind == "note":
            self._end_thinking()
            self._notices.notice(piece.text)
            return
        self._spinner.stop()
        self._thinking = self._thinking or _Thinking(self._notices)
        self._thinking.add(piece.text)

    def close(self, *, apart: bool = True) -> None:
        """Words of the answer are next, `apart` from thinking by a blank line: stop the spinner."""
        self._spinner.stop()
        if self._end_thinking() and apart and self._notices.on_terminal:
            self._notices.write_dim("\n")

    def _end_thinking(self) -> bool:
        thinking, self._thinking = self._thinking, None
        if thinking:
            thinking.end()
        return thinking is not None


class _Thinking:
    """One stretch of thinking; who watches it also sees a heading, and how long it took."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._sanitizer: Sanitizer = _new_sanitizer()
        self._folder: WordFolder | None = _new_folder(notices.width)
        self._started = time.monotonic()
        self._line_open = False
        if notices.on_terminal:
            notices.write_dim("Thinking:\n")

    def add(self, text: str) -> None:
        self._write(self._sanitizer.feed(text))

    def end(self) -> None:
        self._write(self._sanitizer.end())
        if self._folder:
            self._put(self._folder.end())
        if self._line_open:
            self._put("\n")
        if self._notices.on_terminal:
            seconds = time.monotonic() - self._started
            self._notices.write_dim(f"(thought for {seconds:.1f} s)\n")

    def _write(self, text: str) -> None:
        self._put(self._folder.feed(text) if self._folder else text)

    def _put(self, text: str) -> None:
        if text:
            self._notices.write_dim(text)
            self._line_open = not text.endswith("\n")


def _new_sanitizer() -> "Sanitizer":
    from claude_cli.ui.sanitize import Sanitizer  # its patterns cost 3 ms

    return Sanitizer()


def _new_folder(width: int | None) -> "WordFolder | None":
    if width is None:
        return None
    from claude_cli.ui.folding import WordFolder

    return WordFolder(width)
