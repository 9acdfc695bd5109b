"""The live view ends as one rendering of the whole, and gets there without drawing twice."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from claude_cli.ui.live.markdown import render_markdown
from claude_cli.ui.live.view import MarkdownView
from tests.thorough import THOROUGH
from tests.ui.live.live_screen import SIZES, Clock, Screen, Size, cut, show_live, show_whole
from tests.ui.live.markdown_documents import AWKWARD, documents

EVERYTHING = Path(__file__).with_name("everything.md").read_text(encoding="utf-8")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
TINY = [(1, 1), (5, 3)]

sizes_of_deltas = st.lists(st.integers(1, 60), max_size=60)


def same(live: Screen, whole: Screen) -> None:
    assert live.text() == whole.text()
    assert live.rows() == whole.rows()


@settings(max_examples=10_000 if THOROUGH else 120, deadline=None, suppress_health_check=SLOW)
@given(
    document=documents,
    sizes=sizes_of_deltas,
    seconds=st.sampled_from([0.01, 0.03, 0.1]),
    size=st.sampled_from(SIZES),
)
@example(document="- ```\n\n  ```\n\n  a", sizes=[], seconds=0.01, size=SIZES[0])
def test_any_document_in_any_deltas_ends_as_one_rendering_of_the_whole(
    document: str, sizes: list[int], seconds: float, size: Size
) -> None:
    same(show_live(cut(document, sizes), size, seconds), show_whole(document, size))


@pytest.mark.parametrize("document", AWKWARD.values(), ids=AWKWARD)
def test_an_awkward_document_ends_as_one_rendering_of_the_whole(document: str) -> None:
    for length, size in zip((1, 7, 80, 7), [*SIZES, (10, 5)], strict=True):
        deltas = cut(document, [length] * (len(document) // length))
        same(show_live(deltas, size, seconds=0.001 * length), show_whole(document, size))


def test_what_comes_before_a_frame_is_due_waits_for_it() -> None:
    screen, clock = Screen(80, 24), Clock()
    view = MarkdownView(screen.write, 80, 24, color=True, clock=clock)
    view.add("one")
    assert "one" in screen.text()[0]
    view.add(" two")
    pause = view.wait()
    assert pause and "two" not in screen.text()[0]
    clock.now += pause
    view.add(" three")
    assert "one two three" in screen.text()[0]
    assert view.wait() is None


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(document=documents, end=st.integers(0, 400), size=st.sampled_from([*SIZES, (10, 5)]))
def test_an_answer_abandoned_anywhere_stays_as_far_as_it_came(
    document: str, end: int, size: Size
) -> None:
    document = document[:end]
    screen, clock = Screen(*size), Clock()
    view = MarkdownView(screen.write, *size, color=True, clock=clock, fences=0)
    for delta in cut(document, [9] * 50):
        view.add(delta)
        clock.now += 0.03
    view.abandon()
    assert screen.writes[-1] == "\x1b[?7h\x1b[?25h\x1b[?2026l"
    same(screen, show_whole(document, size))


@pytest.mark.parametrize("size", TINY)
@pytest.mark.parametrize("document", AWKWARD.values(), ids=AWKWARD)
def test_a_tiny_screen_is_no_reason_to_fail(document: str, size: Size) -> None:
    show_live(cut(document, [11] * (len(document) // 11)), size)


CODE = "```sh\nls\n```\n\nor\n\n- ~~~\n  dir\n  ~~~\n" + "```python\n" + "x = 1\n" * 60 + "```\n"


@pytest.mark.parametrize(("length", "size"), [(1, (80, 24)), (9, (40, 12)), (9, (4, 9))])
def test_code_blocks_have_numbers_from_the_second_on(length: int, size: Size) -> None:
    live = show_live(cut(CODE, [length] * 200), size)
    same(live, show_whole(CODE, size))
    rows = [row.strip(" •") for row in live.text()]
    marks = [row for row in rows if row.startswith("[")]
    assert marks == ["[2]", "[3]"]


def test_numbers_go_on_behind_what_interrupts_an_answer() -> None:
    screen = Screen(80, 24)
    view = MarkdownView(screen.write, 80, 24, color=True, fences=0)
    for part in ("```\na\n```\n", "```\nb\n```\n"):
        view.add(part)
        view.finish()
    assert " ".join(screen.text()).split() == ["a", "[2]", "b"]


def test_blocks_of_an_answer_that_nobody_copies_from_have_no_numbers() -> None:
    screen = Screen(80, 24)
    view = MarkdownView(screen.write, 80, 24, color=True)
    view.add("```\na\n```\n```\nb\n```\n")
    view.finish()
    assert " ".join(screen.text()).split() == ["a", "b"]


PARAGRAPHS = [f"paragraph-{n} " + "word " * 40 for n in range(8)]
BLOCKS = {
    "paragraphs": "\n\n".join(PARAGRAPHS),
    "items": "\n".join(f"{n}. {text}" for n, text in enumerate(PARAGRAPHS, 1)),
    "paragraphs of an item": "- " + "\n\n  ".join(PARAGRAPHS),
    "paragraphs of a quote": "\n>\n".join(f"> {text}" for text in PARAGRAPHS),
}


@pytest.mark.parametrize("document", BLOCKS.values(), ids=BLOCKS)
def test_a_final_block_is_never_written_again(document: str) -> None:
    screen, clock = Screen(80, 24), Clock()
    view = MarkdownView(screen.write, 80, 24, color=True, clock=clock)
    for line in document.splitlines(keepends=True):
        view.add(line)
        clock.now += 1
    view.finish()
    frames = [{n for n in range(8) if f"paragraph-{n} " in text} for text in screen.writes]
    for n in range(8):
        after = next(at for at, seen in enumerate(frames) if n + 1 in seen or at == len(frames) - 1)
        assert not any(n in seen for seen in frames[after + 1 :])


PROSE = "Some words with *emphasis*, `code` and more, to fill a line or two of a paragraph. "
LONG = {
    "an answer with everything": EVERYTHING * 3,
    "a table": "| a | b | c |\n|---|---|---|\n" + "| some | **words** | `and more` |\n" * 150,
    "a fence": "```python\n" + "def f(x: int) -> int:\n    return x + 1\n\n" * 60 + "```\n",
    "a list": "".join(f"{n}. {PROSE * 2}\n   - {PROSE}\n" for n in range(25)),
    "a paragraph": PROSE * 100,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("document", LONG.values(), ids=LONG)
def test_what_is_written_is_three_times_the_rendering_at_most(document: str, size: Size) -> None:
    per_frame = 2000 // 30
    deltas = cut(document, [per_frame] * (len(document) // per_frame))
    written = show_live(deltas, size, seconds=1 / 30).written
    assert written <= 3 * len(render_markdown(document, size[0], True).encode())
