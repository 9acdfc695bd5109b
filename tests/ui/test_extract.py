"""One fenced block out of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import InputError
from claude_cli.ui.extract import fenced_block, fenced_blocks
from claude_cli.ui.live.markdown_tokens import normalise, number_fences, parse
from claude_cli.ui.notices import Notices
from claude_cli.ui.renderers import make_renderer
from tests.ui.events import answer, block, streamed, text_block, words
from tests.ui.standard_streams import memory_streams, terminal_streams

TWO = "Here:\n\n```sh\nls -l\n```\n\nor\n\n~~~\n\tdir\n\n~~~\nDone.\n"


def test_the_first_and_the_last_block_come_without_their_fences() -> None:
    assert fenced_block(TWO, "first") == "ls -l\n"
    assert fenced_block(TWO, "last") == "\tdir\n\n"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("````\n```\nx\n```\n````", "```\nx\n```\n"),
        ("1. a\n\n   ```py\n   if x:\n       y\n   ```\n", "if x:\n    y\n"),
        ("> ```\n> x\n> ```\n", "x\n"),
        ("<details>\n```\nx\n```\n</details>", "x\n"),
        ("```\n[b] *c* `d` \\e\n```", "[b] *c* `d` \\e\n"),
        ("```\n```\n", ""),
        ("```py\ncut of", "cut of"),
    ],
    ids=["longer fence", "in a list", "in a quote", "in HTML", "verbatim", "empty", "never closed"],
)
def test_the_content_is_exact(text: str, content: str) -> None:
    assert fenced_block(text, "first") == content


@pytest.mark.parametrize("text", ["", "no code", "    indented\n", "`inline`", "a ```\nb"])
def test_without_a_fence_there_is_nothing_to_extract(text: str) -> None:
    with pytest.raises(InputError, match="no fenced code block"):
        fenced_block(text, "last")


def test_blocks_are_those_that_the_live_view_numbers() -> None:
    text = "```\n\ta\n```\n\n> ~~~\n> b\n> ~~~\n\n$$\n```\nno code\n```\n$$\n"
    tokens = parse(normalise(text))
    assert number_fences(tokens, 0) == 2
    assert fenced_blocks(text) == ["\ta\n", "b\n"]


@given(st.text(st.characters(exclude_characters="`\r\0", codec="utf-8")))
def test_any_code_comes_out_as_it_went_in(code: str) -> None:
    assert fenced_block(f"```\n{code}\n```\n", "first") == code + "\n"


@pytest.mark.parametrize("arriving", [False, True])
def test_extraction_prints_the_block_alone_at_the_end(arriving: bool) -> None:
    cited = block("text", words("ls\n```"), citations=[{"cited_text": "x", "url": "https://a"}])
    with memory_streams() as memory:
        renderer = make_renderer(
            None, arriving=arriving, notices=Notices(), prefill="```sh\n", extract="first"
        )
        for event in streamed(*cited, *text_block("\nThat is it.")):
            renderer.event(event)
        assert memory.out == b""
        renderer.finish(answer("ls\n```\nThat is it."))
    assert memory.out == b"ls\n"


def test_without_a_block_nothing_is_printed() -> None:
    with memory_streams() as memory:
        renderer = make_renderer(None, arriving=True, notices=Notices(), extract="last")
        renderer.event(words("no code"))
        with pytest.raises(InputError):
            renderer.finish(answer("no code"))
        renderer.abandon()
    assert memory.out == b""


def test_an_extracted_block_is_harmless_on_a_terminal() -> None:
    with terminal_streams() as terminal:
        renderer = make_renderer(None, arriving=True, notices=Notices(), extract="last")
        renderer.event(words("```\nrm\x1b[2J"))
        renderer.finish(answer())
        assert terminal.received == "rm␛[2J\n"
