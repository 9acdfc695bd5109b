"""The line editor of a chat, on prompt-toolkit: keys, completion, toolbar.

Nothing is known here of what a line means. Import it late: prompt_toolkit costs 70 ms.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, get_app, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.styles import Style

from claude_cli.errors import Interrupted
from claude_cli.ui.editor.history import PromptHistory
from claude_cli.ui.editor.menu import Candidate
from claude_cli.ui.editor.typed_buffer import TypedBuffer
from claude_cli.ui.editor.typed_line import NO_LINE, TypedLine, untyped

STYLE = Style.from_dict(
    {
        "": "bold",  # what was asked is easy to find among answers
        "prompt": "ansigreen",
        "bottom-toolbar": "noreverse nobold fg:ansibrightblack",
        "completion-menu": "noreverse nobold",
    }
)

Complete = Callable[[str], Iterable[Candidate]]
Edit = Callable[[str], str]
Drop = Callable[[str, str], str]
"""The text before the cursor and what was pasted there → what stands for it as if it were typed,
where a file was dropped on the terminal; else nothing."""
Toolbar = Callable[[int], str]
"""The columns of the window → the line below the prompt."""


def _only_slash() -> bool:
    """Whether a slash alone was typed: it opens the menu."""
    return get_app().current_buffer.text == "/"


def _no_toolbar(columns: int) -> str:
    return ""


class LineEditor:
    """Asks for prompts, of one line or several, until the user leaves.

    `history` is a file (0600, made when it is needed), None keeps what was typed in memory.
    `complete` gets the text before the cursor. `edit` opens a text in an editor. `drop` knows a
    file that was dropped.
    """

    def __init__(
        self,
        history: Path | None,
        complete: Complete,
        edit: Edit,
        drop: Drop,
        *,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._toolbar: Toolbar = _no_toolbar
        remembered = PromptHistory(history)
        self._session: PromptSession[str] = PromptSession(
            [("class:prompt", "> ")],
            multiline=True,
            prompt_continuation="  ",
            history=remembered,
            completer=_Completer(complete),
            complete_while_typing=Condition(_only_slash),
            search_ignore_case=True,
            enable_suspend=True,
            bottom_toolbar=lambda: self._toolbar(self._session.output.get_size().columns),
            style=STYLE,
            include_default_pygments_style=False,
            input=input,
            output=output or _output(),
        )
        self._history = remembered
        self._typed = TypedBuffer(self._session.default_buffer, remembered)
        self._session.key_bindings = _bindings(self._typed, edit, drop)

    def read(
        self, default: TypedLine = NO_LINE, toolbar: Toolbar = _no_toolbar
    ) -> TypedLine | None:
        """Return the next prompt, which starts as `default`; None once the user leaves.

        Raises Interrupted for a signal, and where the terminal is gone.
        """
        self._toolbar = toolbar
        self._typed.begin(default)
        try:
            with _signals_end(self._session.app) as begun:
                text = self._session.prompt(default=default.text, pre_run=begun)
        except EOFError:
            return None
        except OSError as error:
            raise Interrupted(getattr(signal, "SIGHUP", signal.SIGTERM)) from error
        line = self._typed.line()
        clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return line if line.text == clean else untyped(clean)


def _output() -> Output | None:
    """stderr where stdout is no terminal; None is prompt-toolkit's own choice, stdout."""
    return None if sys.stdout.isatty() else create_output(sys.stderr)


def _bindings(typed: TypedBuffer, edit: Edit, drop: Drop) -> KeyBindings:
    bindings = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)  # and not in a search

    @bindings.add("enter", filter=typing)
    def send(event: KeyPressEvent) -> None:
        typed.remember()
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=typing)
    @bindings.add("c-j", filter=typing)
    def break_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @bindings.add(Keys.BracketedPaste, filter=typing)
    def paste(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        buffer = event.current_buffer
        dropped = drop(buffer.document.text_before_cursor, text)
        with nullcontext() if dropped else typed.inserting():
            buffer.insert_text(dropped or text)

    @bindings.add("tab", filter=typing)
    def complete(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        asked = CompleteEvent(completion_requested=True)
        found = [*buffer.completer.get_completions(buffer.document, asked)]
        if len(found) == 1:  # at once: a menu that is still being made would swallow the key
            buffer.apply_completion(found[0])
        elif buffer.complete_state:
            buffer.complete_next()
        else:
            buffer.start_completion(insert_common_part=True)

    @bindings.add("c-c", filter=typing)
    @bindings.add("<sigint>")
    def clear(event: KeyPressEvent) -> None:
        event.current_buffer.reset()
        typed.begin(NO_LINE)

    if hasattr(signal, "SIGQUIT"):

        @bindings.add("c-\\")
        def quit_at_once(event: KeyPressEvent) -> None:
            os.kill(os.getpid(), signal.SIGQUIT)  # what the key does where no prompt reads it

    @bindings.add("c-x", "c-e", filter=typing)
    def open_editor(event: KeyPressEvent) -> None:
        event.app.create_background_task(_edit(event, typed, edit))

    return bindings


async def _edit(event: KeyPressEvent, typed: TypedBuffer, edit: Edit) -> None:
    buffer = event.current_buffer
    text = await run_in_terminal(lambda: edit(buffer.text))
    with typed.inserting():
        buffer.document = Document(text)


class _Completer(Completer):
    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        for word, replaces, note in self._complete(document.text_before_cursor):
            yield Completion(word, start_position=-replaces, display_meta=note)


@contextmanager
def _signals_end(app: Application[Any]) -> Iterator[Callable[[], None]]:
    """Let the signals that end a program end the prompt in order, and travel on from there.

    What it gives is to be called when the prompt has begun. The handler itself raises nothing:
    asyncio swallows that while one of its callbacks runs, and the callback is lost.
    """
    received: list[signal.Signals] = []

    def end(signum: int, frame: FrameType | None) -> None:
        received.append(signal.Signals(signum))
        if app.loop is not None:
            app.loop.call_soon_threadsafe(leave)

    def leave() -> None:
        if received and app.is_running and not app.is_done:
            app.exit(exception=Interrupted(received[0]))

    names = Interrupted.CAUSES
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    caught = {n: signal.getsignal(n) for n in numbers if callable(signal.getsignal(n))}
    try:
        for number in caught:
            signal.signal(number, end)
        yield leave
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
        if received:  # whatever else has ended the prompt
            raise Interrupted(received[0])
