"""Numbers for citations. How they are printed is tested with the pieces."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from claude_cli.ui.citations import Citations, escape_markdown


def test_the_same_words_of_the_same_source_share_a_number() -> None:
    citations = Citations()
    tides = {"document_title": "Tides", "cited_text": "noon"}
    assert citations.number(tides) == 1
    assert citations.number(tides | {"cited_text": "midnight"}) == 2
    assert citations.number(tides | {"document_title": "Moon"}) == 3
    assert citations.number(tides | {"start_char_index": 7}) == 1
    assert len(citations.lines()) == 3


@given(st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1))
def test_escaped_markdown_reads_as_it_was_written(line: str) -> None:
    inline = MarkdownIt("commonmark").parseInline(escape_markdown(line))[0]
    assert "".join(child.content for child in inline.children or ()) == line
