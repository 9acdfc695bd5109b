"""What a request weighs before it is sent: its input tokens, and the share of each part."""

from collections.abc import Iterator
from typing import Any, Literal

from claude_cli import catalog
from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.compose import Asked, Composed, compose
from claude_cli.connection import connect
from claude_cli.prices import format_usd, load_prices
from claude_cli.toolcalls import Tools
from claude_cli.types import ContentBlock, RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.terminal import open_stdout

PLACEHOLDER: ContentBlock = {"type": "text", "text": "."}
"""Stands for a turn whose only part is left out: the API refuses an empty one."""


def count(asked: Asked, format: Literal["text", "json"], notices: Notices) -> None:
    """Print the number of input tokens; its price goes to stderr."""
    stdout = open_stdout()
    with Tools(asked.tools, notices) as tools:
        composed = compose(asked, notices, tools)
    with connect(asked.connection, notices, betas=tools.betas) as client:
        total = count_tokens(client, composed.body)
        notices.notice(_price(composed.body, total))
        if format == "text":
            stdout.write(f"{total}\n")
        else:
            import json

            shares = dict(_shares(client, composed, total))
            stdout.write(json.dumps({"input_tokens": total, "shares": shares}) + "\n")


def _shares(client: ApiClient, composed: Composed, total: int) -> Iterator[tuple[str, int]]:
    """Yield how many tokens fewer the request has without its system prompt, its tools, each of
    its attachments: by differences, for there is no other way to know."""
    for part in ("system", "tools"):
        if part in composed.body:
            rest = {
                k: v for k, v in composed.body.items() if k not in (part, f"{part[:-1]}_choice")
            }
            yield part, total - count_tokens(client, rest)
    for position, source in enumerate(composed.question.attachments):
        without = count_tokens(client, _without(composed, position))
        yield source.name or source.reference, total - without


def _without(composed: Composed, position: int) -> RequestBody:
    content = [b for n, b in enumerate(composed.question.content) if n != position]
    asked = composed.question.content
    messages: list[Any] = [
        {**message, "content": content or [PLACEHOLDER]} if message["content"] is asked else message
        for message in composed.body["messages"]
    ]
    return {**composed.body, "messages": messages}


def _price(body: RequestBody, tokens: int) -> str:
    """Say what the input costs, and the most that an answer can add."""
    prices, model = load_prices(), body["model"]
    most = body.get("max_tokens") or catalog.default_max_tokens(model, None)
    asked, answered = prices.estimate(model, tokens, 0), prices.estimate(model, 0, most)
    return (
        f"input {format_usd(asked)}; an answer of {most} tokens, the most that is allowed, "
        f"would add {format_usd(answered)} ({model})"
    )
