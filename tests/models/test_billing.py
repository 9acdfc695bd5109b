"""Which passes of an answer are billed, at whose price."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.models.billing import billed_passes, billed_usage
from claude_cli.models.prices import load_prices

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


def entry(kind: str, asked: Any, answered: Any, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "input_tokens": asked, "output_tokens": answered, **fields}


def answer(*iterations: Any, model: Any = OPUS, **usage: Any) -> dict[str, Any]:
    reported = {"input_tokens": 1000, "output_tokens": 100, **usage}
    return {"model": model, "usage": {**reported, "iterations": [*iterations]}}


def cost(message: dict[str, Any], asked: str = OPUS) -> Decimal | None:
    return load_prices().charge(message, asked)


def test_a_compaction_is_billed_beside_the_answer() -> None:
    message = answer(entry("compaction", 200_000, 4000), entry("message", 3000, 500))
    assert cost(message) == Decimal("1.1275")
    usage = billed_usage(message, OPUS)
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"]) == (203_000, 4500)


def test_an_advisor_is_billed_at_its_own_price() -> None:
    message = answer(
        entry("message", 1000, 100, model=HAIKU),
        entry("advisor_message", 1000, 100, model=OPUS),
        model=HAIKU,
    )
    assert cost(message, HAIKU) == Decimal("0.0015") + Decimal("0.0075")


def test_a_model_that_declined_before_its_first_word_is_free_where_a_fallback_answered() -> None:
    served = entry("fallback_message", 1000, 100, model=HAIKU)
    assert cost(answer(entry("message", 1000, 0), served, model=HAIKU)) == Decimal("0.0015")
    begun = answer(entry("message", 1000, 1), served, model=HAIKU)
    assert cost(begun) == Decimal("0.0015") + Decimal("0.005025")


def test_a_compaction_before_a_fallback_is_billed_as_the_model_that_was_asked() -> None:
    served = entry("fallback_message", 0, 0, model=HAIKU)
    message = answer(entry("compaction", 1000, 0, model=HAIKU), served, model=HAIKU)
    assert cost(message) == Decimal("0.005")


def test_a_refusal_before_the_first_word_is_free() -> None:
    usage = {"input_tokens": 1000, "output_tokens": 0}
    assert cost({"stop_reason": "refusal", "usage": usage}) == 0
    assert cost({"stop_reason": "end_turn", "usage": usage}) == Decimal("0.005")


def test_speed_place_and_searches_hold_for_all_passes_once() -> None:
    fast = answer(
        entry("message", 1000, 0),
        entry("message", 1000, 0),
        model="claude-opus-5-5",
        speed="fast",
        server_tool_use={"web_search_requests": 1},
    )
    assert cost(fast) == Decimal("0.016") + Decimal("0.01")


@pytest.mark.parametrize(
    ("model", "asked", "answered"),
    [
        ("claude-opus-5-5", 8, 40),
        ("claude-fable-5-2", 16, 80),
        ("claude-mythos-5-2", 16, 80),
        ("claude-opus-5", 10, 50),
        ("claude-opus-4-6", 5, 25),
    ],
)
def test_fast_mode_is_priced_by_what_the_answer_says(model: str, asked: int, answered: int) -> None:
    for speed, factor in (("fast", 1), ("standard", None)):
        usage: Any = {"input_tokens": 10**6, "output_tokens": 10**6, "speed": speed}
        if factor:
            assert cost({"model": model, "usage": usage}) == asked + answered
        else:
            assert cost({"model": model, "usage": usage}) == load_prices().estimate(
                model, 10**6, 10**6
            )


def test_fast_mode_doubles_the_price_of_the_cache_too() -> None:
    usage = {"input_tokens": 0, "output_tokens": 0, "cache_read_input_tokens": 10**6}
    assert cost({"model": "claude-opus-5-5", "usage": {**usage, "speed": "fast"}}) == Decimal("0.4")


@pytest.mark.parametrize(
    "odd", [{}, {"input_tokens": "many", "output_tokens": 1}, None, 5, [], {"input_tokens": -1}]
)
def test_a_usage_that_cannot_be_read_costs_nobody_knows_what(odd: Any) -> None:
    assert cost({"model": OPUS, "usage": odd}) is None
    assert cost(answer(odd, entry("message", 1, 1))) is None


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(JSON, JSON, JSON)
def test_no_answer_of_any_shape_breaks_the_bill(model: Any, usage: Any, iterations: Any) -> None:
    reported = {**usage, "iterations": iterations} if isinstance(usage, dict) else usage
    message = {"model": model, "usage": reported}
    assert all(isinstance(one.model, str) for one in billed_passes(message, OPUS))
    billed_usage(message, OPUS)
    cost(message)
