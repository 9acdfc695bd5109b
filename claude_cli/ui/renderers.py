"""Which renderer draws an answer. A renderer's module is imported when it is chosen: a piped
answer never loads rich.
"""

from functools import partial
from importlib import import_module
from typing import Literal, cast

from claude_cli.errors import UsageError
from claude_cli.ui.canvas import Canvas, Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.terminal import describe_stdout

FORMATS: dict[str, str] = {
    "markdown": "claude_cli.ui.live.renderer:LiveRenderer",
    "text": "claude_cli.ui.text:TextRenderer",
    "json": "claude_cli.ui.json_output:JsonRenderer",
    "events": "claude_cli.ui.json_output:EventsRenderer",
}
"""Name on the command line → class, made of a Canvas."""


def make_renderer(
    format: str | None,
    *,
    arriving: bool,
    notices: Notices,
    prefill: str = "",
    show_thinking: bool | None = None,
    extract: Literal["first", "last"] | None = None,
    theme: str | None = None,
    copies: bool = False,
    fences: int | None = None,
) -> Renderer:
    """Return the renderer for `format`, None being the default of this stdout; with `copies` what
    it prints goes on the clipboard, too.

    Raises CannotWrite where stdout is closed, UsageError for a format that `extract` and `copies`
    cannot have.
    """
    if extract and format in ("json", "events"):
        raise UsageError(f"a fenced block alone cannot be printed as {format}")
    if copies and format in ("json", "events"):
        raise UsageError(f"--copy takes the words of an answer, not {format}")
    terminal = describe_stdout(force_color=format == "markdown")
    if show_thinking is None:
        show_thinking = format != "events" and notices.on_terminal
    canvas = Canvas(
        open_stdout(), terminal, notices, arriving, prefill, show_thinking, theme, fences
    )
    drawing = _drawing(canvas, format, extract)
    return _copying(drawing, canvas, extract) if copies else drawing


def _drawing(
    canvas: Canvas, format: str | None, extract: Literal["first", "last"] | None
) -> Renderer:
    terminal = canvas.terminal
    if extract:
        return _extracting(canvas, extract)
    if terminal.color and not terminal.is_terminal:  # forced, and asked for by name
        return _rendering(canvas)
    name = format or "markdown"
    if name == "markdown" and (not terminal.can_redraw or canvas.notices.shows_traffic):
        name = "text"
    module, _, cls = FORMATS[name].partition(":")
    return cast(Renderer, getattr(import_module(module), cls)(canvas))


def _copying(
    drawing: Renderer, canvas: Canvas, extract: Literal["first", "last"] | None
) -> Renderer:
    from claude_cli.ui.copying import CopyingRenderer

    if not extract:
        return CopyingRenderer(drawing, canvas)
    from claude_cli.ui.extract import fenced_block

    return CopyingRenderer(drawing, canvas, partial(fenced_block, which=extract), citing="none")


def _extracting(canvas: Canvas, which: Literal["first", "last"]) -> Renderer:
    from claude_cli.ui.extract import fenced_block
    from claude_cli.ui.text import TextRenderer

    return TextRenderer(canvas, partial(fenced_block, which=which), citing="none")


def _rendering(canvas: Canvas) -> Renderer:
    """Return a renderer of Markdown with colours for a pipe, as in `| less -R`."""
    from claude_cli.ui.live.markdown import render_markdown
    from claude_cli.ui.sanitize import sanitize
    from claude_cli.ui.text import TextRenderer

    def rendered(text: str) -> str:
        return render_markdown(sanitize(text), canvas.terminal.width(), True, canvas.theme)

    return TextRenderer(canvas, rendered, citing="markdown")
