"""What every renderer is: the calls that draw an answer, and what it draws on."""

from typing import NamedTuple, Protocol

from claude_cli.types import Answer, StreamEvent
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import Output
from claude_cli.ui.terminal import Terminal


class Renderer(Protocol):
    """Draws one answer: each event as it comes, then either `finish` or `abandon`, once.

    The first thing that it draws stops the spinner; so do `finish` and `abandon`.
    """

    def event(self, event: StreamEvent, *, more: bool = False) -> None:
        """Take in an event; where `more` have arrived with it, drawing it may wait for them."""

    def finish(self, answer: Answer) -> None:
        """Draw what is left: the answer is complete. Raises InputError where `-x` finds nothing."""

    def abandon(self) -> None:
        """Leave what was drawn in order: no more will come. Never raises: another failure does."""


class Canvas(NamedTuple):
    """What a renderer draws on, and what it was told to draw.

    `arriving`: what goes into a pipe goes at once, instead of all or nothing at the end.
    `thinking`: whether thinking is shown, on stderr. `theme`: a Pygments style for code.
    `fences`: how many fenced blocks came before in the answer; None: they are not numbered.
    """

    output: Output
    terminal: Terminal
    notices: Notices
    arriving: bool
    prefill: str
    thinking: bool
    theme: str | None = None
    fences: int | None = None
