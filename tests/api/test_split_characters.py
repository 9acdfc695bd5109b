"""Halves of a character in two deltas make it whole again."""

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claude_cli.api.sse import join_halves, parse_event
from claude_cli.errors import TemporaryFailure
from claude_cli.values.sse import ServerSentEvent


def event(text: str) -> ServerSentEvent:
    delta = {"type": "text_delta", "text": text}
    data = {"type": "content_block_delta", "index": 0, "delta": delta}
    return ServerSentEvent("content_block_delta", json.dumps(data))


def texts(events: list[ServerSentEvent]) -> list[str]:
    return [parse_event(each).data["delta"]["text"] for each in events]


def cut_utf16(text: str, cuts: list[int]) -> list[str]:
    """Cut a text between any two of its UTF-16 units, as a server in JavaScript does."""
    units = text.encode("utf-16-le")
    edges = sorted({0, *(2 * (cut % (len(units) // 2 + 1)) for cut in cuts), len(units)})
    return [units[a:b].decode("utf-16-le", "surrogatepass") for a, b in pairwise(edges)]


@given(st.text(st.sampled_from('a"\\\n雪👩😀:'), max_size=12), st.lists(st.integers(0, 24)))
@example("😀😀", [1, 3])
def test_no_cut_between_units_harms_a_character(text: str, cuts: list[int]) -> None:
    pieces = cut_utf16(text, cuts)
    joined = texts([*join_halves(map(event, pieces))])
    assert "".join(joined) == text
    assert len(joined) == len(pieces)


@pytest.mark.parametrize(
    "pieces", [["\ud83d", "x"], ["\ude00", "\ud83d"], ["\ud83d"], ["a\\ud83d"]]
)
def test_a_half_without_the_other_stays_where_it_is(pieces: list[str]) -> None:
    shown = ["".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in p) for p in pieces]
    assert texts([*join_halves(map(event, pieces))]) == shown


def test_what_waits_for_its_half_is_not_lost_with_the_connection() -> None:
    def broken() -> Iterator[ServerSentEvent]:
        yield event("one \ud83d")
        raise TemporaryFailure("the connection was lost")

    events = join_halves(broken())
    assert texts([next(events)]) == ["one \ufffd"]
    with pytest.raises(TemporaryFailure):
        next(events)
