"""The live view as a renderer: pieces go in on the caller's thread, a thread of its own draws them.

So the last words are drawn while the caller waits for more, and a signal, which Python raises on
the main thread, never cuts a frame in two.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from claude_cli.errors import CannotWrite, Interrupted, ReaderGone
from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.aside import Aside
from claude_cli.ui.canvas import Canvas
from claude_cli.ui.job_control import holding_terminal
from claude_cli.ui.pieces import Piece, Pieces
from claude_cli.ui.sanitize import Sanitizer
from claude_cli.ui.terminal import folds_rows

if TYPE_CHECKING:
    from claude_cli.ui.live.view import MarkdownView

Ending = Literal["finish", "pause", "abandon"]


class LiveRenderer:
    """Draws the answer as Markdown while it arrives, thinking and notes on stderr in between.

    What went wrong on the thread (CannotWrite, Interrupted) is raised at the next event.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._pieces = Pieces(canvas.prefill, citing="markdown", thinking=canvas.thinking)
        self._painter = _Painter(canvas)

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        self._painter.start()
        for piece in self._pieces.feed(event):
            self._painter.put(piece)
        if event.data.get("type") in ("message_stop", "message"):
            # Others write before the next message: questions, notices.
            self._painter.end("pause" if self._pieces.is_paused else "finish")

    def finish(self, answer: Answer) -> None:
        if answer.unanswered:  # its calls matter more than its words
            from claude_cli.ui.json_output import JsonRenderer

            self.abandon()
            JsonRenderer(self._canvas).finish(answer)
            return
        try:
            for piece in self._pieces.end():
                self._painter.put(piece)
            self._painter.end("finish")
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        with suppress(Exception, Interrupted, ReaderGone):
            self._painter.end("abandon")


class _Painter:
    """Shows pieces one by one, on a thread that ends with each message."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._aside = Aside(canvas.notices)
        self._sanitizer = Sanitizer()
        self._queue: SimpleQueue[Piece | Ending | None] = SimpleQueue()
        """None means: look whether a frame is due."""
        self._thread: threading.Thread | None = None
        self._holding = ExitStack()
        self._failure: BaseException | None = None
        self._view: MarkdownView | None = None
        self._lock = threading.RLock()
        """Of the view. Reentrant, as one Ctrl-Z may come while another is dealt with."""
        self._paused = False
        self._wrote = False
        """Whether there were words; from then on the view itself keeps its distance."""

    def start(self) -> None:
        """Start, unless it was: loading Rich takes as long as the first words take to come."""
        if self._failure:
            raise self._failure
        if self._thread is None:
            self._holding.enter_context(holding_terminal(self._let_go))
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def put(self, piece: Piece) -> None:
        self.start()
        self._queue.put(piece)

    def end(self, ending: Ending) -> None:
        """Wait until all is drawn for good; then the cursor is below it, and no thread is left. At
        a pause, what the next words may change is erased until they come."""
        if self._paused and ending != "pause":
            self.start()
        self._paused = ending == "pause"
        if self._thread is not None:
            self._queue.put(ending)
            self._thread.join()
            self._thread = None
            self._holding.close()
        self._canvas.notices.spinner.stop()
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        try:
            self._view = view = self._view or self._make_view()
            while isinstance(item := self._next(view), Piece):
                self._show(view, item)
            self._close_aside()
            self._settle(view, item)
        except BaseException as error:
            self._failure = error

    def _make_view(self) -> "MarkdownView":
        from claude_cli.ui.live.view import MarkdownView  # loads Rich: 90 ms

        terminal = self._canvas.terminal
        return MarkdownView(
            self._canvas.output.write,
            terminal.width(),
            terminal.height(),
            color=terminal.color,
            theme=self._canvas.theme,
            reflows=folds_rows(),
            fences=self._canvas.fences,
        )

    def _next(self, view: "MarkdownView") -> Piece | Ending:
        """Return what comes next, and draw the frames that fall due until then."""
        while True:
            try:
                if item := self._queue.get(timeout=view.wait()):
                    return item
            except Empty:
                with self._measured(view):
                    view.draw()

    def _show(self, view: "MarkdownView", piece: Piece) -> None:
        if piece.kind == "text":
            self._close_aside()
            with self._measured(view):
                view.add(self._sanitizer.feed(piece.text))
            self._wrote = True
        else:  # below the words so far: the next words start a block of their own
            self._settle(view)
            self._aside.show(piece)

    def _settle(self, view: "MarkdownView", ending: Ending = "finish") -> None:
        """Write the words so far for good."""
        with self._measured(view):
            if ending == "pause":
                view.hide()
                return
            view.add(self._sanitizer.end())
            view.finish() if ending == "finish" else view.abandon()

    def _close_aside(self) -> None:
        self._aside.close(apart=not self._wrote)

    @contextmanager
    def _measured(self, view: "MarkdownView") -> Iterator[None]:
        """Have the view for one thread alone, at the size that the terminal has now."""
        with self._lock:
            view.resize(self._canvas.terminal.width(), self._canvas.terminal.height())
            yield

    @contextmanager
    def _let_go(self) -> Iterator[None]:
        """Leave the terminal to others, who will find nothing unfinished on it."""
        with ExitStack() as stack:
            if self._view:
                stack.enter_context(self._measured(self._view))
                with suppress(CannotWrite, Interrupted, ReaderGone):
                    self._view.hide()
            yield
        self._queue.put(None)
