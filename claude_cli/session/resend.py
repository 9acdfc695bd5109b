"""What of a stored answer goes back to the API when the conversation goes on. Pure.

What the server sent goes back unchanged, in its order of keys. Left out is only what the API
refuses: empty text, thinking of another model, and what a cut left unfinished (Anthropic's
Messages API, "messages", "Thinking: rules" and "Client tool loop").
"""

import re
from typing import Any

from claude_cli.session.records import Content, Record, blocks_of
from claude_cli.types import ContentBlock

NOT_RUN = "This call was not run: the conversation went on without its result."

_VERSION = re.compile(r"[-@](?:\d{8}|latest)$")


def answer_content(
    record: Record, model: str | None = None, *, resumed: bool = False
) -> list[ContentBlock]:
    """The blocks of an assistant record that may be sent to `model` (None: to the same one).

    `resumed` says that the next message is the server's own continuation of a paused answer,
    which must see it unchanged. May be empty: the API takes an empty answer.
    """
    blocks = record["message"]["content"]
    if _is_plain_text(record):
        return blocks
    keep_thinking = model in (None, record.get("model")) or _is_of_model(record, model)
    cut = record.get("status") == "partial"
    kept = [b for b in blocks if _may_be_sent(b, keep_thinking=keep_thinking, cut=cut)]
    if not resumed and (cut or record["message"].get("stop_reason") == "pause_turn"):
        kept = _without_open_server_calls(kept)
    if prefill := record.get("prefill"):
        kept = _with_prefill(prefill, kept)
    if all(block["type"] == "text" and not block["text"].strip() for block in kept):
        return []
    return kept


def _is_plain_text(record: Record) -> bool:
    """Most answers are, and each is looked at before every request: 10 000 in a long session."""
    if record.get("prefill"):
        return False
    for block in record["message"]["content"]:
        text = block.get("text")
        if block["type"] != "text" or not isinstance(text, str) or not text.strip():
            return False
    return True


def open_calls(blocks: list[ContentBlock]) -> list[str]:
    """Ids of the client tool calls, each of which the next user message must answer."""
    return [b["id"] for b in blocks if b["type"] == "tool_use"]


def complete_calls(content: Content, calls: list[str], known: Content) -> Content:
    """`content` with a result for each of `calls` and no other, in front of all else, in order.

    Results come from `content` itself, else from `known`, else they say that nothing was run.
    """
    if isinstance(content, str) and not calls:
        return content
    results = _results(known) | _results(content)
    answered = [results.get(call) or _not_run(call) for call in calls]
    return [*answered, *(b for b in blocks_of(content) if b["type"] != "tool_result")]


def same_model(one: str, other: str) -> bool:
    """True for two names of one model: an alias and a dated id count as the same."""
    return one == other or _VERSION.sub("", one) == _VERSION.sub("", other)


def _is_of_model(record: Record, model: str) -> bool:
    """A record that names no model at all counts as the same: nothing speaks against it."""
    names: list[Any] = [record.get("model"), record["message"].get("model")]
    known = [name for name in names if isinstance(name, str)]
    return not known or any(same_model(name, model) for name in known)


def _may_be_sent(block: ContentBlock, *, keep_thinking: bool, cut: bool) -> bool:
    match block["type"]:
        case "text":
            return isinstance(block.get("text"), str) and block["text"] != ""
        case "thinking":
            # Without its signature a block cannot be verified: a cut came before it.
            return keep_thinking and (not cut or bool(block.get("signature")))
        case "redacted_thinking":
            return keep_thinking
        case "tool_use":
            return isinstance(block.get("input"), dict) and isinstance(block.get("id"), str)
    return True


def _without_open_server_calls(blocks: list[ContentBlock]) -> list[ContentBlock]:
    """Server tools are run by the server alone: a call that it did not finish has no result."""
    answered = [block.get("tool_use_id") for block in blocks]
    calls = ("server_tool_use", "mcp_tool_use")
    return [b for b in blocks if b["type"] not in calls or b.get("id") in answered]


def _with_prefill(prefill: str, blocks: list[ContentBlock]) -> list[ContentBlock]:
    if blocks and blocks[0]["type"] == "text":
        first = blocks[0].copy()
        first["text"] = prefill + first["text"]
        return [first, *blocks[1:]]
    return [ContentBlock(type="text", text=prefill), *blocks]


def _results(content: Content) -> dict[str, ContentBlock]:
    results = [block for block in blocks_of(content) if block["type"] == "tool_result"]
    return {b["tool_use_id"]: b for b in results if isinstance(b.get("tool_use_id"), str)}


def _not_run(call: str) -> ContentBlock:
    return ContentBlock(type="tool_result", tool_use_id=call, content=NOT_RUN, is_error=True)
