"""What of a stored conversation goes back to the API when it goes on. Pure.

What the server sent goes back unchanged, in its order of keys. Left out is only what the API
refuses: turns that ended in a refusal, empty text, what a cut left unfinished, and calls of server
tools that never got their result (Anthropic's Messages API, "messages", "Client tool loop", "Open
calls in history"). Thinking of another model goes back, too: the API drops what this one cannot
read, and reads it again once its own model is back.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from claude_cli.session.format import Content, Record
from claude_cli.session.prompts import blocks_of
from claude_cli.types import ContentBlock, MessageParam

NOT_RUN = "This call was not run: the conversation went on without its result."

SERVER_CALLS = ("server_tool_use", "mcp_tool_use")
THINKING = ("thinking", "redacted_thinking")

_SERVER_ID = re.compile(r"(srvtoolu|mcptoolu)_[a-zA-Z0-9_]+")
_BLANK: ContentBlock = {"type": "text", "text": "."}
"""Stands for a prompt without words: the API refuses an empty one, and an answer without it."""


def messages_of(chain: list[Record]) -> list[MessageParam]:
    """Records that follow each other, as messages. Blocks are their own: do not change them."""
    results: set[str] | None = None
    calls: list[str] = []
    messages: list[MessageParam] = []
    for record in chain:
        if record["kind"] == "user":
            messages.append({"role": "user", "content": _user_content(record["content"], calls)})
            calls = []
            continue
        if record["kind"] == "summary":
            messages.append({"role": "user", "content": record["prompt"]})
        if _is_plain_text(record):
            blocks = record["message"]["content"]
        else:
            results = _server_results(chain) if results is None else results
            blocks = answer_content(record, results)
            calls = [*calls, *open_calls(blocks)]
        if record["kind"] == "summary":  # its thinking is bound to all that it stands for
            blocks = [block for block in blocks if block["type"] not in THINKING]
        messages.append({"role": "assistant", "content": blocks})
    return messages


def answer_content(record: Record, results: Iterable[str] = ()) -> list[ContentBlock]:
    """The blocks of an answer that may be sent.

    `results` are the ids of calls whose result stands in a later answer: the server went on with
    this one after a pause. May be empty: the API takes an empty answer.
    """
    if _is_plain_text(record):
        return record["message"]["content"]
    cut = record.get("status") == "partial"
    kept = _since_fallback(record["message"]["content"])
    kept = [b for b in kept if _may_be_sent(b, cut=cut)]
    kept = _without_open_calls(kept, {*results, *_results_in(kept)})
    if prefill := record.get("prefill"):
        kept = _with_prefill(prefill, kept)
    return kept if any(map(_says_something, kept)) else []


def is_refused(turn: list[Record]) -> bool:
    """Whether the API refused the turn: then its prompt and its answer are not sent again."""
    last = turn[-1]
    return last["kind"] == "assistant" and last["message"].get("stop_reason") == "refusal"


def without_empty_text(blocks: list[ContentBlock]) -> list[ContentBlock]:
    """The blocks of an answer that the server goes on with: unchanged but for what it refuses."""
    return [block for block in blocks if block["type"] != "text" or block.get("text")]


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


def _user_content(content: Content, calls: list[str]) -> Content:
    """A user record's content with the results that the answer before it needs, and no other."""
    if isinstance(content, str) and not calls:
        return [_BLANK] if _is_blank(content) else content
    if content and not calls and all(map(_is_words, content)):
        return content
    completed = blocks_of(complete_calls(content, calls, []))
    blocks = [_without_empty_parts(block) for block in completed if _is_sent(block)]
    if all(block["type"] == "text" and _is_blank(block["text"]) for block in blocks):
        return [_BLANK]
    return blocks if blocks != content else content


def _is_words(block: Any) -> bool:
    text = block.get("text")
    return block["type"] == "text" and isinstance(text, str) and not _is_blank(text)


def _is_sent(block: ContentBlock) -> bool:
    return block["type"] != "text" or (isinstance(block.get("text"), str) and block["text"] != "")


def _without_empty_parts(block: ContentBlock) -> ContentBlock:
    """The result of a tool without empty text, which the API refuses inside it too."""
    parts = block.get("content") if block["type"] == "tool_result" else None
    if not isinstance(parts, list) or not any(_is_empty_text(part) for part in parts):
        return block
    return {**block, "content": [part for part in parts if not _is_empty_text(part)]}


def _is_empty_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and part.get("text") == ""


def _is_plain_text(record: Record) -> bool:
    """Most answers are, and each is looked at before every request: 10 000 in a long session."""
    if record.get("prefill"):
        return False
    for block in record["message"]["content"]:
        text = block.get("text")
        if block["type"] != "text" or not isinstance(text, str) or _is_blank(text):
            return False
    return True


def _may_be_sent(block: ContentBlock, *, cut: bool) -> bool:
    match block["type"]:
        case "text":
            return isinstance(block.get("text"), str) and block["text"] != ""
        case "thinking":
            # Without its signature a block cannot be verified: a cut came before it.
            return not cut or bool(block.get("signature"))
        case "tool_use":
            return isinstance(block.get("input"), dict) and isinstance(block.get("id"), str)
        case "server_tool_use" | "mcp_tool_use":
            return isinstance(block.get("id"), str)
    return True


def _says_something(block: ContentBlock) -> bool:
    if block["type"] == "text":
        return not _is_blank(block["text"])
    return block["type"] not in THINKING


def _since_fallback(blocks: list[ContentBlock]) -> list[ContentBlock]:
    """Of what a model had begun before another took over, the API takes back the words alone."""
    last = max((n for n, b in enumerate(blocks) if b["type"] == "fallback"), default=0)
    begun = (*THINKING, "connector_text", "tool_use")
    return [b for n, b in enumerate(blocks) if n >= last or b["type"] not in begun]


def _without_open_calls(blocks: list[ContentBlock], results: set[str]) -> list[ContentBlock]:
    """Server tools are run by the server alone: a call that it did not finish gets no result any
    more, and neither do the client calls that were made from it."""
    calls = [b["id"] for b in blocks if b["type"] in SERVER_CALLS]
    gone = {call for call in calls if call not in results or not _SERVER_ID.fullmatch(call)}
    if not gone:
        return blocks
    return [block for block in blocks if _call_behind(block) not in gone]


def _call_behind(block: Any) -> str:
    """The call of a server tool that a block is, was made from, or answers; "" for none."""
    if block["type"] in SERVER_CALLS:
        return str(block["id"])
    if block["type"] != "tool_use":
        return str(block.get("tool_use_id", ""))
    caller = block.get("caller")
    return str(caller.get("tool_id", "")) if isinstance(caller, dict) else ""


def _server_results(chain: list[Record]) -> set[str]:
    """Ids of the calls that answers of the chain hold results for."""
    answers = (record["message"]["content"] for record in chain if record["kind"] == "assistant")
    return {call for blocks in answers for call in _results_in(blocks)}


def _results_in(blocks: list[ContentBlock]) -> Iterator[str]:
    for block in blocks:
        call = block.get("tool_use_id")
        if isinstance(call, str):
            yield call


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


def _is_blank(text: str) -> bool:
    """Whether a text has no words. It is not stripped for that: the copy would be thrown away."""
    return not text or text.isspace()
