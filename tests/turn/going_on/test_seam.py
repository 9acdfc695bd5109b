"""Two parts of an answer, joined: what is repeated is cut once, and nothing else is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.turn.going_on.seam import (
    LONGEST,
    SHORTEST,
    Seam,
    of_blanks,
    overlap,
    without_repetition,
)
from claude_cli.types import StreamEvent

FEW = st.text("ab \n,1", max_size=60)
"""Few characters: texts that often overlap."""
WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=8), max_size=12).map(" ".join)


def joined(said: str, rest: str) -> str:
    return said + rest[overlap(said, rest) :]


@pytest.mark.parametrize(
    ("said", "rest", "expected"),
    [
        ("The tide comes in twi", "ce a day.", "The tide comes in twice a day."),
        ("The tide comes in twi", "The tide comes in twice", "The tide comes in twice"),
        ("The tide comes in twi", "twice a day.", "The tide comes in twice a day."),
        ("It comes in twice", "twice a day", "It comes in twice a day"),
        ("The tide comes in", "comes in twice", "The tide comes in twice"),
        ("八六公尺位於臺中市", "公尺位於臺中市與苗栗縣", "八六公尺位於臺中市與苗栗縣"),
        ("one tre", "es are", "one trees are"),
        ("It was very ", "very good", "It was very very good"),
        ("a, b, 100", "100, c", "a, b, 100100, c"),
        ("0, 0, 0, 0, 0, 0, ", "0, 0, 0, 0, 0, 0, 1", "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1"),
        ("| 0.0 | 0.0 | 1.0 |\n" * 3, "| 0.0 | 0.0 | 1.0 |\n", "| 0.0 | 0.0 | 1.0 |\n" * 4),
        ("| low | mid | high |\n" * 3, "| low | mid | high |\n", "| low | mid | high |\n" * 4),
        ("0,0,1,0,1,0,0,1,", "0,0,1,0,1,0,0,1,0", "0,0,1,0,1,0,0,1,0,0,1,0,1,0,0,1,0"),
        ("someone two four", "one two four five", "someone two four five"),  # 12 bytes
        ("someone two six", "one two six five", "someone two sixone two six five"),
        ("", "all of it", "all of it"),
        ("all of it", "", "all of it"),
    ],
)  # fmt: skip
def test_what_the_rest_says_again_is_cut(said: str, rest: str, expected: str) -> None:
    assert joined(said, rest) == expected


@given(FEW | WORDS, FEW | WORDS)
def test_only_what_stands_at_the_end_already_is_cut(said: str, rest: str) -> None:
    size = overlap(said, rest)
    assert said.endswith(rest[:size])
    assert 0 <= size <= len(rest)


@given(WORDS, st.permutations(("TIDE", "MOON", "WAVE", "SAND", "GULL")), WORDS)
def test_a_sentence_that_is_said_again_is_said_once(
    before: str, again: list[str], more: str
) -> None:
    sentence = " ".join(again)
    assert len(sentence) >= SHORTEST
    assert joined(before + sentence, sentence + more) == before + sentence + more


@given(FEW | WORDS, st.lists(FEW | WORDS, max_size=5))
def test_in_pieces_it_is_cut_as_in_one(said: str, pieces: list[str]) -> None:
    seam = Seam(said)
    shown = "".join(map(seam.feed, pieces)) + seam.end()
    assert said + shown == joined(said, "".join(pieces))


def test_what_is_held_back_is_bounded() -> None:
    said = "abc " * LONGEST
    seam = Seam(said)
    given = said[: 2 * LONGEST]
    held = len(given) - len(seam.feed(given))
    assert held <= LONGEST


@given(st.text("a \n\t", max_size=12), st.text("a \n\t", max_size=12))
def test_after_a_prefill_only_blanks_are_cut(said: str, rest: str) -> None:
    size = of_blanks(said, rest)
    assert not rest[:size].strip()
    assert size <= len(said) - len(said.rstrip())
    if rest.startswith(blanks := said[len(said.rstrip()) :]):
        assert said + rest[size:] == said.rstrip() + rest
        assert size == len(blanks)


def delta(text: str, index: int = 0) -> StreamEvent:
    words: Any = {"type": "text_delta", "text": text}
    data: Any = {"type": "content_block_delta", "index": index, "delta": words}
    return StreamEvent(data, f"raw {text}")


def of_type(kind: Any, **fields: Any) -> StreamEvent:
    data: Any = {"type": kind, **fields}
    return StreamEvent(data, f"raw {kind}")


def text_in(events: list[StreamEvent]) -> str:
    return "".join(event.data.get("delta", {}).get("text", "") for event in events)


def test_events_lose_the_repetition_and_keep_what_was_sent() -> None:
    sent = [of_type("content_block_start"), delta("in twi"), delta("ce a"), delta(" day")]
    events = [*without_repetition(sent, Seam("It comes in twi"))]
    assert text_in(events) == "ce a day"
    assert [event.raw for event in events] == [event.raw for event in sent]


def test_what_was_held_back_comes_at_the_end_of_the_block() -> None:
    sent = [delta("one"), of_type("content_block_stop"), delta("two")]
    events = [*without_repetition(sent, Seam("one, and one more"))]
    assert text_in(events) == "onetwo"
    assert [event.raw for event in events] == ["raw one", "", "raw content_block_stop", "raw two"]


def test_what_was_held_back_comes_when_the_stream_breaks_off() -> None:
    def broken() -> Any:
        yield delta("one")
        raise ConnectionError

    collected: list[StreamEvent] = []
    with pytest.raises(ConnectionError):
        for event in without_repetition(broken(), Seam("one, and one more")):
            collected.append(event)
    assert text_in(collected) == "one"


def test_a_message_in_one_piece_loses_the_repetition_too() -> None:
    whole = of_type("message", content=[{"type": "text", "text": "comes in twice"}])
    (event,) = without_repetition([whole], Seam("The tide comes in"))
    content: Any = event.data
    assert content["content"] == [{"type": "text", "text": " twice"}]
