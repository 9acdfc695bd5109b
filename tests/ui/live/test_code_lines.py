"""Code gets the same tokens in pieces as at once, and those that its lexer gives it."""

import ast
import inspect
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Comment, String, Text, _TokenType, is_token_subtype

from claude_cli.ui.live import code_lines
from claude_cli.ui.live.code_lines import (
    AHEAD,
    LONGEST_LINE,
    STEP,
    CodeLine,
    CodeLines,
    language_of,
    lines_of,
)
from tests.ui.live.markdown_documents import CODE_LINES

PYTHON = inspect.getsource(ast).split("\n")[:600]


def _in_pieces(language: str, lines: list[str], sizes: list[int]) -> list[CodeLine]:
    code = CodeLines(language)
    tokens: list[CodeLine] = []
    known = 0
    for size in sizes:
        known += size
        tokens += code.settle(lines[len(tokens) : known])
    return tokens + code.rest(lines[len(tokens) :])


def _text(tokens: list[CodeLine]) -> list[str]:
    return ["".join(text for _, text in line) for line in tokens]


@given(
    language=st.sampled_from(["python", "c", "bash", "html", "php", "sql", "nonsense"]),
    lines=st.lists(st.sampled_from(CODE_LINES).map(str.rstrip), max_size=90),
    sizes=st.lists(st.integers(0, 40), max_size=20),
)
def test_code_in_pieces_gets_the_tokens_of_the_whole(
    language: str, lines: list[str], sizes: list[int]
) -> None:
    whole = CodeLines(language).rest(lines)
    assert _in_pieces(language, lines, sizes) == whole
    assert _text(whole) == lines


def test_a_long_program_gets_the_tokens_that_its_lexer_gives_it_at_once() -> None:
    from pygments.lexers.python import PythonLexer

    at_once = [*PythonLexer(stripnl=False).get_tokens("\n".join(PYTHON))]
    in_steps = CodeLines("python").rest([line.rstrip() for line in PYTHON])
    assert [(kind, text) for line in in_steps for kind, text in line] == [
        (kind, part) for kind, text in at_once for part in text.split("\n") if part
    ]


@pytest.mark.parametrize(
    ("language", "first", "inside", "kind"),
    [
        ("python", '"""', "def word", String),
        ("c", "/*", "int word;", Comment),
        ("html", "<!--", "<b>word</b>", Comment),
        ("bash", "cat <<EOF", "if word", String),
        ("php", "<?php", "$word = 1; // word", Comment),
    ],
)
def test_what_a_long_way_up_began_is_still_known(
    language: str, first: str, inside: str, kind: _TokenType
) -> None:
    settled = CodeLines(language).settle([first, *[inside] * 100])
    assert len(settled) > 80
    token, _ = settled[-1][-1]
    assert is_token_subtype(token, kind)


def test_lines_are_settled_in_steps_and_not_before_others_follow() -> None:
    code = CodeLines("python")
    assert code.settle(["x = 1"] * (STEP + AHEAD - 1)) == []
    assert len(code.settle(["x = 1"] * (STEP + AHEAD))) == STEP


def test_lines_without_a_lexer_are_settled_at_once() -> None:
    assert CodeLines("nonsense").settle(["x = 1", ""]) == [[(Text, "x = 1")], []]


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        (" c++ title=x", "c++"),
        ("rust,ignore", "rust"),
        ("{.r}", ""),
        ("", ""),
    ],
)
def test_the_first_word_of_an_info_string_is_the_language(info: str, language: str) -> None:
    assert language_of(info) == language


def test_blank_lines_at_the_end_and_spaces_at_ends_are_no_code() -> None:
    assert lines_of("\n  a  \n\n \n") == ["", "  a"]
    assert lines_of(" \n") == []


def test_a_line_that_is_too_long_is_plain_and_the_others_keep_their_colours() -> None:
    long = "s{{" * LONGEST_LINE
    lines = ["my $a = 1; # why", long, "my $b = 2; # why"]
    first, middle, last = CodeLines("perl").rest(lines)
    assert middle == [(Text, long)]
    assert {kind for kind, _ in first} == {kind for kind, _ in last} != {Text}


def test_a_block_that_takes_far_too_long_goes_on_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_lines, "PATIENCE", 0.001)
    monkeypatch.setattr(code_lines, "USUAL", 0.0)
    lines = ["my $a = 1;"] * 200
    code = CodeLines("perl")
    tokens = [*code.settle(lines), *code.rest([])]
    assert _text(tokens) == lines
    assert tokens[-1] == [(Text, lines[-1])]
    assert code.rest(["my $b = 2;"]) == [[(Text, "my $b = 2;")]]


def test_a_lexer_that_needs_the_square_of_a_block_is_stopped() -> None:
    lines = ["s{{" * 1000] * 20
    started = time.thread_time()
    assert _text(CodeLines("perl").rest(lines)) == lines
    assert time.thread_time() - started < 10
