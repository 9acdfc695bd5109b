"""`-o PATH=TEXT`: any path is written to, or refused in words, and touches nothing else."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import UsageError
from claude_cli.turn.assignment import assign, holds, is_within, place_of, put, without
from tests.thorough import MANY

STEPS = st.sampled_from(["a", "b", "0", "1", "2", "", "00", "-1", "٣", "9" * 12, "é"])
PLACES = st.lists(STEPS, min_size=1, max_size=4).map(".".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STEPS, inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(STEPS, JSON, max_size=4)


@MANY
@given(BODIES, PLACES, JSON)
def test_what_is_written_is_there_and_nothing_else_has_changed(
    body: dict[str, Any], place: str, value: Any
) -> None:
    before = json.loads(json.dumps(body))
    try:
        assign(body, f"{place}:={json.dumps(value)}")
    except UsageError as error:
        assert error.message.startswith("-o ")
        return
    assert _at(body, place) == value
    first = place.split(".")[0]
    assert {k: v for k, v in body.items() if k != first} == {
        k: v for k, v in before.items() if k != first
    }


@MANY
@given(BODIES, st.text(max_size=12) | PLACES)
def test_any_text_is_an_assignment_or_refused_in_words(body: dict[str, Any], text: str) -> None:
    with contextlib.suppress(UsageError):
        assign(body, text)
        assert place_of(text)
    json.dumps(body)


@MANY
@given(BODIES, PLACES)
def test_what_is_taken_out_is_gone(body: dict[str, Any], place: str) -> None:
    kept = without(body, place)
    assert not holds(kept, place)
    if not holds(body, place):
        assert kept == body


@MANY
@given(PLACES, PLACES)
def test_a_place_is_within_the_places_above_it(place: str, more: str) -> None:
    assert is_within(f"{place}.{more}", place)
    assert is_within(place, f"{place}.{more}") is False
    body: dict[str, Any] = {}
    with contextlib.suppress(UsageError):
        put(body, place, 1)
        assert _at(body, place) == 1


def _at(value: Any, place: str) -> Any:
    for step in place.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
