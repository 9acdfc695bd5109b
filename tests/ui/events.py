"""Events of a stream, and a finished answer, for the tests of what draws them."""

import json
import re
from decimal import Decimal
from typing import Any, cast

from claude_cli.types import Answer, Message, ResponseFacts, StreamEvent


def event(kind: str, **fields: Any) -> StreamEvent:
    data = {"type": kind, **fields}
    return StreamEvent(cast(Any, data), json.dumps(data, ensure_ascii=False))


def delta(kind: str, index: int = 0, **fields: Any) -> StreamEvent:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def words(text: str) -> StreamEvent:
    return delta("text_delta", text=text)


def thought(text: str) -> StreamEvent:
    return delta("thinking_delta", thinking=text)


def block(kind: str, *deltas: StreamEvent, **fields: Any) -> list[StreamEvent]:
    """Return the start of a content block, `deltas`, and its stop."""
    start = event("content_block_start", index=0, content_block={"type": kind, **fields})
    return [start, *deltas, event("content_block_stop", index=0)]


def text_block(*deltas: str) -> list[StreamEvent]:
    return block("text", *map(words, deltas), text="")


def streamed(*events: StreamEvent, stop_reason: str = "end_turn") -> list[StreamEvent]:
    """Return `events` as the content of one message."""
    return [
        event("message_start", message={"id": "msg_1", "type": "message", "content": []}),
        *events,
        event("message_delta", delta={"stop_reason": stop_reason}),
        event("message_stop"),
    ]


def answer(*texts: str, **fields: Any) -> Answer:
    """Return a finished answer with a text block for each of `texts`."""
    message: Message = {
        "id": "msg_1",
        "type": "message",
        "content": [{"type": "text", "text": text} for text in texts],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 1000,
            "output_tokens": 500,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }
    known = {
        "message": message,
        "session": None,
        "cost_usd": Decimal("0.0105"),
        "seconds": 4.67,
        "first_token_seconds": 0.42,
        "facts": ResponseFacts("req_1", "org_1"),
        "turns": 1,
    }
    fields.setdefault("usage", fields.get("message", message).get("usage") or {})
    return Answer(**cast(Any, known | fields))


def unstyled(shown: str) -> str:
    """What a terminal was sent, without styles, and with the time of thinking as `N`."""
    return re.sub(
        r"\(thought for [0-9.]+ s\)", "(thought for N s)", re.sub(r"\x1b\[\d*m", "", shown)
    )
