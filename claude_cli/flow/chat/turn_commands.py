"""Slash commands that ask again or change what the next turn builds on, and what it all takes."""

from claude_cli.errors import ExitCode
from claude_cli.flow.chat.compaction import plan_summary, sum_up
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.models.catalog import facts
from claude_cli.models.prices import format_usd
from claude_cli.session.summary import title_of


def undo(chat: Dialogue, argument: str) -> None:
    chat.screen.tell([f"taken back: {title_of(chat.undo())}"])


def retry(chat: Dialogue, argument: str) -> ExitCode:
    return chat.retry()


def edit(chat: Dialogue, argument: str) -> ExitCode:
    return chat.edit_last(argument)


def go_on(chat: Dialogue, argument: str) -> ExitCode:
    return chat.go_on()


def compact(chat: Dialogue, argument: str) -> None:
    plan = plan_summary(chat)
    chat.screen.tell([str(plan)])
    if not chat.agree("sum up? [y/N] "):
        chat.screen.tell(["nothing was changed"])
        return
    chat.screen.show_document(f"{sum_up(chat, plan)}\n")
    chat.screen.tell([f"this takes the turns' place: the context is {chat.count():,} tokens now"])
    chat.raise_trouble()


def clear(chat: Dialogue, argument: str) -> None:
    chat.clear()
    chat.screen.tell(["the context is empty; what was said stays in the session"])


def count(chat: Dialogue, argument: str) -> None:
    tokens, window = chat.count(), facts(chat.requests.known_model).context_window
    share = f" of {window:,}" if window else ""
    chat.screen.tell([f"{tokens:,}{share} tokens"])


def usage(chat: Dialogue, argument: str) -> None:
    spent = chat.totals.usage
    counts = {
        "in": spent.get("input_tokens"),
        "out": spent.get("output_tokens"),
        "cache write": spent.get("cache_creation_input_tokens"),
        "cache read": spent.get("cache_read_input_tokens"),
    }
    tokens = ", ".join(f"{value or 0:,} {name}" for name, value in counts.items())
    cost = format_usd(chat.totals.cost_usd)
    answers = "1 answer" if chat.totals.answers == 1 else f"{chat.totals.answers} answers"
    chat.screen.tell([f"{answers}: {tokens} · cost {cost}"])
