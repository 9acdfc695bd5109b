"""Counting."""

from typing import Any

import pytest

from claude_cli.simulator.checks.tokens import block_tokens, count_input, prompt_pieces, text_tokens
from tests.simulator.bodies import (
    CLOCK,
    WEATHER,
    assistant,
    image,
    message_body,
    pdf,
    png,
    text,
    tool_result,
    tool_use,
    user,
)


@pytest.mark.parametrize(("words", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_a_token_is_about_four_characters(words: str, tokens: int) -> None:
    assert text_tokens(words) == tokens


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        (image(png(280, 280)), 100),
        (image(png(8000, 8000)), 4761),
        ({"type": "image", "source": {"type": "url", "url": "https://example.com"}}, 4784),
        (pdf(pages=3), 6000),
        ({"type": "document", "source": {"type": "file", "file_id": "file_1"}}, 2000),
        ({"type": "document", "source": {"type": "text", "data": "eight ch"}}, 2),
        ({"type": "document", "source": {"type": "content", "content": [text("abcd")]}}, 1),
        (tool_result(content=[text("abcd"), image(png(280, 280))]), 101),
        (tool_result(content=""), 0),
        (tool_use(), 3 + 5),
        ({"type": "newfangled"}, 6),
    ],
)
def test_every_kind_of_block_has_its_price(block: dict[str, Any], tokens: int) -> None:
    assert block_tokens(block) == tokens


def test_the_prompt_is_read_in_the_order_in_which_it_is_cached() -> None:
    body = message_body(user([text("a"), text("b")]), assistant("c"), user("d"),
                        system="s", tools=[WEATHER])  # fmt: skip
    places = [piece.place for piece in prompt_pieces(body)]
    assert places == ["tools", "system", *["messages.user"] * 2, "messages.assistant",
                      "messages.user"]  # fmt: skip
    assert count_input(body) == sum(piece.tokens for piece in prompt_pieces(body))


def test_the_first_tool_costs_300_more_than_its_words() -> None:
    """That is about the length of the prompt with which the API tells a model of tools."""
    pieces = prompt_pieces(message_body(user("hi"), tools=[WEATHER, WEATHER]))
    first, second = (piece.tokens for piece in pieces if piece.place == "tools")
    assert first - second == 300


def test_more_words_cost_more() -> None:
    short, long = message_body(user("hi")), message_body(user("hi" * 100))
    assert count_input(long) - count_input(short) == 49


def test_declaring_tools_costs_once_and_each_tool_its_words() -> None:
    none, one, two = (count_input(message_body(tools=[CLOCK] * count)) for count in range(3))
    assert one - none > 300
    assert two - one < 30
