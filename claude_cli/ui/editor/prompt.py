"""The line editor of a chat, on prompt-toolkit: keys, completion, toolbar.

Nothing is known here of what a line means. Import it late: prompt_toolkit costs 70 ms.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Literal

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.cursor_shapes import DynamicCursorShapeConfig, ModalCursorShapeConfig
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER, EditingMode
from prompt_toolkit.filters import Condition, emacs_mode, has_focus, vi_mode
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.styles import Style

from claude_cli.errors import Interrupted
from claude_cli.ui.editor.history import PromptHistory
from claude_cli.ui.editor.menu import Candidate
from claude_cli.ui.editor.signals import signals_end
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
KeySet = Literal["emacs", "vi"]
Toolbar = Callable[[int], str]
"""The columns of the window → the line below the prompt."""


ESCAPE_SECONDS = {"emacs": 0.5, "vi": 0.05}
"""How long an Escape may be the start of another key: in vi it is a key that people wait for."""

CONTAINERS = 20_000
"""How many more containers than are freed bring a garbage collection from now on: each key leaves
hundreds of them in circles, and to look through more at once would hold up the next one."""


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
        gc.set_threshold(CONTAINERS)
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
            output=output or terminal_output(),
        )
        self._history = remembered
        self._session.cursor = DynamicCursorShapeConfig(
            lambda: ModalCursorShapeConfig() if vi_mode() else None
        )
        self._typed = TypedBuffer(self._session.default_buffer, remembered)
        self._session.key_bindings = _bindings(self._typed, edit, drop)

    def read(
        self, default: TypedLine = NO_LINE, toolbar: Toolbar = _no_toolbar, keys: KeySet = "emacs"
    ) -> TypedLine | None:
        """Return the next prompt, which starts as `default`; None once the user leaves.

        Raises Interrupted for a signal, and where the terminal is gone.
        """
        self._toolbar = toolbar
        self._typed.begin(default)
        self._session.editing_mode = EditingMode(keys.upper())
        self._session.app.ttimeoutlen = ESCAPE_SECONDS[keys]
        try:
            with signals_end(self._session.app) as begun:
                text = self._session.prompt(default=default.text, pre_run=begun)
        except EOFError:
            return None
        except OSError as error:
            raise Interrupted(getattr(signal, "SIGHUP", signal.SIGTERM)) from error
        line = self._typed.line()
        clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return line if line.text == clean else untyped(clean)


def terminal_output() -> Output | None:
    """stderr where stdout is no terminal; None is prompt-toolkit's own choice, stdout."""
    return None if sys.stdout.isatty() else create_output(sys.stderr)


def _bindings(typed: TypedBuffer, edit: Edit, drop: Drop) -> KeyBindings:
    bindings = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)  # and not in a search

    @bindings.add("enter", filter=typing)
    def send(event: KeyPressEvent) -> None:
        typed.remember()
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=typing & emacs_mode)  # in vi these are two keys
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
        if buffer.complete_state:
            buffer.complete_next()
        elif len(found) == 1:  # at once: a menu that is still being made would swallow the key
            buffer.apply_completion(found[0])
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
