"""Request flags → the parameters of a Messages body. Pure.

A parameter that nobody set is not sent: newer models refuse even a default `temperature`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from claude_cli.commandline.flags import RequestFlags
from claude_cli.errors import UsageError
from claude_cli.types import RequestBody

PLAIN = {
    "model": "model",
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop": "stop_sequences",
    "service_tier": "service_tier",
}
"""Flag → the body key that takes its value as it is."""

Parameter = tuple[str, str, Any]
"""The flag that gives it, its dotted place in the body, its value."""


INTERLEAVED = "interleaved-thinking-2025-05-14"
"""The beta under which a thinking budget spans several answers, so may exceed max_tokens."""


def parameters(
    flags: RequestFlags, *, schema: dict[str, Any] | None, shows_thinking: bool
) -> Iterator[Parameter]:
    """Yield what the flags set; `schema` is what --schema held.

    Raises UsageError for a value that no server would understand.
    """
    for flag, key in PLAIN.items():
        if (value := getattr(flags, flag)) is not None:
            yield flag, key, value
    if flags.user_id is not None:
        yield "user_id", "metadata.user_id", flags.user_id
    if flags.thinking is not None:
        yield "thinking", "thinking", _thinking(flags.thinking, shows_thinking)
    if flags.effort is not None:
        yield "effort", "output_config.effort", flags.effort
    if schema is not None:
        output_format = {"type": "json_schema", "schema": schema}
        yield "schema", "output_config.format", output_format
    if flags.cache in ("5m", "1h"):
        ttl = {"ttl": "1h"} if flags.cache == "1h" else {}
        yield "cache", "cache_control", {"type": "ephemeral", **ttl}
    if flags.tool_choice is not None:
        yield "tool_choice", "tool_choice", _tool_choice(flags.tool_choice)


def check_budget(body: RequestBody, betas: Iterable[str]) -> None:
    """Raise UsageError where thinking would leave no room for an answer."""
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    most = body.get("max_tokens")
    fits = not isinstance(budget, int) or not isinstance(most, int) or budget < most
    if not fits and INTERLEAVED not in betas:
        raise UsageError(
            f"--thinking {budget} leaves no room in --max-tokens {most}",
            hint=f"raise --max-tokens, or allow it with --beta {INTERLEAVED}",
        )


def _thinking(value: str, shown: bool) -> dict[str, Any]:
    if value == "off":
        return {"type": "disabled"}
    if value == "adaptive":
        return {"type": "adaptive", **({"display": "summarized"} if shown else {})}
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        what = f"--thinking is off, adaptive or a number of tokens, not {value!r}"
        raise UsageError(what, flag="thinking")
    if int(value) < 1024:
        what = "--thinking: the API takes a budget of at least 1024 tokens"
        raise UsageError(what, flag="thinking")
    return {"type": "enabled", "budget_tokens": int(value)}


def _tool_choice(name: str) -> dict[str, Any]:
    return {"type": name} if name in ("auto", "any", "none") else {"type": "tool", "name": name}


def forbid_parallel_tools(body: RequestBody) -> None:
    """Ask for one call at a time, where there are tools: without them the API takes no choice."""
    if body.get("tools"):
        choice = body.setdefault("tool_choice", {"type": "auto"})
        if choice.get("type") != "none":
            choice["disable_parallel_tool_use"] = True
