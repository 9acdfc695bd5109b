"""Lists: tabs in a pipe, columns on a terminal, JSON anywhere, and no cell that draws."""

import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from claude_cli.errors import InputUnreadable
from claude_cli.flow import files, models
from claude_cli.flow.batch import manage
from claude_cli.flow.sessions import listing
from claude_cli.ui.columns import as_column
from claude_cli.ui.tables import LONGEST_CELL, Column, Columns, print_record, print_rows
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


class Counted(io.BytesIO):
    """A pipe that knows how often it was written to."""

    writes = 0

    def write(self, data: Any) -> int:
        self.writes += 1
        return super().write(data)


def test_a_pipe_gets_many_rows_at_once_and_those_before_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield from ({"name": n} for n in range(1050))
        raise InputUnreadable("the next page does not come")

    pipe = Counted()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    with pytest.raises(InputUnreadable):
        print_rows(rows(), {"name": ""})
    assert pipe.getvalue().split() == [b"%d" % n for n in range(1050)]
    assert pipe.writes <= 11


@pytest.mark.parametrize("count", [0, 1, 2, 250])
def test_json_is_written_as_the_rows_come_and_is_what_json_would_write(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    all_rows = [{"name": f"{n}\n", "other": {"empty": [], "deep": [n]}} for n in range(count)]
    pipe, written = Counted(), []

    def rows() -> Iterator[dict[str, Any]]:
        for row in all_rows:
            written.append(pipe.writes)
            yield row

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="utf-8"))
    print_rows(rows(), COLUMNS, "json")
    assert pipe.getvalue().decode() == json.dumps(all_rows, indent=2) + "\n"
    assert written == [n // 100 for n in range(count)]


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


def test_lists_and_objects_in_a_cell_are_json() -> None:
    assert piped(lambda: print_rows([{"name": {"a": ["雪"]}}], COLUMNS)) == '{"a": ["雪"]}\t\n'


def test_a_pipe_gets_all_of_every_cell() -> None:
    whole = "x" * 100_000
    columns = {"name": Column("NAME", cut="end", spare=1)}
    assert piped(lambda: print_rows([{"name": whole}], columns)) == f"{whole}\n"
    assert piped(lambda: print_record({"name": [whole]})) == f'name\t["{whole}"]\n'


def test_one_cell_does_not_push_all_others_out_of_sight() -> None:
    shown = drawn(lambda: print_rows([{"name": "x" * 999}], {"name": "NAME"}))
    assert plain(shown)[2] == "x" * (LONGEST_CELL - 1) + "…"


def test_a_terminal_shows_headings_and_sets_numbers_flush_right() -> None:
    shown = drawn(
        lambda: print_rows([{"name": "a", "size": 1}, {"name": "b", "size": 222}], COLUMNS)
    )
    heading, _, first, second = [line.rstrip() for line in plain(shown) if line.strip()]
    assert heading.split() == ["NAME", "SIZE"]
    assert len(first) == len(second) == len(heading)


def test_only_a_free_text_is_cut() -> None:
    session = "/home/somebody/kept/20261121-062539.jsonl"
    row = {"name": session, "title": "many words " * 3, "size": 1234567}
    columns: Columns = {"name": "SESSION", "title": Column("TITLE", cut="end"), "size": ">TOKENS"}
    shown = plain(drawn(lambda: print_rows([row], columns), columns=70))
    assert shown[2] == f"{session}  many words many w…  1234567"
    assert max(map(len, shown)) == 70


def test_where_not_even_those_fit_the_terminal_wraps_and_nothing_is_lost() -> None:
    row = {"name": "claude-haiku-4-5-20251001", "size": 1234567}
    assert "claude-haiku-4-5-20251001 1234567" in drawn(
        lambda: print_rows([row], COLUMNS), columns=20
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-11-21T08:35:01.363187+00:00", "2026-11-21 09:35"),
        ("2026-11-21T23:59:59Z", "2026-11-22 00:59"),
        ("2026-13-41T08:35:01Z", "2026-13-41T08:35:01Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("2026-11-21", "2026-11-21"),
    ],
)
def test_a_table_tells_times_as_a_clock_here_does_and_a_pipe_as_the_api(
    monkeypatch: pytest.MonkeyPatch, value: str, shown: str
) -> None:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    try:
        drawn_line = plain(drawn(lambda: print_rows([{"name": value}], {"name": "CREATED"})))[2]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert drawn_line.rstrip() == shown
    assert piped(lambda: print_rows([{"name": value}], {"name": ""})) == f"{value}\n"


LISTS: dict[str, tuple[Columns, dict[str, Any]]] = {
    "batches": (
        manage.COLUMNS,
        {
            "job": "0b40c7c074d2e82b",
            "batch": "msgbatch_00014cff3d536ccf3a2ee796",
            "state": "in_progress",
            "rows": 100000,
            "created": "2026-11-21 08:35",
            "input": "/home/somebody/questions-for-the-quarterly-report.txt",
        },
    ),
    "files": (
        files.COLUMNS,
        {
            "id": "file_0001880553fca8fcea94e325",
            "filename": "questions-for-the-quarterly-report.txt",
            "mime_type": "application/pdf",
            "size_bytes": 1234567,
            "created_at": "2026-11-21 08:35",
            "downloadable": False,
        },
    ),
    "models": (
        models.COLUMNS,
        {
            "id": "claude-sonnet-4-5-20250929",
            "display_name": "Claude Sonnet 4.5",
            "context": 200000,
            "max_output": 64000,
            "usd_in": "3.00",
            "usd_out": "15.00",
            "lifecycle": "deprecated",
            "ends": "2026-11-30",
        },
    ),
    "sessions": (
        listing.COLUMNS,
        {
            "id": "20261121-083459-cvfytp",
            "name": "taxes",
            "title": "How do I write a letter to the tax office about the second instalment",
            "turns": 12,
            "model": "claude-haiku-4-5-20251001",
            "tokens": 1234567,
            "modified": "2026-11-21 08:35",
        },
    ),
}
SCREENS = {
    ("batches", 80): """\
JOB              BATCH                             STATE         ROWS INPUT
────────────────────────────────────────────────────────────────────────────────
0b40c7c074d2e82b msgbatch_00014cff3d536ccf3a2ee796 in_progress 100000 …eport.txt
""",
    ("files", 80): """\
FILE                           NAME            TYPE             CREATED
────────────────────────────────────────────────────────────────────────────────
file_0001880553fca8fcea94e325  questions-for…  application/pdf  2026-11-21 08:35
""",
    ("models", 80): """\
MODEL                      CONTEXT MAX OUT $ IN $ OUT LIFECYCLE  ENDS
───────────────────────────────────────────────────────────────────────────
claude-sonnet-4-5-20250929  200000   64000 3.00 15.00 deprecated 2026-11-30
""",
    ("sessions", 80): """\
SESSION                 NAME   FIRST PROMPT              TURNS  LAST USED
────────────────────────────────────────────────────────────────────────────────
20261121-083459-cvfytp  taxes  How do I write a letter…     12  2026-11-21 08:35
""",
    ("batches", 40): """\
JOB              BATCH                             STATE         ROWS
─────────────────────────────────────────────────────────────────────
0b40c7c074d2e82b msgbatch_00014cff3d536ccf3a2ee796 in_progress 100000
""",
    ("files", 40): """\
FILE                          NAME
────────────────────────────────────────
file_0001880553fca8fcea94e325 questions…
""",
    ("models", 40): """\
MODEL                       $ IN  $ OUT
───────────────────────────────────────
claude-sonnet-4-5-20250929  3.00  15.00
""",
    ("sessions", 40): """\
SESSION                 FIRST PROMPT
────────────────────────────────────────
20261121-083459-cvfytp  How do I write …
""",
}


@pytest.mark.parametrize(("name", "width"), SCREENS)
def test_how_a_list_looks_in_a_usual_and_in_a_narrow_window(name: str, width: int) -> None:
    columns, row = LISTS[name]
    lines = plain(drawn(lambda: print_rows([row], columns), width))
    assert "\n".join(line.rstrip() for line in lines) + "\n" == SCREENS[name, width]


@pytest.mark.parametrize("width", range(20, 200, 7))
@pytest.mark.parametrize("name", LISTS)
def test_no_id_name_state_date_or_heading_is_ever_broken(name: str, width: int) -> None:
    columns, row = LISTS[name]
    headings, _, line = plain(drawn(lambda: print_rows([row], columns), width))
    for key, value in row.items():
        column = as_column(columns[key])
        assert column.spare or column.heading in headings
        if column.heading in headings and not column.cut:
            assert str(value) in line


def test_a_record_is_a_line_a_key() -> None:
    record = {"id": "x", "list": [1], "none": None}
    assert piped(lambda: print_record(record)) == "id\tx\nlist\t[1]\nnone\t\n"
    assert json.loads(piped(lambda: print_record(record, "json"))) == record
