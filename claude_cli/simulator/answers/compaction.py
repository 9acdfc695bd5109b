"""Compaction on the server: a block that stands for the messages before it, and what it cost."""

from typing import Any

from claude_cli.simulator.checks.models import Model
from claude_cli.simulator.checks.prompt import compaction_edit
from claude_cli.simulator.checks.signatures import Origin, sign
from claude_cli.simulator.checks.tokens import block_tokens, count_input

USUAL_TRIGGER = 150_000
"""Input tokens from which a conversation is compacted, unless the request says otherwise."""
_COUNTED = ("input_tokens", "output_tokens", "cache_creation_input_tokens",
            "cache_read_input_tokens")  # fmt: skip


def is_due(body: dict[str, Any], input_tokens: int) -> bool:
    """Whether an edit of the request has the conversation compacted before it is answered."""
    edit = compaction_edit(body)
    trigger = (edit.get("trigger") or {}).get("value", USUAL_TRIGGER) if edit else input_tokens
    return input_tokens > trigger


def pauses(body: dict[str, Any]) -> bool:
    """Whether the block is all of the answer."""
    edit = compaction_edit(body) or {}
    return bool(body.get("compaction") or edit.get("pause_after_compaction"))


def summary(body: dict[str, Any], model: Model) -> dict[str, Any]:
    words = f"Simulated summary of {len(body['messages'])} message(s)."
    return {"type": "compaction", "content": words, "signature": sign(words, Origin(model.id))}


def with_iterations(
    usage: dict[str, Any], body: dict[str, Any], content: list[dict[str, Any]]
) -> dict[str, Any]:
    """The usage with its `iterations`, where the API tells them: one for each time that a model was
    asked. A compaction is among them alone, not in the counts of the whole.
    """
    if not _tells_iterations(body):
        return usage
    if not content or content[0]["type"] != "compaction":
        return {**usage, "iterations": [_iteration("message", usage)]}
    written = block_tokens(content[0])
    iterations = [_iteration("compaction", {**usage, "output_tokens": written})]
    left = dict.fromkeys(_COUNTED, 0)
    if len(content) > 1:
        after = {**body, "messages": [{"role": "assistant", "content": content[:1]}]}
        left["input_tokens"] = count_input(after)
        left["output_tokens"] = usage["output_tokens"] - written
        iterations.append(_iteration("message", left))
    nothing = dict.fromkeys(usage["cache_creation"], 0)
    return {**usage, **left, "cache_creation": nothing, "iterations": iterations}


def _iteration(kind: str, usage: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, **{name: usage[name] for name in _COUNTED}}


def _tells_iterations(body: dict[str, Any]) -> bool:
    advised = any((tool.get("type") or "").startswith("advisor_") for tool in body.get("tools", []))
    compacts = body.get("compaction") or compaction_edit(body) is not None
    return bool(compacts or body.get("fallbacks") or advised)
