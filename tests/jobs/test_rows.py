"""Rows of every kind of input: what is read, and what is told of what cannot be."""

import csv
import io
import json
import os
import resource
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.encodings import wide
from claude_cli.disk.inputfile import Lossy
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.jobs import json_rows, lines
from claude_cli.jobs.rows import (
    AnyRow,
    BadRow,
    BlankRow,
    InputKind,
    Row,
    as_text,
    open_input,
    read_rows,
)
from tests.thorough import MANY


def read(data: bytes, kind: InputKind | None = None, name: str = "-") -> list[AnyRow]:
    return list(read_rows(io.BytesIO(data), name, kind))


def fields(data: bytes, kind: InputKind | None = None) -> list[dict[str, Any]]:
    found = read(data, kind)
    assert all(isinstance(row, Row) for row in found), found
    return [row.fields for row in found if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.jsonl", b'{"a": "1"}', {"a": "1"}),
        ("x.ndjson", b'{"a": "1"}', {"a": "1"}),
        ("x.CSV", b"a\n1\n", {"a": "1"}),
        ("x.tsv", b"a\tb\n1\t2\n", {"a": "1", "b": "2"}),
        ("x.txt", b'{"a": "1"}\n', {"line": '{"a": "1"}'}),
        ("-", b'\n \n{"a": "1"}\n', {"a": "1"}),
        ("-", b'\xef\xbb\xbf{"a": "1"}\n', {"a": "1"}),
        ("-", b"[1]\n", {"line": "[1]"}),
        ("x.log", b"plain\r\n", {"line": "plain"}),
    ],
)
def test_the_suffix_or_else_the_first_line_says_what_the_input_is(
    name: str, data: bytes, expected: dict[str, str]
) -> None:
    [row] = read(data, name=name)
    assert isinstance(row, Row) and row.fields == expected


def test_values_of_json_are_kept_and_become_text_where_text_is_wanted() -> None:
    data = b'{"n": 1, "f": 1.50, "t": true, "z": null, "l": [1, "\xc3\xa9"], "s": "x"}'
    [row] = fields(data)
    assert row == {"n": 1, "f": 1.5, "t": True, "z": None, "l": [1, "é"], "s": "x"}
    assert [*map(as_text, row.values())] == ["1", "1.5", "true", "", '[1, "é"]', "x"]


@pytest.mark.parametrize(
    ("data", "params", "custom_id"),
    [
        (b'{"custom_id": "a", "params": {"model": "m"}}', {"model": "m"}, "a"),
        (b'{"params": {}}', {}, None),
        (b'{"custom_id": 7, "params": {}, "note": 1}', None, 7),
        (b'{"custom_id": "a"}', None, "a"),
    ],
)
def test_an_object_of_custom_id_and_params_alone_is_a_request(
    data: bytes, params: Any, custom_id: Any
) -> None:
    [row] = read(data)
    assert isinstance(row, Row) and (row.params, row.custom_id) == (params, custom_id)


@pytest.mark.parametrize(
    ("kind", "data", "line", "problem"),
    [
        ("jsonl", b'{}\n\n{"a": }\n', 3, "not JSON"),
        ("jsonl", b"{}\n3\n", 2, "not a JSON object"),
        ("jsonl", b'{"params": 3}\n', 1, "params is no object"),
        ("jsonl", b'{"a": NaN}\n', 1, "NaN is no number"),
        ("jsonl", b'{"a": "\xff"}\n', 1, "not UTF-8"),
        ("jsonl", b'{"a": 1e999}\n', 1, "1e999 is too large a number"),
        ("jsonl", b"[" * 100_000, 1, "nested deeper than 200 levels"),
        ("jsonl", b'{"a":' * 201 + b"1" + b"}" * 201, 1, "nested deeper than 200 levels"),
        ("jsonl", b"[" + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]", 1, "nested deeper than 200"),
        ("lines", b"a\n\xff\n", 2, "not UTF-8"),
        ("csv", b"a,b\n\n1,2\n3\n", 4, "1 field, and the header names 2"),
        ("csv", b'a\n"x\ny"\n\xff\n', 4, "not UTF-8"),
        ("csv", b'a\n"x\ny', 2, "not CSV"),
        ("csv", b"a\xff\n1\n", 1, "not UTF-8"),
        ("csv", b'a\n"x"y\n', 2, "between the closing quote of a field and the next comma"),
        ("csv", b"a\nx\ry\n", 2, "a carriage return stands in a field without quotes"),
        ("csv", b"\n,\na,,b,,c\n", 3, "columns without a name"),
        ("csv", b"id;text\n1;x\n", 1, "one column only, 'id;text': this file has a semicolon"),
        (
            "csv",
            b"id\ttext\n1\tx\n",
            1,
            "where CSV has a comma; --input tsv reads it",
        ),
        ("tsv", b"id,text\n1,x\n", 1, "one column only, 'id,text': this file has a comma"),
        ("jsonl", b'{"a": 1', 1, "not JSON: it ends too early"),
        ("jsonl", b'[{"a": 1}, {"a": x}]', 2, "not JSON from here on: x}]"),
        ("jsonl", b'[{"a": 1} {"a": 2}]', 2, "a comma or the end of the array is missing"),
        ("jsonl", b'[{"a": 1}', 2, "a comma or the end of the array is missing"),
        ("jsonl", b'[{"a": 1},', 2, "not JSON: it ends too early"),
        ("jsonl", b'[{"a": 1}]\n{"a": 2}', 2, "there is more behind the end of the array"),
        ("jsonl", b'[{"a": 1}, 3]', 2, "not a JSON object"),
        ("jsonl", b'[{"a": "\xff"}]', 1, "not UTF-8"),
    ],
)
def test_a_bad_row_is_told_with_the_line_where_it_begins(
    kind: InputKind, data: bytes, line: int, problem: str
) -> None:
    bad = [row for row in read(data, kind) if isinstance(row, BadRow)]
    assert [row.line for row in bad] == [line]
    assert problem in bad[0].problem


@pytest.mark.parametrize("kind", ["lines", "jsonl", "csv"])
def test_a_line_that_may_never_end_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, kind: InputKind
) -> None:
    monkeypatch.setattr(lines, "LINE_LIMIT", 100)
    found = read_rows(io.BytesIO(b"{}\n" + b"b" * 1000 + b"\nc\n"), "-", kind)
    with pytest.raises(InputError, match="line 2: longer than"):
        list(found)


def test_what_begins_with_a_brace_is_meant_as_json() -> None:
    [bad] = read(b' {"temperature": NaN}\n', None)
    assert isinstance(bad, BadRow) and "NaN is no number" in bad.problem


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    assert [row.line for row in read(b"\n\na\n \nb", "lines")] == [3, 5]
    assert [row.line for row in read(b"\n\nh\n1\n\n2\n", "csv")] == [4, 6]
    assert read(b"") == read(b"\n \n") == []


def test_what_is_no_file_cannot_be_read(tmp_path: Any) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "fifo", "/dev/zero", "nul\0"):
        with pytest.raises(InputUnreadable):
            open_input(str(path))


def test_what_a_command_prints_can_be_read() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # as a shell passes it on
    os.write(writer, b"a\n")
    os.close(writer)
    with open_input(f"/dev/fd/{reader}") as rows:
        assert rows.read() == b"a\n"
    os.close(reader)


def test_a_pipe_that_cannot_be_opened_once_more_is_told() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))
    try:
        with pytest.raises(InputUnreadable, match=f"cannot read /dev/fd/{reader}: Too many"):
            open_input(f"/dev/fd/{reader}")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(reader)
        os.close(writer)


def not_blank(found: list[AnyRow]) -> list[dict[str, Any]]:
    assert all(isinstance(row, Row | BlankRow) for row in found), found
    return [row.fields for row in found if isinstance(row, Row)]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@MANY
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=10))
def test_a_table_comes_back_as_it_was_written(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *table])
    expected = [{"a": a, "b": b} for a, b in table if (a + b).strip()]
    assert not_blank(read(text.getvalue().encode(), "csv")) == expected


@MANY
@given(st.lists(st.dictionaries(CELLS, CELLS, min_size=1), min_size=1, max_size=10))
def test_objects_come_back_as_they_were_written(objects: list[dict[str, str]]) -> None:
    objects = [{key: v for key, v in o.items() if key != "params"} or {"a": ""} for o in objects]
    data = "\n".join(json.dumps(o, ensure_ascii=False) for o in objects).encode()
    expected = [o for o in objects if "".join(o.values()).strip()]
    assert not_blank(read(data, "jsonl")) == expected
    array = json.dumps(objects, ensure_ascii=False, indent=1).encode()
    assert not_blank(read(array, "jsonl")) == expected


@MANY
@given(st.binary(max_size=300), st.sampled_from(["jsonl", "csv", "tsv", "lines", None]))
def test_no_input_makes_the_reader_fail(data: bytes, kind: InputKind | None) -> None:
    try:
        assert all(row.line >= 1 for row in read(data, kind))
    except InputError:
        assert wide(data.partition(b"\n")[0] + b"\n")


ENDS = [b"\n", b"\r\n", b"\r"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("csv", b'a,b\n1,"x, y"\n2,z\n', [{"a": "1", "b": "x, y"}, {"a": "2", "b": "z"}]),
        ("tsv", b"a\tb\n1\tx\n2\tz", [{"a": "1", "b": "x"}, {"a": "2", "b": "z"}]),
        ("jsonl", b'{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ("lines", b"one\n\ntwo\n", [{"line": "one"}, {"line": "two"}]),
    ],
)
def test_lines_may_end_in_any_of_three_ways(
    kind: InputKind, data: bytes, expected: list[dict[str, Any]], end: bytes
) -> None:
    assert fields(data.replace(b"\n", end), kind) == expected


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_lines_are_the_same_whatever_the_pieces_in_which_they_come(
    monkeypatch: pytest.MonkeyPatch, end: bytes, size: int
) -> None:
    monkeypatch.setattr(lines, "PIECE", size)
    data = end.join([b"", b"first", b"", b"second", b"third"])
    assert [
        (row.line, row.fields["line"]) for row in read(data, "lines") if isinstance(row, Row)
    ] == [
        (2, "first"),
        (4, "second"),
        (5, "third"),
    ]


def test_a_carriage_return_inside_lines_that_end_otherwise_is_a_character() -> None:
    assert fields(b"one\ntwo\rthree\n", "lines") == [{"line": "one"}, {"line": "two\rthree"}]


@pytest.mark.parametrize("name", ["-", "x.json", "x.jsonl"])
def test_an_array_of_objects_is_rows_however_it_is_laid_out(name: str) -> None:
    rows = [{"a": 1}, {"a": "}],["}, {"custom_id": "c", "params": {"model": "m"}}]
    for indent in (None, 2):
        found = read(b"\xef\xbb\xbf \n" + json.dumps(rows, indent=indent).encode(), None, name)
        assert [(row.line, row.unit) for row in found if isinstance(row, Row)] == [
            (1, "item"),
            (2, "item"),
            (3, "item"),
        ]
        last = found[-1]
        assert isinstance(last, Row) and (last.custom_id, last.params) == ("c", {"model": "m"})


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_an_array_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(lines, "PIECE", size)
    monkeypatch.setattr(json_rows, "PIECE", size)
    objects = [{"a": f"é {number}", "n": number} for number in range(50)]
    data = json.dumps(objects, ensure_ascii=False).encode()
    assert fields(data, "jsonl") == objects
    assert fields(b" [ ] ", "jsonl") == []


@pytest.mark.parametrize("data", [b"a,b,,\n1,2,,\n3,4,note,\n5,6\n", b"a,b\n1,2,\n3,4, ,\n5,6\n"])
def test_nameless_columns_at_the_right_end_are_no_fields(data: bytes) -> None:
    assert fields(data, "csv") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}, {"a": "5", "b": "6"}]


def test_one_nameless_column_at_the_left_is_a_field() -> None:
    assert fields(b",a\n0,x\n", "csv") == [{"": "0", "a": "x"}]


def test_a_table_may_have_one_column_only() -> None:
    assert fields(b"question\nWhat is a semicolon; and why?\n", "csv") == [
        {"question": "What is a semicolon; and why?"}
    ]


@pytest.mark.parametrize("blank", ["", " ", ",", " , ", ",,"])
def test_rows_whose_fields_are_all_blank_are_no_rows(blank: str) -> None:
    found = read(f"a,b\n{blank}\n1,2\n{blank}\n".encode(), "csv")
    assert [row.fields for row in found if isinstance(row, Row)] == [{"a": "1", "b": "2"}]
    assert all(isinstance(row, Row | BlankRow) for row in found)
    assert read(b'{"a": "", "b": null}\n{}\n', "jsonl") == [BlankRow(1), BlankRow(2)]


def test_a_quote_at_the_start_of_a_tsv_field_is_a_character_unless_one_ends_it() -> None:
    data = b'a\tb\n"Hi", she said\t5" nails\n"open\tx\n"quoted ""so"""\t""\n'
    assert fields(data, "tsv") == [
        {"a": '"Hi", she said', "b": '5" nails'},
        {"a": '"open', "b": "x"},
        {"a": 'quoted "so"', "b": ""},
    ]


BIG5 = "姓名,問題\n王小明,請問什麼時候出貨？\n".encode("big5")


@pytest.mark.parametrize("kind", ["csv", "lines"])
def test_rows_in_another_encoding_name_the_command_that_recodes_them(kind: InputKind) -> None:
    [first, *_] = read(BIG5, kind)
    assert isinstance(first, BadRow)
    assert "iconv -f BIG5 -t UTF-8" in first.problem


@pytest.mark.parametrize("kind", ["csv", "lines", "jsonl", None])
def test_an_input_in_utf16_is_refused_as_a_whole(kind: InputKind | None) -> None:
    with pytest.raises(InputError, match="the input is not UTF-8") as refused:
        read("id,text\n1,hello\n".encode("utf-16"), kind)
    assert "iconv -f UTF-16 -t UTF-8" in str(refused.value.hint)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "lines"])
def test_lossy_reads_every_row_and_says_once_how_much_is_lost(kind: InputKind) -> None:
    data = {"csv": b'a\n"caf\xe9"\n\xe9\xe9\n', "jsonl": b'{"a": "caf\xe9"}\n{"a": "\xe9\xe9"}'}
    notices: list[str] = []
    stream = io.BytesIO(data.get(kind, b"caf\xe9\n\xe9\xe9\n"))
    found = [*read_rows(stream, "-", kind, Lossy(True, notices.append))]
    values = [[*row.fields.values()] for row in found if isinstance(row, Row)]
    assert values == [["caf\ufffd"], ["\ufffd\ufffd"]]
    assert notices == ["the input is not all UTF-8: 3 × U+FFFD took the place of what is not"]
