"""What a line says: a record, what is left of one, or nothing that belongs to a session."""

from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.appendlog import encode_line
from claude_cli.session.format import (
    Content,
    Link,
    Record,
    count_tokens,
    decode,
    decode_all,
    may_be,
    new_answer,
    new_head,
    new_header,
    new_name,
    new_summary,
    new_user,
    read_link,
    sealed,
)
from claude_cli.session.prompts import prompt_of
from tests.thorough import MANY

MADE = [
    new_header({"model": "m"}, terminal=True),
    new_user(None, "q", "h", blobs=["b"]),
    new_answer("u", {"type": "message", "content": []}, prefill="p"),
    new_summary("h", "Sum up.", {"type": "message", "content": []}, model="m"),
    new_head(None),
    new_name("work"),
]


def kind(record: Record) -> str:
    return record["kind"]


@pytest.mark.parametrize("record", MADE, ids=kind)
def test_a_record_comes_back_as_it_was_made(record: Record) -> None:
    line = encode_line(record)
    assert decode(line) == (record, None)
    assert read_link(line) == Link(record["kind"], record["id"], record["parent"])


@pytest.mark.parametrize("record", MADE, ids=kind)
def test_whatever_is_changed_in_a_line_is_told(record: Record) -> None:
    line = encode_line(sealed(record)).rstrip()
    assert decode(line) == (record, None)
    for place in range(len(line)):
        found, damage = decode(line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :])
        same = found and {**found, "sum": None, "rum": None}.items() >= record.items()
        assert damage or same, place


@pytest.mark.parametrize("record", MADE, ids=kind)
def test_a_record_cut_anywhere_is_damaged_but_links_as_long_as_its_head_is_there(
    record: Record,
) -> None:
    line = encode_line(record).rstrip()
    rest = {"kind": "damaged", "id": record["id"], "parent": record["parent"]}
    for cut in range(1, len(line)):
        found, damage = decode(line[:cut])
        assert damage
        assert found in (None, rest)
    assert decode(line[:-1])[0] == rest


def with_sum(start: bytes) -> bytes:
    """A line that fits its checksum, whatever it is."""
    return b'%b,"sum":"%08x"}' % (start, crc32(start + b"}"))


LINES = [
    *(encode_line(sealed(record)).rstrip() for record in [*MADE, *MADE]),
    encode_line(MADE[0]).rstrip(),
    encode_line(sealed(MADE[1])).rstrip().replace(b"blobs", b"blubs"),
    encode_line(sealed(MADE[2]))[:-5],
    with_sum(b'{"kind":"user","id":"i","parent":null,"content":3'),
    with_sum(b'{"kind":"odd","id":"i","parent":null'),
    with_sum(b'1,{"a":1'),
    with_sum(b'{"a":[{"b":1'),
    with_sum(b'{"b":1}],"c":{"d":1'),
    with_sum(b'{"a":"\xff"'),
    *(b"", b"{}", b"[", None),
]


@given(st.lists(st.sampled_from(LINES), max_size=8))
@MANY
def test_lines_decoded_together_give_what_each_gives_alone(lines: list[bytes | None]) -> None:
    assert decode_all(lines) == [decode(line) for line in lines]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "user"},
        {"kind": "user", "content": [1]},
        {"kind": "user", "content": [{"text": "no type"}]},
        {"kind": "user", "content": "x", "blobs": "y"},
        {"kind": "user", "content": "x", "header": 1},
        {"kind": "user", "content": "x", "compacts": []},
        {"kind": "assistant"},
        {"kind": "assistant", "message": {"content": "text"}},
        {"kind": "assistant", "message": {"content": [{"type": None}]}},
        {"kind": "assistant", "message": {"content": []}, "prefill": 3},
        {"kind": "assistant", "message": {"content": []}, "model": {}},
        {"kind": "header", "format": 1},
        {"kind": "header", "format": "1", "settings": {}},
        {"kind": "header", "format": 1, "settings": {"model": 3}},
        {"kind": "header", "format": 1, "settings": {"system": {}}},
        {"kind": "header", "format": 1, "settings": {"tools": [3]}},
        {"kind": "summary", "message": {"content": []}},
        {"kind": "summary", "message": {"content": []}, "prompt": 3},
        {"kind": "name", "name": None},
    ],
)
def test_a_record_whose_fields_do_not_fit_its_kind_is_damaged(fields: dict[str, Any]) -> None:
    value = {"kind": None, "id": "i", "parent": "p"} | fields
    record, damage = decode(encode_line(value))
    assert record == {"kind": "damaged", "id": "i", "parent": "p"}
    assert damage


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kind": "user", "id": 1, "parent": None},
        {"kind": "user", "id": "i", "parent": 1},
        {"kind": "user", "id": "i", "content": "x"},
        {"kind": ["user"], "id": "i", "parent": None},
    ],
)
def test_an_object_without_the_head_of_a_record_is_none(value: dict[str, Any]) -> None:
    record, damage = decode(encode_line(value))
    assert record is None
    assert damage


def test_of_a_kind_that_is_not_known_only_the_links_are_read() -> None:
    value = {"kind": "mood", "id": "i", "parent": "p", "content": 3, "message": 3, "blobs": 3}
    record, damage = decode(encode_line(value))
    assert record == {"kind": "mood", "id": "i", "parent": "p"}
    assert damage


@pytest.mark.parametrize(("levels", "whole"), [(240, True), (260, False), (500, False)])
def test_a_record_that_is_nested_too_deeply_is_damaged(levels: int, whole: bool) -> None:
    """The decoder's limit depends on the stack, and whoever writes it out has less of that."""
    line = encode_line(new_user(None, "nest", "h")).decode()
    deep = '[{"type":"x","y":' + "[" * levels + "]" * levels + "}]"
    record, damage = decode(line.replace('"nest"', deep).encode())
    assert record and record["kind"] == ("user" if whole else "damaged")
    assert bool(damage) is not whole


@MANY
@given(st.binary(max_size=60) | st.from_regex(rb'\{"kind":"user",.{0,60}'))
def test_no_line_breaks_the_decoder(line: bytes) -> None:
    record, damage = decode(line)
    assert record is None or damage or record["kind"] in {"user", "header", "name", "head"}


def test_tokens_are_counted_as_far_as_they_are_told() -> None:
    usage: Any = {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": None}
    assert count_tokens({"type": "message", "usage": usage}) == 3
    assert count_tokens({"type": "message", "usage": None}) == 0
    assert count_tokens({"type": "message"}) == 0
    odd: Any = {"input_tokens": -1, "output_tokens": 10**4000, "cache_read_input_tokens": "3"}
    assert count_tokens({"type": "message", "usage": odd}) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plain", "plain"),
        ([], ""),
        ([{"type": "image"}], ""),
        ([{"type": "text", "text": 5}], "5"),
        ([{"type": "text", "text": "piped"}, {"type": "text", "text": "asked"}], "asked"),
    ],
)
def test_the_words_of_a_prompt_are_its_last_text(content: Content, words: str) -> None:
    assert prompt_of(content) == words


def test_a_line_tells_its_kind_within_forty_bytes() -> None:
    ends_there = b'{"kind":' + b" " * 26 + b'"user"'
    assert len(ends_there) == 40
    assert may_be("user", ends_there + b',"id":"u"}')
    assert not may_be("user", ends_there.replace(b'"user"', b' "user"') + b',"id":"u"}')
