"""A list to choose from, which narrows while words are typed: Enter chooses, Esc leaves it.

Import it late: prompt_toolkit costs 70 ms.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from claude_cli.ui.columns import Column, Filled, aligned
from claude_cli.ui.editor.prompt import terminal_output
from claude_cli.ui.editor.signals import signals_end
from claude_cli.ui.sanitize import sanitize_line

MOST_ROWS = 15
MARK = "> "
STYLE = Style.from_dict({"chosen": "bold", "foot": "fg:ansibrightblack", "mark": "ansigreen"})


class PickRow(NamedTuple):
    """`value` is what is returned; `cells` has one for each column but the last, `search` what the
    words that are typed are looked for in."""

    value: str
    cells: Sequence[str]
    search: str


Late = Callable[[str], str]
"""Value → the cell of the last column; called on a thread, for rows that can be seen."""


def pick(
    rows: Sequence[PickRow],
    columns: Sequence[Column],
    late: Late,
    *,
    input: Input | None = None,
    output: Output | None = None,
) -> str | None:
    """Let the user choose a row, and return its value; None if they leave.

    Raises Interrupted for a signal.
    """
    return _Picker(rows, columns, late, input, output or terminal_output()).run()


class _Picker:
    def __init__(
        self,
        rows: Sequence[PickRow],
        columns: Sequence[Column],
        late: Late,
        input: Input | None,
        output: Output | None,
    ) -> None:
        self._rows = [r._replace(cells=[*map(sanitize_line, r.cells)]) for r in rows]
        self._columns = columns
        self._late = late
        self._found = self._rows
        self._at = 0
        self._known: dict[str, str] = {}
        self._query = Buffer(multiline=False, on_text_changed=lambda _: self._narrow())
        query = BufferControl(self._query, input_processors=[BeforeInput("search: ", "class:foot")])
        if_there_is_room = Dimension(min=0, max=1)
        body = [
            Window(query, height=if_there_is_room),
            Window(FormattedTextControl(self._shown), height=self._height),
            Window(FormattedTextControl(self._foot), height=if_there_is_room, style="class:foot"),
        ]
        self._app: Application[str | None] = Application(
            Layout(HSplit(body)),
            key_bindings=self._bindings(),
            style=STYLE,
            erase_when_done=True,
            input=input,
            output=output,
        )
        self._app.ttimeoutlen = 0.05  # Esc leaves at once

    def run(self) -> str | None:
        with signals_end(self._app) as begun:
            return self._app.run(pre_run=begun)

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        def moving(rows: Callable[[], int]) -> Callable[[KeyPressEvent], None]:
            def move(event: KeyPressEvent) -> None:
                self._at = max(0, min(self._at + rows(), len(self._found) - 1))

            return move

        for keys, rows in {
            ("up", "c-p"): lambda: -1,
            ("down", "c-n", "tab"): lambda: 1,
            ("pageup",): lambda: -self._room(),
            ("pagedown",): self._room,
        }.items():
            for key in keys:
                bindings.add(key)(moving(rows))

        @bindings.add("enter")
        def choose(event: KeyPressEvent) -> None:
            if self._found:
                event.app.exit(result=self._found[self._at].value)

        @bindings.add("escape", eager=True)
        @bindings.add("c-c")
        @bindings.add("c-d")
        @bindings.add("<sigint>")
        def leave(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        return bindings

    def _narrow(self) -> None:
        words = self._query.text.casefold().split()
        self._found = [row for row in self._rows if all(w in row.search.casefold() for w in words)]
        self._at = 0

    def _room(self) -> int:
        return max(1, min(MOST_ROWS, self._app.output.get_size().rows - 3))

    def _height(self) -> Dimension:
        return Dimension.exact(max(1, min(self._room(), len(self._found))))

    def _shown(self) -> StyleAndTextTuples:
        room = self._room()
        first = max(0, min(self._at - room // 2, len(self._found) - room))
        seen = self._found[first : first + room]
        self._ask_for([row.value for row in seen if row.value not in self._known])
        cells = zip(*([*row.cells, self._known[row.value]] for row in seen), strict=True)
        filled = [Filled(c, list(texts)) for c, texts in zip(self._columns, cells, strict=False)]
        lines = aligned(filled, self._app.output.get_size().columns - len(MARK))
        parts: StyleAndTextTuples = []
        for at, line in enumerate(lines, first):
            chosen = at == self._at
            parts.append(("class:mark", MARK if chosen else " " * len(MARK)))
            parts.append(("class:chosen" if chosen else "", f"{line}\n"))
        return parts or [("class:foot", "nothing has these words")]

    def _ask_for(self, values: list[str]) -> None:
        if values:
            self._known |= dict.fromkeys(values, "")
            self._app.create_background_task(self._fetch(values))

    async def _fetch(self, values: list[str]) -> None:
        loop = asyncio.get_running_loop()
        for value in values:
            self._known[value] = await loop.run_in_executor(None, self._late, value)
            self._app.invalidate()

    def _foot(self) -> str:
        found = f"{len(self._found):,} of {len(self._rows):,}"
        return f"{found} · Enter opens · Esc leaves"
