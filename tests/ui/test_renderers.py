"""Which renderer is chosen, and what is refused before anything is sent."""

import sys
import types
from importlib import import_module
from typing import Any, get_args

import pytest

from claude_cli.commandline.flags.output import Format
from claude_cli.errors import CannotWrite, UsageError
from claude_cli.ui.canvas import Canvas
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import FORMATS, make_renderer
from tests.ui.events import answer, words
from tests.ui.standard_streams import memory_streams, terminal_streams


@pytest.mark.parametrize(
    ("format", "cls"),
    [
        (None, "TextRenderer"),
        ("text", "TextRenderer"),
        ("markdown", "TextRenderer"),
        ("json", "JsonRenderer"),
        ("events", "EventsRenderer"),
    ],
)
def test_a_pipe_gets_text_unless_told_otherwise(format: str | None, cls: str) -> None:
    with memory_streams():
        renderer = make_renderer(format, arriving=False, notices=Notices())
    assert type(renderer).__name__ == cls


@pytest.mark.parametrize("format", [None, "markdown"])
def test_a_terminal_gets_the_live_view(format: str | None) -> None:
    with terminal_streams():
        renderer = make_renderer(format, arriving=False, notices=Notices())
        assert type(renderer).__name__ == "LiveRenderer"
        renderer.abandon()


def test_each_format_of_the_command_line_has_a_renderer() -> None:
    assert set(get_args(Format)) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_a_class_that_is_there(name: str) -> None:
    module, _, cls = FORMATS[name].partition(":")
    assert isinstance(getattr(import_module(module), cls), type)


def test_markdown_in_a_pipe_is_the_raw_text() -> None:
    with memory_streams() as memory:
        renderer = make_renderer("markdown", arriving=False, notices=Notices())
        renderer.event(words("# T\n\n**b**\x1b"))
        renderer.finish(answer())
    assert memory.out == b"# T\n\n**b**\x1b\n"


@pytest.mark.parametrize("arriving", [False, True])
def test_markdown_in_a_pipe_is_rendered_where_colour_is_forced(
    arriving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with memory_streams() as memory:
        renderer = make_renderer("markdown", arriving=arriving, notices=Notices())
        renderer.event(words("**bold** \x1b[2J\r!"))
        renderer.finish(answer())
    out = memory.out.decode()
    assert "**" not in out and "\x1b[1m" in out
    assert "\x1b[2J" not in out and "␛[2J␍!" in out


def test_forced_colour_alone_leaves_a_pipe_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=False, notices=Notices())
        renderer.event(words("**bold**"))
        renderer.finish(answer())
    assert memory.out == b"**bold**\n"


@pytest.mark.parametrize("format", ["json", "events"])
def test_a_block_cannot_be_extracted_as_json(format: str) -> None:
    with memory_streams(), pytest.raises(UsageError):
        make_renderer(format, arriving=False, notices=Notices(), extract="first")


@pytest.mark.parametrize("format", [None, *FORMATS])
def test_closed_stdout_is_found_before_anything_is_drawn(
    format: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(CannotWrite, match="Bad file descriptor"):
        make_renderer(format, arriving=False, notices=Notices())


@pytest.mark.parametrize("level", ["normal", "quiet"])
def test_a_renderer_is_told_whether_to_show_thinking(
    level: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Canvas] = []
    module = types.ModuleType("recorder")
    module.__dict__["make"] = made.append
    monkeypatch.setitem(sys.modules, "recorder", module)
    monkeypatch.setitem(FORMATS, "recorder", "recorder:make")
    with terminal_streams():
        for show in (None, True, False):
            make_renderer("recorder", arriving=True, notices=Notices(level), show_thinking=show)
    assert [canvas.thinking for canvas in made] == [level == "normal", True, False]
