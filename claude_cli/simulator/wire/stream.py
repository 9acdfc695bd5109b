"""Message → server-sent events, in the exact form in which the API streams them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

DELTA_CHARACTERS = 12
"""Of text in a delta, unless told otherwise."""
_END_FIELDS = ("stop_reason", "stop_sequence", "stop_details", "container", "context_management")
_END_USAGE = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
    "iterations",
)


def stream_events(
    message: dict[str, Any],
    content: Iterable[bytes] | None = None,
    cut_input: str | None = None,
    delta_characters: int = DELTA_CHARACTERS,
) -> Iterator[bytes]:
    """The events of an answer, each with its closing blank line.

    `content`: those of its blocks, where they were encoded before. With `cut_input` the last block
    is a tool call that ends in the middle of its JSON.
    """
    yield _start_event(message)
    if content is None:
        content = content_events(message["content"], cut_input, delta_characters)
    yield from content
    yield from _end_events(message)


def encode_event(data: dict[str, Any]) -> bytes:
    payload = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {data['type']}\ndata: {payload}\n\n".encode(errors="replace")


def is_delta(event: bytes) -> bool:
    return event.startswith(b"event: content_block_delta\n")


def _start_event(message: dict[str, Any]) -> bytes:
    """The skeleton: no content, no stop reason yet, of the output a token or two."""
    usage = dict(message["usage"])
    usage["output_tokens"] = min(1, usage["output_tokens"])
    for name in ("output_tokens_details", "iterations"):
        usage.pop(name, None)
    begun = {name: value for name, value in message.items() if name not in _END_FIELDS}
    empty: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return encode_event({"type": "message_start", "message": {**begun, **empty, "usage": usage}})


def content_events(
    content: list[dict[str, Any]],
    cut_input: str | None = None,
    delta_characters: int = DELTA_CHARACTERS,
) -> Iterator[bytes]:
    """The blocks, with a ping after the first has begun."""
    for index, block in enumerate(content):
        yield encode_event(
            {"type": "content_block_start", "index": index, "content_block": _opened(block)}
        )
        if index == 0:
            yield encode_event({"type": "ping"})
        is_cut = cut_input is not None and index == len(content) - 1
        deltas = _input_deltas(cut_input or "", delta_characters) if is_cut else None
        for delta in deltas or _deltas(block, delta_characters):
            yield encode_event({"type": "content_block_delta", "index": index, "delta": delta})
        if not is_cut:
            yield encode_event({"type": "content_block_stop", "index": index})


def _end_events(message: dict[str, Any]) -> Iterator[bytes]:
    """Why it ended and what it cost. Counts are those of the whole answer."""
    delta = {name: message[name] for name in _END_FIELDS if name in message}
    usage = message["usage"]
    counts = {name: usage[name] for name in _END_USAGE if usage.get(name) is not None}
    yield encode_event({"type": "message_delta", "delta": delta, "usage": counts})
    yield encode_event({"type": "message_stop"})


def _opened(block: dict[str, Any]) -> dict[str, Any]:
    """A block as it begins."""
    match block["type"]:
        case "text":
            return {**block, "text": "", **({"citations": []} if block.get("citations") else {})}
        case "thinking":
            return {**block, "thinking": "", "signature": ""}
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            return {**block, "input": {}}
        case "compaction":
            return {**block, "content": None, "encrypted_content": None}
    return block


def _deltas(block: dict[str, Any], characters: int) -> Iterator[dict[str, Any]]:
    match block["type"]:
        case "text":
            for piece in _pieces(block["text"], characters):
                yield {"type": "text_delta", "text": piece}
            for citation in block.get("citations") or ():
                yield {"type": "citations_delta", "citation": citation}
        case "thinking":
            for piece in _pieces(block["thinking"], characters):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            yield from _input_deltas(json.dumps(block["input"], ensure_ascii=False), characters)
        case "compaction":
            yield {**block, "type": "compaction_delta"}


def _input_deltas(text: str, characters: int) -> Iterator[dict[str, Any]]:
    """The first delta is empty, as it is on the wire."""
    for piece in ("", *_pieces(text, characters)):
        yield {"type": "input_json_delta", "partial_json": piece}


def _pieces(text: str, characters: int) -> Iterator[str]:
    return (text[start : start + characters] for start in range(0, len(text), characters))
