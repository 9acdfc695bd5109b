"""Counts the input tokens of a request before it is sent, and the share of each part."""

from collections.abc import Iterator
from typing import Any, Literal

from claude_cli.api.client import ApiClient
from claude_cli.api.messages import count_tokens
from claude_cli.commandline.flags.asked import Asked
from claude_cli.flow.count.attached import weigh_all
from claude_cli.models import catalog
from claude_cli.models.prices import Prices, format_usd
from claude_cli.turn.compose import Composed, compose
from claude_cli.turn.connection import connect
from claude_cli.turn.request import PLACEHOLDER
from claude_cli.turn.spending import price_table
from claude_cli.turn.toolcalls import Tools
from claude_cli.types import MessageParam, RequestBody
from claude_cli.ui.notices import Notices
from claude_cli.ui.streams import open_stdout

WIDE = 10_000
"""Columns of a line that nobody reads on a terminal."""
PARTS = {"system": ("system",), "tools": ("tools", "tool_choice")}
"""Part → the fields of the body that go with it."""


def count(asked: Asked, format: Literal["text", "json"], notices: Notices) -> None:
    """Print the number of input tokens; its price goes to stderr."""
    stdout = open_stdout()
    with Tools(asked.tools, asked.connection, notices, asked.mcp) as tools:
        composed = compose(asked, notices, tools)
    prices = price_table(asked.connection)
    attached = weigh_all(composed.question.attachments, composed.body["model"], prices)
    with connect(asked.connection, notices, complete=tools.complete) as client:
        total = count_tokens(client, composed.body)
        minimum = catalog.facts(prices.names.known_as(composed.body["model"])).cache_minimum
        if format == "text":
            for line in attached.lines(notices.width or WIDE) if attached.weights else ():
                notices.notice(line)
            stdout.write(f"{total}\n")
        else:
            import json

            shares = dict(_shares(client, composed, total))
            cacheable = None if minimum is None else total >= minimum
            counted: dict[str, Any] = {"input_tokens": total, "shares": shares}
            counted |= {"cacheable": cacheable, "attachments": [*attached.objects()]}
            stdout.write(json.dumps(counted, ensure_ascii=False) + "\n")
        notices.notice(_price(prices, composed.body, total))
        if minimum is not None:
            notices.notice(_cacheable(total, minimum))


def _cacheable(tokens: int, minimum: int) -> str:
    """Say whether the prompt cache takes a prompt of so many tokens."""
    if tokens < minimum:
        return f"too short to be cached: {minimum} tokens are the least"
    return f"long enough to be cached: {minimum} tokens are the least"


def _shares(client: ApiClient, composed: Composed, total: int) -> Iterator[tuple[str, int]]:
    """Yield how many tokens fewer the request has without its system prompt, its tools, each of
    its attachments: by differences, for there is no other way to know."""
    for part, fields in PARTS.items():
        if part in composed.body:
            rest = {key: value for key, value in composed.body.items() if key not in fields}
            if part == "tools":
                rest["messages"] = [*map(_without_uploads, rest["messages"])]
            yield part, total - count_tokens(client, rest)
    names: list[str] = []
    for position, source in enumerate(composed.question.attachments):
        name = source.name or source.reference
        names.append(name)
        without = count_tokens(client, _without(composed, position))
        yield name if names.count(name) == 1 else f"{name} ({names.count(name)})", total - without


def _without_uploads(message: MessageParam) -> MessageParam:
    """The message without files for code: the API takes them only with the tool that runs it."""
    content = message["content"]
    if isinstance(content, str):
        return message
    kept = [block for block in content if block["type"] != "container_upload"]
    return {**message, "content": kept or [PLACEHOLDER]}


def _without(composed: Composed, position: int) -> RequestBody:
    """The body without one of the attachments, which are the first blocks of the question; what
    stands before them are results for tool calls of the session."""
    asked = composed.turn.content
    position += len(asked) - len(composed.question.content)
    content = [block for number, block in enumerate(asked) if number != position]
    messages: list[Any] = [*composed.body["messages"]]
    for place, message in reversed([*enumerate(messages)]):
        if message["content"] == asked:  # equal: with -o it is a copy
            messages[place] = {**message, "content": content or [PLACEHOLDER]}
            break
    return {**composed.body, "messages": messages}


def _price(prices: Prices, body: RequestBody, tokens: int) -> str:
    """Say what the input costs, and the most that an answer can add."""
    model, most = body["model"], body.get("max_tokens")
    if type(most) is not int:
        most = catalog.default_max_tokens(prices.names.known_as(model), None)
    asked, answered = prices.estimate(model, tokens, 0), prices.estimate(model, 0, most)
    return (
        f"input {format_usd(asked)}; an answer of {most} tokens, the most that is allowed, "
        f"would add {format_usd(answered)} ({model})"
    )
