"""Which sampling passes of an answer are billed, and as whose tokens. Pure.

Most answers are one pass. With compaction, fallbacks or an advisor, `usage.iterations` has an entry
for each; the counts beside it are for display and leave some out: see the API's page on compaction.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from claude_cli.types import Usage

COUNTS = (
    *("input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens"),
)
_OF_THE_ANSWER = ("service_tier", "inference_geo", "speed")
"""What the usage of an answer tells of all its passes."""


class Pass(NamedTuple):
    """One sampling pass: its model, and its counts as a usage of its own; empty if unreadable."""

    model: str
    usage: Usage


def billed_passes(message: Mapping[str, Any], asked: str) -> list[Pass]:
    """Return the passes of an answer that are billed; `asked` is the model that was asked for.

    A refusal before the first word is free, and so is a model that declined before it when a
    fallback answered.
    """
    answered = message.get("model")
    model = answered if isinstance(answered, str) and answered else asked
    usage: Any = message.get("usage")
    if not isinstance(usage, dict):
        return [Pass(model, {})]
    if message.get("stop_reason") == "refusal" and usage.get("output_tokens") == 0:
        return []
    entries = usage.get("iterations")
    if not isinstance(entries, list) or not entries:
        return [Pass(model, usage)]  # type: ignore[arg-type]
    fell_back = any(_kind(entry) == "fallback_message" for entry in entries)
    shared = {name: usage.get(name) for name in _OF_THE_ANSWER}
    passes = []
    for entry in entries:
        own = dict(entry) if isinstance(entry, dict) else {}
        if fell_back and _kind(entry) == "message" and own.get("output_tokens") == 0:
            continue
        named = None if _kind(entry) == "compaction" else own.get("model")
        asked_of = named if isinstance(named, str) and named else asked if fell_back else model
        passes.append(Pass(asked_of, shared | own if own else {}))  # type: ignore[arg-type]
    if passes and usage.get("server_tool_use"):
        passes[0].usage["server_tool_use"] = usage["server_tool_use"]
    return passes


def billed_usage(message: Mapping[str, Any], asked: str) -> Usage | None:
    """Return the usage of an answer with the counts of all passes that are billed.

    One without `iterations` is returned as it is. None where there is none.
    """
    usage: Any = message.get("usage")
    if not isinstance(usage, dict) or not usage.get("iterations"):
        return usage if isinstance(usage, dict) else None  # type: ignore[return-value]
    passes = billed_passes(message, asked)
    sums = {name: _sum([one.usage.get(name) for one in passes]) for name in COUNTS}
    return {**usage, **sums}  # type: ignore[return-value]


def _kind(entry: Any) -> Any:
    return entry.get("type") if isinstance(entry, dict) else None


def _sum(counts: list[Any]) -> int | None:
    """The sum of counts, null as 0; None where one is no number."""
    if not all(count is None or type(count) is int for count in counts):
        return None
    return sum(count or 0 for count in counts)
