"""The text format, byte for byte in a pipe and harmless on a terminal."""

import itertools

import pytest

from claude_cli.types import StreamEvent
from claude_cli.ui.canvas import Renderer
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.events import answer, block, streamed, text_block, thought, unstyled, words
from tests.ui.standard_streams import memory_streams, run_python, terminal_streams

HOSTILE = "\x1b]52;c;eA==\x07\x1b[2J\x9b2J\u202eab\U000e0041\x7f[/bold]\r\n"
MARKED = "␛]52;c;eA==␇␛[2J⟦U+009B⟧2J⟦U+202E⟧ab⟦U+E0041⟧␡[/bold]\n"
THOUGHT = "Thinking:\nHm␛m\n(thought for N s)\n"
THINKING = block("thinking", thought("Hm\x1b"), thought("m"))


def feed(renderer: Renderer, events: list[StreamEvent]) -> None:
    for event in events:
        renderer.event(event)


@pytest.mark.parametrize(
    ("text", "printed"),
    [("yes", "yes\n"), ("yes\n", "yes\n"), ("yes\n\n", "yes\n\n"), ("", ""), (HOSTILE, HOSTILE)],
)
@pytest.mark.parametrize("arriving", [False, True])
def test_a_pipe_gets_the_bytes_and_at_least_one_newline(
    text: str, printed: str, arriving: bool
) -> None:
    with memory_streams() as memory:
        renderer = make_renderer("text", arriving=arriving, notices=Notices())
        feed(renderer, streamed(*text_block(*text)))
        renderer.finish(answer(text))
    assert memory.out == printed.encode()
    assert memory.err == ""


def test_ask_writes_nothing_into_a_pipe_before_the_end() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=False, notices=Notices(), prefill="Oh ")
        feed(renderer, streamed(*text_block("ye", "s")))
        assert memory.out == b""
        renderer.finish(answer("yes"))
        assert memory.out == b"Oh yes\n"


def test_ask_leaves_a_pipe_empty_when_the_answer_broke() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=False, notices=Notices())
        feed(renderer, text_block("ye"))
        renderer.abandon()
    assert memory.out == b""


def test_stream_writes_each_delta_at_once_and_adds_nothing_when_it_broke() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=True, notices=Notices(), prefill="Oh ")
        renderer.event(words("ye"))
        assert memory.out == b"Oh ye"
        renderer.event(words("s\r"))
        renderer.abandon()
    assert memory.out == b"Oh yes\r"


def test_stream_writes_words_that_arrive_together_in_one_go_and_before_what_follows() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=True, notices=Notices(), show_thinking=True)
        renderer.event(words("a"), more=True)
        renderer.event(words("b"), more=True)
        assert memory.out == b""
        renderer.event(thought("Hm"), more=True)
        assert memory.out == b"ab"
        renderer.event(words("c"), more=True)
        renderer.event(words("d"))
        assert memory.out == b"abcd"
        renderer.event(words("e"), more=True)
        renderer.finish(answer("abcde"))
    assert memory.out == b"abcde\n"


def test_stream_writes_what_arrived_before_the_answer_broke() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=True, notices=Notices())
        renderer.event(words("ye"), more=True)
        renderer.abandon()
    assert memory.out == b"ye"


@pytest.mark.parametrize("arriving", [False, True])
def test_a_terminal_gets_words_as_they_arrive_and_harmless(arriving: bool) -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=arriving, notices=Notices())
        for sofar in itertools.accumulate(HOSTILE):
            renderer.event(words(sofar[-1]))
            assert terminal.received == MARKED[: len(terminal.received)]
        assert terminal.received == MARKED
        renderer.finish(answer(HOSTILE))
        assert terminal.received == MARKED


def test_a_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with terminal_streams() as terminal:
        renderer = make_renderer(None, arriving=False, notices=Notices())
        feed(renderer, streamed(*THINKING, *text_block("**yes**")))
        renderer.finish(answer("**yes**"))
        assert unstyled(terminal.received) == f"{THOUGHT}\n**yes**\n"


def test_a_line_on_a_terminal_is_ended_when_the_answer_broke() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=True, notices=Notices())
        renderer.event(words("ye\r"))
        renderer.abandon()
        assert terminal.received == "ye␍\n"


def test_a_terminal_that_was_closed_does_not_hide_why_the_answer_broke() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=True, notices=Notices())
        renderer.event(words("ye"))
        terminal.hang_up()
        renderer.abandon()


def test_thinking_on_a_terminal_is_dim_and_on_lines_of_its_own() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=True, notices=Notices())
        feed(renderer, streamed(*THINKING, *text_block("yes"), *THINKING, *text_block("no")))
        renderer.finish(answer("yes", "no"))
        assert unstyled(terminal.received) == f"{THOUGHT}\nyes\n{THOUGHT}\nno\n"
        assert "\x1b[2mHm␛m\x1b[m" in terminal.received


@pytest.mark.parametrize(
    ("show", "shown"), [(None, ""), (False, ""), (True, "Hm␛m\n")], ids=["default", "hide", "show"]
)
@pytest.mark.parametrize("arriving", [False, True])
def test_thinking_goes_to_stderr_in_a_pipe_only_where_it_was_asked_for(
    show: bool | None, shown: str, arriving: bool
) -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=arriving, notices=Notices(), show_thinking=show)
        feed(renderer, streamed(*THINKING, *text_block("yes")))
        renderer.finish(answer("yes"))
    assert (memory.out, memory.err) == (b"yes\n", shown)


def test_quiet_hides_thinking_on_a_terminal() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=True, notices=Notices("quiet"))
        feed(renderer, streamed(*THINKING, *text_block("yes")))
        renderer.finish(answer("yes"))
        assert terminal.received == "yes\n"


def test_notes_are_lines_between_the_words() -> None:
    search = block("server_tool_use", name="web_search", input={"query": "t\x1bides"})
    with terminal_streams() as terminal:
        renderer = make_renderer("text", arriving=True, notices=Notices())
        feed(renderer, streamed(*text_block("Let me see."), *search, *THINKING, *search))
        renderer.finish(answer("Let me see."))
        note = 'web_search: "t␛ides"\n'
        assert unstyled(terminal.received) == f"Let me see.\n{note}{THOUGHT}{note}"


def test_the_first_word_erases_the_spinner() -> None:
    with terminal_streams() as terminal:
        notices = Notices()
        notices.spinner.start()
        terminal.wait_for("0 s")
        renderer = make_renderer("text", arriving=True, notices=notices)
        renderer.event(words("yes"))
        assert terminal.received.endswith("\r\x1b[Kyes")
        renderer.abandon()


PIPED = """
import sys
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.events import answer, streamed, text_block
renderer = make_renderer(None, arriving={arriving}, notices=Notices())
for event in streamed(*text_block("yes")):
    renderer.event(event)
renderer.finish(answer("yes"))
heavy = {{"rich", "markdown_it", "pygments", "claude_cli.ui.sanitize", "asyncio", "httpx"}}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arriving", [False, True])
def test_a_piped_answer_loads_nothing_heavy(arriving: bool) -> None:
    assert run_python(PIPED.format(arriving=arriving)) == (0, b"yes\n", "[]\n")
