"""The line of --usage."""

from decimal import Decimal
from typing import Any

import pytest

from claude_cli.types import Answer
from claude_cli.ui.usage_line import usage_line
from tests.ui.events import answer


def with_usage(usage: Any) -> Answer:
    return answer(message={"type": "message", "usage": usage})


def test_the_usage_line_tells_tokens_cost_and_speed() -> None:
    assert usage_line(answer("yes")) == (
        "tokens: 1000 in, 500 out, 0 cache write, 0 cache read · cost $0.0105"
        " · first token 0.42 s · 118 tokens/s"
    )


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": None}, {"output_tokens": "9"}])
def test_what_the_api_did_not_tell_is_not_available(usage: Any) -> None:
    assert usage_line(with_usage(usage)) == (
        "tokens: n/a in, n/a out, n/a cache write, n/a cache read · cost $0.0105"
        " · first token 0.42 s · n/a tokens/s"
    )


def test_a_message_without_usage_has_none() -> None:
    assert "n/a in" in usage_line(answer(message={"type": "message"}))


def test_unknown_cost_and_times_are_not_available() -> None:
    line = usage_line(answer("yes", cost_usd=None, first_token_seconds=None))
    assert line.endswith("cost n/a · first token n/a · n/a tokens/s")


@pytest.mark.parametrize("fields", [{"turns": 2}, {"seconds": 0.42}])
def test_no_speed_is_better_than_a_wrong_one(fields: dict[str, Any]) -> None:
    assert usage_line(answer("yes", **fields)).endswith("n/a tokens/s")


def test_a_tiny_cost_is_written_out() -> None:
    assert "cost $0.0000003 " in usage_line(answer("yes", cost_usd=Decimal("3E-7")))
