"""Lists: tabs in a pipe, columns on a terminal, JSON anywhere, and no cell that draws."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from claude_cli.ui.tables import LONGEST_CELL, print_record, print_rows
from tests.ui.standard_streams import memory_streams, terminal_streams

COLUMNS = {"name": "NAME", "size": ">SIZE"}


def piped(draw: Callable[[], None]) -> str:
    with memory_streams() as memory:
        draw()
        return memory.out.decode()


def drawn(draw: Callable[[], None], columns: int = 80) -> str:
    with terminal_streams(columns) as terminal:
        draw()
        return terminal.received


def plain(shown: str) -> list[str]:
    """The lines without the headings' bold."""
    return re.sub(r"\x1b\[\d*m", "", shown).splitlines()


def test_a_pipe_gets_the_columns_with_tabs_and_no_heading() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a", "size": 1, "other": "x"},
        {"name": None},
        {"size": 0},
    ]
    assert piped(lambda: print_rows(rows, COLUMNS)) == "a\t1\n\t\n\t0\n"


def test_json_has_every_key_of_a_row() -> None:
    rows = [{"name": "雪\x1b", "other": [1, None]}]
    text = piped(lambda: print_rows(rows, COLUMNS, "json"))
    assert json.loads(text) == rows
    assert "雪" in text
    assert json.loads(piped(lambda: print_rows([], COLUMNS, "json"))) == []


def test_rows_may_be_an_iterator_that_is_read_once() -> None:
    assert piped(lambda: print_rows(({"name": n} for n in "ab"), {"name": ""})) == "a\nb\n"


@pytest.mark.parametrize("nasty", ["a\tb", "a\nb", "a\r\nb", "a\x1b[2Jb", "a\u202eb", "a\x7fb"])
def test_no_cell_breaks_a_line_or_draws(nasty: str) -> None:
    row = {"name": nasty, "size": 1}
    (line,) = piped(lambda: print_rows([row], COLUMNS)).splitlines()
    assert line.count("\t") == 1
    shown = drawn(lambda: print_rows([row], COLUMNS))
    assert "\x1b[2J" not in shown and "\u202e" not in shown and "\x7f" not in shown


def test_markup_is_text() -> None:
    assert "[bold]x[/bold]" in drawn(lambda: print_rows([{"name": "[bold]x[/bold]"}], COLUMNS))


@pytest.mark.parametrize("nasty", ["\x1b]52;c;aGk=\x07", "\x7f", "\x9b2J", "\u202e", "\U000e0041"])
def test_json_on_a_terminal_is_harmless_and_means_the_same(nasty: str) -> None:
    for draw in (
        lambda: print_rows([{"name": nasty}], COLUMNS, "json"),
        lambda: print_record({"name": nasty}, "json"),
    ):
        text = drawn(draw)
        assert nasty not in text
        assert nasty in json.dumps(json.loads(text), ensure_ascii=False) or "\\u" in text
        found: Any = json.loads(text)
        assert (found[0] if isinstance(found, list) else found) == {"name": nasty}


def test_lists_and_objects_in_a_cell_are_json_and_long_cells_are_cut() -> None:
    row = {"name": {"a": ["雪"]}, "size": "x" * 999}
    name, size = piped(lambda: print_rows([row], COLUMNS)).rstrip("\n").split("\t")
    assert name == '{"a": ["雪"]}'
    assert len(size) == LONGEST_CELL
    assert size.endswith("…")


def test_a_terminal_shows_headings_and_sets_numbers_flush_right() -> None:
    shown = drawn(
        lambda: print_rows([{"name": "a", "size": 1}, {"name": "b", "size": 222}], COLUMNS)
    )
    heading, _, first, second = [line.rstrip() for line in plain(shown) if line.strip()]
    assert heading.split() == ["NAME", "SIZE"]
    assert len(first) == len(second) == len(heading)


def test_ids_and_numbers_are_whole_where_the_window_is_narrow() -> None:
    session = "/home/somebody/kept/20261121-062539.jsonl"
    row = {"name": session, "title": "many words " * 3, "size": 1234567}
    columns = {"name": "SESSION", "title": "TITLE", "size": ">TOKENS"}
    shown = drawn(lambda: print_rows([row], columns), columns=70)
    assert session in shown
    assert "1234567" in shown
    assert "…" not in shown
    assert shown.count("words") == 3
    assert max(map(len, plain(shown))) <= 70


def test_where_not_even_those_fit_the_terminal_wraps_and_nothing_is_lost() -> None:
    row = {"name": "claude-haiku-4-5-20251001", "size": 1234567}
    assert "claude-haiku-4-5-20251001 1234567" in drawn(
        lambda: print_rows([row], COLUMNS), columns=20
    )


@pytest.mark.parametrize("columns", [74, 79, 80])
def test_a_session_keeps_its_lines_in_a_usual_window(columns: int) -> None:
    row = {
        "id": "20261121-062539-abcdef",
        "name": "my-long-session-name",
        "title": "many words to begin with " * 3,
        "turns": 12,
        "model": "claude-haiku-4-5-20251001",
        "tokens": 1234567,
        "modified": "2026-11-21 06:25",
    }
    headings = [">" + name if name in ("turns", "tokens") else name for name in row]
    shown = drawn(lambda: print_rows([row], dict(zip(row, headings, strict=True))), columns)
    assert max(map(len, plain(shown))) <= columns
    for whole in (row["id"], row["modified"], "1234567"):
        assert str(whole) in shown
    assert "…" not in shown


def test_a_bar_is_never_folded() -> None:
    row = {"name": "x", "title": "word " * 30, "bar": "█" * 10}
    shown = drawn(lambda: print_rows([row], {name: "" for name in row}), 17)
    assert "█" * 10 in shown


def test_a_record_is_a_line_a_key() -> None:
    record = {"id": "x", "list": [1], "none": None}
    assert piped(lambda: print_record(record)) == "id\tx\nlist\t[1]\nnone\t\n"
    assert json.loads(piped(lambda: print_record(record, "json"))) == record
