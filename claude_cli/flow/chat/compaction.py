"""A summary that replaces a conversation: priced, requested, checked."""

from decimal import Decimal
from typing import NamedTuple

from claude_cli.errors import InputError, UsageError
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.models.prices import format_usd
from claude_cli.turn.exchange import exchange_aside
from claude_cli.types import ContentBlock, Message, RequestBody
from claude_cli.ui.pieces import text_of

SUMMARISE: ContentBlock = {
    "type": "text",
    "text": "Write a summary of our conversation that will take its place: from here on you will "
    "see nothing of it but this summary. Keep what I asked for, what was decided and why, names, "
    "numbers, paths and code that are still needed, and what is left to do. Write the summary "
    "alone, without a greeting, in 1,500 words or fewer.",
}
TOO_SHORT = 150
"""Tokens of turns that no summary makes shorter."""


class Plan(NamedTuple):
    """A summary that can be had."""

    body: RequestBody
    tokens: int
    """How many the request has, as the API counts them."""
    replaced: int
    """How many of them are the turns whose place it takes."""
    most_usd: Decimal | None
    """What it costs at most; None where the price is not known."""

    def __str__(self) -> str:
        costs = "its price is not known"
        if self.most_usd is not None:
            costs = f"it costs at most {format_usd(self.most_usd)}"
        return (
            f"a summary of {self.replaced:,} tokens takes {self.tokens:,} tokens in and at most "
            f"{self.body['max_tokens']:,} out: {costs}"
        )


def plan_summary(chat: Dialogue) -> Plan:
    """Price a summary of all turns so far; what it takes to know that is free.

    Raises UsageError where there is nothing to sum up, or to gain: a summary is hardly ever
    shorter.
    """
    if chat.transcript.base is None:
        raise UsageError("nothing was said yet: there is nothing to sum up")
    body = chat.requests.behind_all_turns([SUMMARISE])
    chat.check_cost(body)
    tokens = chat.guard.count(chat.client, body)
    alone = chat.guard.count(chat.client, {**body, "messages": body["messages"][-1:]})
    replaced = tokens - alone
    if replaced <= TOO_SHORT:
        raise UsageError(f"there is nothing to gain: the turns are {replaced:,} tokens")
    return Plan(body, tokens, replaced, chat.guard.most([body], [tokens]))


def sum_up(chat: Dialogue, plan: Plan) -> str:
    """Put a summary, written by the model, in the place of all turns so far; return its text.

    Raises what the client raises, and InputError where it is not whole: nothing has changed then.
    """
    body, summary = exchange_aside(chat.setting(), plan.body)
    _check(summary)
    chat.sum_up([SUMMARISE], summary, body["model"])
    return text_of(summary, citing="none")


def _check(message: Message) -> None:
    """Raise InputError for an answer that is empty, or no whole summary."""
    if message.get("stop_reason") != "end_turn":
        why = message.get("stop_reason")
        raise InputError(f"the summary is not whole ({why}): nothing was changed")
    if not text_of(message, citing="none").strip():
        raise InputError("the model wrote no summary: nothing was changed")
