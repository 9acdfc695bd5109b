"""Usage → dollars, to the last digit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from claude_cli.errors import ConfigError
from claude_cli.models.prices import Prices, count_tokens, format_usd, load_prices
from claude_cli.types import Usage

SONNET = "claude-sonnet-4-6"


@pytest.fixture(scope="module")
def prices() -> Prices:
    return load_prices()


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        (SONNET, {"input_tokens": 1000, "output_tokens": 500}, "0.0105"),
        ("claude-sonnet-4-6-20250514", {"input_tokens": 1000, "output_tokens": 500}, "0.0105"),
        (
            SONNET,  # (1000×3 + 2000×3.75 + 3000×6 + 4000×0.3 + 500×15) / 2 millionths
            {
                "input_tokens": 1000,
                "output_tokens": 500,
                "cache_creation_input_tokens": 5000,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 2000,
                    "ephemeral_1h_input_tokens": 3000,
                },
                "cache_read_input_tokens": 4000,
                "service_tier": "batch",
            },
            "0.0186",
        ),
        (
            SONNET,  # writes without a breakdown are 5-minute ones
            {"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000},
            "0.00375",
        ),
        (SONNET, {"input_tokens": 1000, "output_tokens": 0, "inference_geo": "us"}, "0.0033"),
        (
            SONNET,  # searches are not discounted
            {
                "input_tokens": 1000,
                "output_tokens": 0,
                "server_tool_use": {"web_search_requests": 3},
                "service_tier": "batch",
            },
            "0.0315",
        ),
        ("claude-opus-4-8", {"input_tokens": 1000, "output_tokens": 0, "speed": "fast"}, "0.01"),
        (
            "claude-opus-4-8",
            {
                "input_tokens": 0,
                "output_tokens": 0,
                "cache_read_input_tokens": 1000,
                "speed": "fast",
            },
            "0.001",
        ),
        ("claude-haiku-5-5", {"input_tokens": 100_000, "output_tokens": 1000}, "0.0105"),
        ("claude-haiku-5-5", {"input_tokens": 100_001, "output_tokens": 0}, "0.0500005"),
        (
            "claude-haiku-5-5",  # the whole prompt decides the tier, what the cache gave included
            {"input_tokens": 1, "output_tokens": 0, "cache_read_input_tokens": 100_000},
            "0.0050005",
        ),
        ("claude-sonnet-4-5", {"input_tokens": 200_001, "output_tokens": 2}, "1.200051"),
        ("claude-opus-5", {"input_tokens": 1_000_000, "output_tokens": 0}, "5"),
        ("claude-opus-5-5", {"input_tokens": 1_000_000, "output_tokens": 0}, "4"),
        ("claude-opus-5-5", {"input_tokens": 0, "output_tokens": 0,
                             "cache_read_input_tokens": 1_000_000}, "0.2"),
        ("claude-opus-5-2", {"input_tokens": 1, "output_tokens": 1}, None),
        ("claude-opus-55", {"input_tokens": 1, "output_tokens": 1}, None),
        ("gpt-5", {"input_tokens": 1, "output_tokens": 1}, None),
        (SONNET, {"input_tokens": None, "output_tokens": 1}, None),
        (SONNET, {"input_tokens": 1}, None),
        (SONNET, None, None),
    ],
)  # fmt: skip
def test_cost(prices: Prices, model: str, usage: Usage | None, usd: str | None) -> None:
    cost = prices.cost(model, usage)
    assert cost == (None if usd is None else Decimal(usd))


def test_an_estimate_for_a_batch_is_half(prices: Prices) -> None:
    assert prices.estimate(SONNET, 1000, 500, batch=True) == Decimal("0.00525")


def test_every_row_says_where_it_comes_from(prices: Prices) -> None:
    assert all(row["source"] for row in prices.rows.values())
    assert prices.dated == "2026-11-30"


def test_the_config_file_lays_rows_over_the_table() -> None:
    prices = load_prices({"claude-sonnet-4-6": {"input": 1, "output": 2.5}, "mine": _free()})
    usage: Usage = {"input_tokens": 1000, "output_tokens": 1000}
    assert prices.cost(SONNET, usage) == Decimal("0.0035")
    assert prices.cost("mine-local", usage) == 0


def _free() -> dict[str, int]:
    return {"input": 0, "output": 0, "cache_read": 0}


@pytest.mark.parametrize(
    "row",
    [
        {"input": 1},
        {"input": -1, "output": 1},
        5,
        {"input": "x"},
        {"input": 1, "output": float("nan")},
        {"input": float("inf"), "output": 1},
        {"input": 1, "output": 1, "cache_read": float("-inf")},
        {"input": True, "output": 1},
    ],
)
def test_an_override_that_is_no_price_is_named(row: object) -> None:
    with pytest.raises(ConfigError, match=r'\[prices."m"\]'):
        load_prices({"m": row})


ODD = [
    {"input_tokens": "many", "output_tokens": 1},
    {"input_tokens": 1.5, "output_tokens": 1},
    {"input_tokens": [1], "output_tokens": 1},
    {"input_tokens": True, "output_tokens": 1},
    {"input_tokens": -1, "output_tokens": 1},
    {"input_tokens": 5, "output_tokens": 1, "cache_creation": 5},
    {"input_tokens": 5, "output_tokens": 1, "cache_read_input_tokens": {}},
    {"input_tokens": 5, "output_tokens": 1, "server_tool_use": "x"},
]


@pytest.mark.parametrize("usage", ODD)
def test_counts_that_are_none_make_the_cost_unknown(prices: Prices, usage: Usage) -> None:
    assert prices.cost(SONNET, usage) is None


def test_null_counts_are_zero() -> None:
    usage: Usage = {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": None}
    assert count_tokens(usage) == (1, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("cost", "text"),
    [("0.0105", "$0.0105"), ("2", "$2.00"), ("0", "$0.00"), ("1.5", "$1.50"),
     ("0.0000004", "$0.00"), ("0.00000051", "$0.000001"), ("1234.5678", "$1234.5678")],
)  # fmt: skip
def test_dollars_as_text(cost: str, text: str) -> None:
    assert format_usd(Decimal(cost)) == text


def test_what_is_not_known_is_not_guessed() -> None:
    assert format_usd(None) == "n/a"


@pytest.mark.parametrize(
    "name",
    [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5@20250929",
        "anthropic.claude-sonnet-4-5",
    ],
)
def test_what_a_platform_calls_a_model_has_its_price(prices: Prices, name: str) -> None:
    assert prices.row(name) == prices.row("claude-sonnet-4-5") is not None
    own = load_prices({name: {"input": 1, "output": 1}})
    assert own.row(name) == {"input": 1, "output": 1}


def test_an_answer_from_one_region_costs_a_tenth_more_from_sonnet_4_5_on(prices: Prices) -> None:
    there = replace(prices, is_regional=lambda model: not model.startswith("global."))
    usage: Usage = {
        "input_tokens": 1000,
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": 1},
    }
    assert there.cost("claude-sonnet-4-5", usage) == Decimal("0.0133")
    assert there.cost("claude-opus-4-1", usage) == prices.cost("claude-opus-4-1", usage)
    answer = {"model": "claude-sonnet-4-5", "usage": usage}
    assert there.charge(answer, "us.anthropic.claude-sonnet-4-5") == Decimal("0.0133")
    assert there.charge(answer, "global.anthropic.claude-sonnet-4-5") == Decimal("0.013")
