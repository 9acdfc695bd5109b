"""Server-sent events → events of a Messages stream. Pure; knows no HTTP."""

from collections.abc import Iterable, Iterator
from typing import Any

from claude_cli.api import failures
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.types import StreamEvent
from claude_cli.values.sse import ServerSentEvent
from claude_cli.values.strict_json import EXCERPT, decode_json
from claude_cli.values.surrogates import ends_in_half, mend_surrogates, move_half


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
    name, text = event
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
    return StreamEvent(data, text)  # type: ignore[arg-type]


def _as_error(data: Any) -> dict[str, Any]:
    """Return what tells of an error as an `error` event."""
    if failures.is_error(data):
        return {**data, "type": "error"}
    return {"type": "error", "error": data if isinstance(data, dict) else {"message": str(data)}}
