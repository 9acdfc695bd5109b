"""The live view as a renderer: on a real terminal, with its thread, beside stderr."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claude_cli.errors import Interrupted
from claude_cli.types import StreamEvent
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.events import answer, block, event, streamed, text_block, thought, unstyled, words
from tests.ui.live.live_screen import Screen
from tests.ui.standard_streams import RecordingTerminal, terminal_streams

RESTORE = "\x1b[?7h\x1b[?25h\x1b[?2026l"
START = event("message_start", message={"id": "msg_1", "type": "message", "content": []})


@contextmanager
def live(*, show_thinking: bool | None = None) -> Iterator[tuple[RecordingTerminal, Renderer]]:
    """Make both streams one terminal, and a renderer that leaves no thread behind."""
    before = set(threading.enumerate())
    with terminal_streams() as terminal:
        yield (
            terminal,
            make_renderer(None, arriving=False, notices=Notices(), show_thinking=show_thinking),
        )
        assert before.issuperset(threading.enumerate())


def _feed(renderer: Renderer, events: list[StreamEvent]) -> None:
    for each in events:
        renderer.event(each)


def _screen(terminal: RecordingTerminal, width: int = 80, height: int = 24) -> list[str]:
    screen = Screen(width, height)
    screen.write(re.sub("\r?\n", "\r\n", terminal.received))
    return [unstyled(row) for row in screen.text()]


def test_an_answer_is_drawn_as_markdown() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block("# T\n\n**b", "old**\n\n- a", "\n- b")))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["T", "", "bold", "", " • a", " • b"]
        assert terminal.received.endswith(RESTORE)


def test_the_last_words_appear_while_the_model_pauses() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, [START, words("one")])
        terminal.wait_for("one")
        renderer.event(words(" two"))
        terminal.wait_for("two")
        renderer.abandon()


def test_what_draws_is_made_ready_before_the_first_word() -> None:
    with live() as (_, renderer):
        before = threading.active_count()
        renderer.event(START)
        assert threading.active_count() == before + 1
        renderer.abandon()


def test_a_view_that_nobody_ends_does_not_keep_the_program_alive() -> None:
    code = """
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.live.test_renderer import START, terminal_streams
with terminal_streams():
    make_renderer(None, arriving=False, notices=Notices(), show_thinking=None).event(START)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=20)


def test_all_is_drawn_when_the_message_is_over() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block(*("words", "and", "more"))))
        drawn = terminal.received
        assert _screen(terminal) == ["wordsandmore"]
        renderer.finish(answer("…"))
        assert terminal.received == drawn


def test_a_second_message_goes_on_below_the_first() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block("one"), stop_reason="tool_use"))
        _feed(renderer, streamed(*text_block("two")))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["one", "", "two"]


def test_a_message_that_came_whole_is_drawn() -> None:
    with live() as (terminal, renderer):
        renderer.event(event("message", content=[{"type": "text", "text": "*a*"}]))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["a"]


def test_thinking_is_dim_and_above_the_answer() -> None:
    with live() as (terminal, renderer):
        _feed(
            renderer,
            streamed(*block("thinking", thought("Hm"), thought(".\x1b")), *text_block("a")),
        )
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["Thinking:", "Hm.␛", "(thought for N s)", "", "a"]
        assert "\x1b[2mHm.␛\x1b[m" in terminal.received


def test_thinking_can_be_hidden() -> None:
    with live(show_thinking=False) as (terminal, renderer):
        _feed(renderer, streamed(*block("thinking", thought("Hm")), *text_block("a")))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["a"]


def test_what_else_happens_is_told_between_the_words_before_and_after_it() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, [START, *text_block("final\n\nopen")])
        terminal.wait_for("open")
        _feed(renderer, block("thinking", thought("Hm")))
        terminal.wait_for("Thinking")
        _feed(renderer, text_block(" still"))
        terminal.wait_for("still")
        _feed(renderer, block("server_tool_use", name="web_search", id="s", input={"query": "q"}))
        _feed(renderer, text_block(" and closed"))
        _feed(renderer, [event("message_stop")])
        renderer.finish(answer("…"))
        rows = [row for row in _screen(terminal) if "web_search" not in row]
        thought_of = ["Thinking:", "Hm", "(thought for N s)"]
        assert rows == ["final", "", "open", *thought_of, "", "still", "", "and closed"]


def test_the_spinner_is_gone_before_the_first_words() -> None:
    with terminal_streams() as terminal:
        notices = Notices()
        renderer = make_renderer(None, arriving=False, notices=notices)
        notices.spinner.start()
        terminal.wait_for(" s\x1b[?7h")
        _feed(renderer, streamed(*text_block("a")))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["a"]


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    with live(show_thinking=True) as (terminal, renderer):
        hostile = "\x1b]52;c;eA==\x07\x1b[2J\x9b2J \u202eab\U000e0041\x7f [/bold]"
        _feed(renderer, streamed(*block("thinking", *map(thought, hostile)), *text_block(*hostile)))
        renderer.finish(answer("…"))
        marked = "␛]52;c;eA==␇␛[2J⟦U+009B⟧2J ⟦U+202E⟧ab⟦U+E0041⟧␡ [/bold]"
        assert _screen(terminal) == ["Thinking:", marked, "(thought for N s)", "", marked]
        assert not re.search("\x1b\\]|\x1b\\[2J|[\x9b\u202e\x7f\x07]", terminal.received)


def test_the_answer_has_the_width_that_the_terminal_has_now() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, [START, words("word " * 30 + "\n\n")])
        terminal.wait_for("word")
        terminal.resize(20, 5)
        renderer.event(words("more " * 30))
        terminal.wait_for("more more more more\r\n")
        renderer.abandon()


def test_an_answer_that_breaks_off_stays_as_far_as_it_came() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, [START, words("**a** and `b")])
        renderer.abandon()
        assert _screen(terminal) == ["a and `b"]
        assert terminal.received.endswith(RESTORE)
        renderer.abandon()


def test_an_answer_of_which_nothing_came_leaves_nothing() -> None:
    with live() as (terminal, renderer):
        renderer.abandon()
        assert terminal.received == ""


def test_calls_that_nobody_here_can_run_are_printed_as_json() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block("a")))
        renderer.finish(answer("a", unanswered=True))
        assert _screen(terminal)[0] == "a"
        assert '"msg_1"' in terminal.received


def test_colour_is_left_out_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block("# a\n\n`b` **c**\n```c\nint d;\n```")))
        renderer.finish(answer("…"))
    assert set(re.findall("\x1b\\[([0-9;]*)m", terminal.received)) <= {"0", "1", "3", "4", "1;4"}


def test_a_terminal_that_is_closed_hangs_up() -> None:
    with live() as (terminal, renderer):
        _feed(renderer, [START, words("a")])
        terminal.wait_for("a")
        terminal.hang_up()
        with pytest.raises(Interrupted):
            _feed(renderer, [words("b"), event("message_stop")])
        renderer.abandon()


PARTS = (
    "# T\n\nThe tide comes in twi",
    "ce a day, and\n\n```python\nfor tide in ran",
    "ge(2):\n    print(tide)\n```\n\n- a\n- b",
)


@pytest.mark.parametrize("reason", ["max_tokens", "pause_turn"])
def test_an_answer_that_is_gone_on_with_is_drawn_as_one(reason: str) -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block("".join(PARTS))))
        renderer.finish(answer("…"))
        expected = _screen(terminal)
    with live() as (terminal, renderer):
        *others, last = PARTS
        for part in others:
            _feed(renderer, streamed(*text_block(part), stop_reason=reason))
            Notices().notice("a notice")
        _feed(renderer, streamed(*text_block(last)))
        renderer.finish(answer("…"))
        assert [row for row in _screen(terminal) if row != "a notice"] == expected


@pytest.mark.parametrize("breaks_off", [False, True])
def test_an_answer_that_stays_cut_is_drawn_to_its_end(breaks_off: bool) -> None:
    with live() as (terminal, renderer):
        _feed(renderer, streamed(*text_block(PARTS[0]), stop_reason="max_tokens"))
        renderer.abandon() if breaks_off else renderer.finish(answer("…"))
        assert _screen(terminal) == ["T", "", "The tide comes in twi"]
        assert terminal.received.endswith(RESTORE)


def test_what_is_thought_in_the_middle_of_a_sentence_is_not_shown() -> None:
    with live(show_thinking=True) as (terminal, renderer):
        _feed(renderer, streamed(*text_block("The tide comes in twi"), stop_reason="max_tokens"))
        _feed(renderer, streamed(*block("thinking", thought("hm")), *text_block("ce a day")))
        renderer.finish(answer("…"))
        assert _screen(terminal) == ["The tide comes in twice a day"]
