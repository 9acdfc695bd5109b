"""--copy: what a renderer prints goes on the clipboard, too, once the answer is complete."""

from collections.abc import Callable, Iterable

from claude_cli.errors import CannotWrite, InputError
from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.canvas import Canvas, Renderer
from claude_cli.ui.clipboard import copy_text
from claude_cli.ui.pieces import Citing, Piece, Pieces


class CopyingRenderer:
    """Draws what `inner` draws. A clipboard that takes nothing is a warning: the answer is there.

    `present` and `citing` as in `TextRenderer`.
    """

    def __init__(
        self,
        inner: Renderer,
        canvas: Canvas,
        present: Callable[[str], str] = str,
        *,
        citing: Citing = "plain",
    ) -> None:
        self._inner = inner
        self._notices = canvas.notices
        self._present = present
        self._pieces = Pieces(canvas.prefill, citing=citing, thinking=False)
        self._words: list[str] = []

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        self._inner.event(event, more=more)
        self._keep(self._pieces.feed(event))

    def finish(self, answer: Answer) -> None:
        self._inner.finish(answer)
        self._keep(self._pieces.end())
        try:
            self._notices.notice(copy_text(self._present("".join(self._words))))
        except (CannotWrite, InputError) as error:
            self._notices.warning(f"{error.message}: {error.hint}")

    def abandon(self) -> None:
        self._inner.abandon()

    def _keep(self, pieces: Iterable[Piece]) -> None:
        self._words += [piece.text for piece in pieces if piece.kind == "text"]
