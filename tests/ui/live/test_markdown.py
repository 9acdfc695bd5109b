"""Markdown as rows: what it looks like, and that no text gets lost on the way."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from claude_cli.errors import UsageError
from claude_cli.ui.live.frames import plain
from claude_cli.ui.live.markdown import render_markdown
from claude_cli.ui.live.markdown_tokens import normalise, parse
from tests.ui.live.markdown_documents import AWKWARD, documents
from tests.ui.standard_streams import run_python

FOLDER = Path(__file__).parent
VERBATIM = ("fence", "code_block", "math_block")


def _plain(document: str, width: int = 80) -> str:
    rows = render_markdown(document, width, True).splitlines()
    return "".join(f"{plain(row).rstrip()}\n" for row in rows)


def _letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())


def _source_text(document: str) -> str:
    """Return all text of the document that is to be seen."""
    inside = [
        child.content for token in parse(normalise(document)) for child in token.children or []
    ]
    blocks = [token.content for token in parse(normalise(document)) if token.type in VERBATIM]
    return "".join(inside + blocks)


def test_a_document_with_everything_in_it() -> None:
    """After a change that is meant: write what `_plain` returns into everything_80.txt."""
    document = (FOLDER / "everything.md").read_text(encoding="utf-8")
    assert _plain(document) == (FOLDER / "everything_80.txt").read_text(encoding="utf-8")


def test_the_second_block_of_code_and_all_later_ones_have_a_number() -> None:
    rendered = render_markdown("```\na\n```\n" * 3, 80, True, numbered=True)
    assert [plain(row).strip() for row in rendered.split("\n") if row.strip()] == [
        "a",
        "[2]",
        "a",
        "[3]",
        "a",
    ]


def test_a_number_of_code_is_shown_where_it_just_fits() -> None:
    shown = plain(render_markdown("```\na\n```\n" * 100, 4, True, numbered=True))
    assert "[10]" in shown
    assert "[100]" not in shown


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents, width=st.integers(4, 120))
def test_no_text_is_left_out_at_any_width(document: str, width: int) -> None:
    assert _letters(_source_text(document)) <= _letters(_plain(document, width))


@pytest.mark.parametrize("width", [1, 4, 7, 20, 80])
@pytest.mark.parametrize("document", AWKWARD.values(), ids=AWKWARD)
def test_no_row_is_wider_than_the_page_and_no_text_is_left_out(document: str, width: int) -> None:
    rendered = _plain(document, width)
    assert _letters(_source_text(document)) <= _letters(rendered)
    assert max(map(cell_len, rendered.splitlines()), default=0) <= max(width, 4)


def test_each_row_has_its_styles_within_itself() -> None:
    rendered = render_markdown("**" + "bold " * 30 + "b**\n\n> *" + "it " * 50 + "i*\n", 30, True)
    assert len(rendered.splitlines()) > 8
    for row in filter(None, rendered.splitlines()):
        assert row.startswith("\x1b[") and row.endswith("\x1b[0m")


def test_the_same_text_gives_the_same_rows_links_included() -> None:
    document = "[a](http://b) [a](http://b)"
    assert render_markdown(document, 80, True) == render_markdown(document, 80, True)
    assert "\x1b]8;;http://b\x1b\\" in render_markdown(document, 80, True)


def test_html_is_text() -> None:
    assert _plain("<div>\n**a**\n</div>\n\na <br> Vec<T>") == "<div> a </div>\n\na <br> Vec<T>\n"


def test_rich_markup_and_emoji_codes_are_text() -> None:
    text = "[bold]a[/bold] [/] :smile: [link=http://x]b[/link]\n"
    assert _plain(text) == text
    assert "\x1b" not in render_markdown(text, 80, True)


def test_an_image_is_a_link_where_it_stands() -> None:
    rendered = render_markdown("a ![b](http://c/d.png) e ![](f/g.png) ![h](i.png)", 80, True)
    assert plain(rendered) == "a b e f/g.png h (i.png)\n"
    assert "\x1b]8;;http://c/d.png\x1b\\" in rendered


def test_an_image_in_a_link_leads_where_the_link_leads() -> None:
    rendered = render_markdown("[![a](b.png)](http://c)", 80, True)
    assert plain(rendered) == "a\n"
    assert "http://c" in rendered and "b.png" not in rendered


def test_a_reference_is_text_wherever_its_definition_is() -> None:
    assert _plain("[a]\n\n[a]: http://b\n\n[a]") == "[a]\n\n[a]: http://b\n\n[a]\n"


def test_character_references_cannot_do_what_characters_cannot() -> None:
    rendered = render_markdown(
        "&#27;[2J&#155;2J &#x202e;a &#8203; b&#13;&#10;c `&#x202e;`", 80, False
    )
    assert _plain("&#x202e;") == "⟦U+202E⟧\n"
    assert not re.search("[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u200b\u202e]", rendered)
    assert not re.search("\x1b(?!\\[[0-9;]*m)", rendered)
    assert rendered.count("\n") == 1


def test_a_link_cannot_hold_a_control_character() -> None:
    rendered = render_markdown("[a](http://b/&#27;&#x202e;) <http://c/\u202e>", 80, True)
    assert "\u202e" not in rendered
    assert "http://b/&#27;%E2%80%AE\x1b\\" in rendered


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("Area: $a*b*c$, set $\\{x\\}$.", "Area: $a*b*c$, set $\\{x\\}$.\n"),
        (
            "so \\(x_1 \\* y_1\\) and \\[ a \\\\ b \\]",
            "so \\(x_1 \\* y_1\\) and \\[ a \\\\ b \\]\n",
        ),
        ("$$\n\\int_0^1 x\\,dx\n- *y*\n$$\n*z*", "$$\n\\int_0^1 x\\,dx\n- *y*\n$$\n\nz\n"),
        ("a:\n\\[\n1 & 2 \\\\ 3\n\\]", "a:\n\n\\[\n1 & 2 \\\\ 3\n\\]\n"),
        ("\\begin{align*}\n# a\n\\end{align*}", "\\begin{align*}\n# a\n\\end{align*}\n"),
        ("- $$\n  _a_\n  $$\n- b", " • $$\n   _a_\n   $$\n • b\n"),
        ("$$x_1$$ is *it*", "$$x_1$$ is it\n"),
        ("it *costs* $5 or $6, *not* $7", "it costs $5 or $6, not $7\n"),
        ("it costs $5*2*-$6", "it costs $52-$6\n"),
        ("\\[*optional*\\] \\$1 *a* $ b$", "[optional] $1 a $ b$\n"),
        ("`$a*b*$` $`*a*`$", "$a*b*$ $`*a*`$\n"),
    ],
)
def test_a_formula_stays_as_it_is_written(source: str, drawn: str) -> None:
    assert _plain(source) == drawn


def test_a_task_has_a_box() -> None:
    document = "- [ ] a\n- [x] `b`\n1. [X] c\n- [d] e\n\n[ ] f"
    assert _plain(document) == " • ☐ a\n • ☑ b\n\n  1 ☑ c\n\n • [d] e\n\n[ ] f\n"


def test_a_footnote_has_its_number_or_name() -> None:
    document = (
        "See[^1] and that[^the-note].\n[^1]: *One*\n[^the-note]: Two\n\nNot [^abc] or `[^1]`."
    )
    assert _plain(document) == (
        "See[1] and that[the-note].\n\n[1] One\n\n[the-note] Two\n\nNot [^abc] or [^1].\n"
    )
    assert _plain("[^a]: b [^c]: d") == "[a] b [^c]: d\n"


def test_a_cell_can_have_several_lines() -> None:
    drawn = _plain("| a | b |\n|---|---|\n| c<br>d | e<br/>f<BR />g |\n")
    assert [row.split() for row in drawn.splitlines()[2:]] == [["c", "e"], ["d", "f"], ["g"]]


def test_no_level_of_a_list_or_quote_is_too_deep_to_be_seen() -> None:
    levels = [f"level{depth}" for depth in range(60)]
    items = "".join(f"{'  ' * depth}- {level}\n" for depth, level in enumerate(levels))
    assert set(re.findall("level[0-9]+", _plain(items, 200).replace("\n", ""))) == set(levels)
    assert "x" in _plain("> " * 150 + "x")


def test_numbers_have_two_columns_and_more_from_a_hundred_on() -> None:
    assert _plain("9. a\n10. b") == "  9 a\n 10 b\n"
    assert _plain("99. a\n100. b") == " 99 a\n 100 b\n"


def test_a_table_without_room_is_a_list_of_its_cells() -> None:
    document = "| a | b |\n|---|---|\n| c | |\n| e | f |\n"
    assert _plain(document, 12) == "a  b\n────\nc\ne  f\n"
    assert _plain(document, 11) == "a: c\nb\n\na: e\nb: f\n"


def test_no_cell_of_a_table_is_cut_short() -> None:
    rendered = _plain(f"| a | b |\n|---|---|\n| {'x' * 100} | {'y' * 100} |\n", 40)
    assert "…" not in rendered
    assert (rendered.count("x"), rendered.count("y")) == (100, 100)


def test_without_colour_the_layout_is_the_same() -> None:
    document = (FOLDER / "everything.md").read_text(encoding="utf-8")
    colourless = render_markdown(document, 80, False)
    assert [plain(row).rstrip() for row in colourless.splitlines()] == _plain(document).splitlines()
    styles = {
        style for found in re.findall("\x1b\\[([0-9;]*)m", colourless) for style in found.split(";")
    }
    assert styles <= {"0", "1", "2", "3", "4", "9"}


@pytest.mark.parametrize(
    ("term", "colorterm", "style"),
    [
        ("xterm-256color", "truecolor", "38;2;[0-9]+;[0-9]+;[0-9]+"),
        ("xterm-256color", "", "38;5;[0-9]+"),
        ("xterm", "", "9[0-7]"),
    ],
)
def test_colours_of_a_theme_are_those_that_the_terminal_has(
    term: str, colorterm: str, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", colorterm)
    _, stdout, _ = run_python(
        "from claude_cli.ui.live.markdown import render_markdown as render\n"
        "print(ascii(render('```python\\ndef f(): pass\\n```', 80, True, 'monokai')))"
    )
    assert re.search(rf"x1b\[{style}m", stdout.decode())


@pytest.mark.parametrize("theme", [None, "monokai", "default"])
def test_no_background_is_drawn(theme: str | None) -> None:
    document = (FOLDER / "everything.md").read_text(encoding="utf-8")
    assert not re.search(
        "[\\[;](?:4[0-8]|10[0-7]|7)[;m]", render_markdown(document, 80, True, theme)
    )


def test_without_a_theme_colours_are_those_of_the_palette_that_read_well_on_white_too() -> None:
    document = (FOLDER / "everything.md").read_text(encoding="utf-8")
    found = re.findall("\x1b\\[([0-9;]*)m", render_markdown(document, 80, True))
    codes = {code for one in found for code in one.split(";")}
    assert {"32", "35", "36"} <= codes <= {"0", "1", "2", "3", "4", "9", "31", "32", "35", "36"}


def test_a_quote_has_a_bar_and_words_in_the_usual_colour() -> None:
    assert render_markdown("> a **b**", 80, True) == "\x1b[2m▌ \x1b[0ma \x1b[1mb\x1b[0m\n"


def test_a_theme_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="no Pygments style nonsense") as caught:
        render_markdown("a", 80, True, "nonsense")
    assert "monokai" in (caught.value.hint or "")


def test_a_language_with_attributes_is_that_language() -> None:
    plainly = render_markdown("```python\ndef f(): pass\n```", 80, True)
    assert render_markdown("```python title='x.py' {1}\ndef f(): pass\n```", 80, True) == plainly
    assert render_markdown("```nonsense\ndef f(): pass\n```", 80, True) != plainly


def test_a_joined_emoji_that_a_lexer_takes_to_pieces_leaves_room_for_the_rest() -> None:
    assert "a" in _plain("```python\n👨‍👩‍👧 a\n```", 4)


@pytest.mark.parametrize(
    "unit", ["[", "![", "[a](", "*_", "<", "$a ", "\\(", "> ", ">", "- a ", "`a", "~~a"], ids=repr
)
def test_marks_without_end_are_text_that_costs_no_square(unit: str) -> None:
    document = unit * (24_000 // len(unit)) + "](x)"
    started = time.thread_time()
    assert _letters(_plain(document)) == _letters(document)
    assert time.thread_time() - started < 10
