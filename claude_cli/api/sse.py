"""Server-sent events → events of a Messages stream. Pure; knows no HTTP."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from claude_cli.api import failures
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.types import StreamEvent
from claude_cli.values.sse import ServerSentEvent
from claude_cli.values.strict_json import EXCERPT, decode_json
from claude_cli.values.surrogates import ends_in_half, mend_surrogates, move_half

FEWEST = 8
"""Events in a chunk that are worth a look."""


def join_halves(events: Iterable[ServerSentEvent]) -> Iterator[ServerSentEvent]:
    """Yield the events; a character whose halves came in two deltas is whole in the second one.

    Only an event that ends in a first half waits for the next one.
    """
    held: ServerSentEvent | None = None
    try:
        for event in events:
            if held:
                first, second = move_half(held.data, event.data)
                yield held._replace(data=first)
                event = event._replace(data=second)
            held = event if ends_in_half(event.data) else None
            if not held:
                yield event
    except ClaudeCliError:
        if held:
            yield held
        raise
    if held:
        yield held


def parse_event(event: ServerSentEvent) -> StreamEvent:
    """Return what `event` says; its data is one JSON object with a string `type`.

    The event's name is not looked at, for `type` says the same, but a ping is one whatever it
    holds, and an error too; data with an error object is an error whatever its type. Raises
    ProtocolError, which shows the start of the data, for everything else.
    """
    name, text, raw = event
    text = mend_surrogates(text)
    try:
        data = decode_json(text)
        if name == "error" or failures.is_error(data):
            data = _as_error(data)
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise ProtocolError(f"the server sent an event without a type: {text[:EXCERPT]}")
    except ProtocolError:
        if name == "error":
            return StreamEvent({"type": "error", "error": {"message": text}}, text)
        if name != "ping":
            raise
        return StreamEvent({"type": "ping"}, '{"type":"ping"}')
    # In JSON that was accepted, a line end can only be white space between two tokens.
    if "\n" in text or "\r" in text:
        text = text.replace("\n", " ").replace("\r", " ")
    return StreamEvent(data, raw or text)  # type: ignore[arg-type]


def _as_error(data: Any) -> dict[str, Any]:
    """Return what tells of an error as an `error` event."""
    if failures.is_error(data):
        return {**data, "type": "error"}
    return {"type": "error", "error": data if isinstance(data, dict) else {"message": str(data)}}


@cache
def _text_delta() -> re.Pattern[str]:
    """The event as the API writes it, in three: up to its text, the text, the rest. One with `\\u`
    is none: a character may have been cut in two there."""
    head = r'\{"type": ?"content_block_delta", ?"index": ?\d+, ?"delta": ?'
    text = r'[^"\\\x00-\x1f]*(?:\\["\\/bfnrt][^"\\\x00-\x1f]*)*'
    return re.compile(rf'({head}\{{"type": ?"text_delta", ?"text": ?")({text})("\}} *\}})')


def merged(events: list[ServerSentEvent]) -> list[ServerSentEvent]:
    """The events that came at once; deltas of a text block that follow each other become one, with
    all that was sent as its `raw`, a line each. One delta costs the same, however long it is."""
    if len(events) < FEWEST:
        return events
    match = _text_delta().fullmatch
    together: list[ServerSentEvent] = []
    head, tail, texts, sent = "", "", list[str](), list[str]()
    for event in events:
        found = match(event.data)
        if found and found[1] == head and event.event == "content_block_delta":
            texts.append(found[2])
            sent.append(event.data)
            continue
        together += _one_of(head, texts, tail, sent)
        texts, sent = [], []
        if found and event.event == "content_block_delta":
            head, tail, texts, sent = found[1], found[3], [found[2]], [event.data]
        else:
            head = ""
            together.append(event)
    return [*together, *_one_of(head, texts, tail, sent)]


def _one_of(
    head: str, texts: Sequence[str], tail: str, sent: Sequence[str]
) -> Sequence[ServerSentEvent]:
    if not sent:
        return ()
    data = f"{head}{''.join(texts)}{tail}"
    return (ServerSentEvent("content_block_delta", data, "\n".join(sent)),)
