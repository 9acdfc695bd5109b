"""Which characters of the line that is edited were typed, also where it was brought back."""

from collections.abc import Iterator
from contextlib import contextmanager

from prompt_toolkit.buffer import Buffer

from claude_cli.ui.editor.history import PromptHistory
from claude_cli.ui.editor.typed_line import NO_LINE, Marks, TypedLine, untyped


class TypedBuffer:
    """Follows a buffer from `begin` on. A line of the history is as typed as it was then."""

    def __init__(self, buffer: Buffer, history: PromptHistory) -> None:
        self._history = history
        self._left: dict[str, TypedLine] = {}
        """Lines that were begun, and left for others of the history."""
        self._inserting = False
        self.begin(NO_LINE)
        buffer.on_text_changed += self._follow

    def begin(self, line: TypedLine) -> None:
        """The buffer has this line now, and nothing else was begun."""
        self._marks = Marks(line)
        self._index = 0
        self._left.clear()

    @contextmanager
    def inserting(self) -> Iterator[None]:
        """What comes into the buffer in here is not typed."""
        self._inserting = True
        try:
            yield
        finally:
            self._inserting = False

    def line(self) -> TypedLine:
        return self._marks.line()

    def remember(self) -> None:
        """Tell the history, which is about to get the line, if an `@` or a `!` in it was pasted."""
        line = self.line()
        if line.has_pasted_marks:
            self._history.untyped.add(line.text)

    def _follow(self, buffer: Buffer) -> None:
        text = buffer.text
        if buffer.working_index != self._index:  # another line, or the history was loaded
            self._index = buffer.working_index
            left = self._marks.line()
            self._left[left.text] = left
            if text in self._left:
                self._marks = Marks(self._left[text])
                return
            if text in self._history.get_strings():
                known = text not in self._history.untyped
                self._marks = Marks(TypedLine(text, b"\1" * len(text)) if known else untyped(text))
                return
        self._marks.follow(text, typed=not self._inserting)
