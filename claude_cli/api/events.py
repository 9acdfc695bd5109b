"""An open response → the events of the answer in it, whatever form the answer came in.

Gateways name the form wrongly or not at all, so the first bytes decide where the header does not.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from claude_cli.api import failures
from claude_cli.api.frames import PASSED_OVER, Frames
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.platforms import SERVER_SENT_EVENTS, StreamKind
from claude_cli.api.response import JSON_LIMIT, ApiResponse
from claude_cli.api.sse import join_halves, merged, parse_event
from claude_cli.errors import ClaudeCliError
from claude_cli.types import StreamEvent
from claude_cli.values.sse import ServerSentEvent

OF_CONTENT = frozenset({"message_start", "content_block_start", "content_block_delta"})
"""Events that bring content: what comes of them after the stop reason is not of the answer."""

PRELUDE = frozenset({"message_start", "ping", PASSED_OVER})
LONGEST_PRELUDE = 100
LARGEST_PRELUDE = 1024 * 1024
"""Events that bill nothing yet: how many, and how many characters, are held back at most."""

LARGEST_STREAM = 1024 * 1024 * 1024
"""Bytes: what the largest answer that is taken has in deltas of a token each."""

GRACE = 5.0
FAREWELL = 1.0
"""Seconds of silence after the stop reason, and after message_stop, that end the stream."""

NO_EVENT = "[DONE]"
"""Data by which some servers end a stream; it says nothing that a stop reason does not say."""

_FIELD = re.compile(rb"[\xef\xbb\xbf\s]*(event|data|id|retry)?:")
_JSON = re.compile(rb"[\xef\xbb\xbf\s]*[{\[]")
_LONGEST_FIELD = 64


class Arrivals:
    """The server-sent events in chunks of bytes; `more`: another one came with the latest."""

    def __init__(self, chunks: Iterator[bytes], streamed: StreamKind) -> None:
        self.more = False
        self._chunks = chunks
        self._decoder = streamed.decoder()

    def __iter__(self) -> Iterator[ServerSentEvent]:
        for chunk in self._chunks:
            decoded = self._decoder.feed(chunk)
            events = merged([event for event in decoded if event.data.strip() != NO_EVENT])
            if len(events) > 1:
                self.more = True
                yield from events[:-1]
                self.more = False
            if events:
                yield events[-1]
        yield from self._decoder.end()


def read_answer(
    response: ApiResponse, streamed: StreamKind
) -> tuple[Iterator[StreamEvent], Arrivals | None]:
    """Return the events of an answer, read on until the answer proper begins.

    Until then another try costs nothing: what is raised here may be tried again. A whole message
    as JSON is one event, and has no arrivals.
    """
    declared = response.content_type.lower()
    chunks = response.chunks(JSON_LIMIT if response.is_compressed else LARGEST_STREAM)
    if streamed is SERVER_SENT_EVENTS or streamed.content_type not in declared:
        start, chunks = _look_at(chunks)
        if _JSON.match(start) or ("json" in declared and not _FIELD.match(start)):
            return _whole_message(response, chunks), None
        if streamed.content_type not in declared:
            if not _FIELD.match(start):
                raise response.unexpected("a stream of events", start)
            streamed = SERVER_SENT_EVENTS  # whatever the platform itself sends, a gateway may not
    arrivals = Arrivals(chunks, streamed)
    events = _events(response, arrivals)
    return chain(_prelude(events), events), arrivals


def _look_at(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and all of the chunks again."""
    seen: list[bytes] = []
    start = b""
    for chunk in chunks:
        seen.append(chunk)
        start = b"".join(seen)
        text = start.strip()
        if b":" in text or b"\n" in text or len(start) >= _LONGEST_FIELD or text[:1] in b"{[":
            break
    return start, chain(seen, chunks)


def _prelude(events: Iterator[StreamEvent]) -> list[StreamEvent]:
    held: list[StreamEvent] = []
    size = 0
    for event in events:
        held.append(event)
        size += len(event.raw)
        is_prelude = event.data["type"] in PRELUDE
        if not is_prelude or len(held) == LONGEST_PRELUDE or size > LARGEST_PRELUDE:
            break
    return held


def _whole_message(response: ApiResponse, chunks: Iterator[bytes]) -> Iterator[StreamEvent]:
    """Return the one event of a message that came as JSON. One that was cut is not tried again:
    by then it is billed."""
    try:
        message: Any = response.json(chunks)
    except ConnectionLost as error:
        return _failing(error)
    raw = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(message.get("content"), list):
        raise response.unexpected("a message", raw.encode())
    message.setdefault("type", "message")
    return iter([StreamEvent(message, raw)])


def _failing(error: ClaudeCliError) -> Iterator[StreamEvent]:
    yield from ()
    raise error


def _events(response: ApiResponse, arrivals: Arrivals) -> Iterator[StreamEvent]:
    """Yield the events of a stream until it is complete; raise where it is not.

    Once a stop reason came nothing can spoil the answer: whatever makes no sense there ends it.
    """
    complete, frames = False, Frames()
    try:
        for event in map(parse_event, join_halves(arrivals)):
            kind = event.data["type"]
            if complete and kind in OF_CONTENT:
                break
            if kind == "message_delta":
                complete = complete or _stop_reason(event) is not None
                if complete:
                    response.expect_end(GRACE)
            elif kind == "message_stop":
                response.expect_end(FAREWELL)
            elif kind == "error":
                raise failures.from_envelope(None, event.data)
            yield from frames.feed(event)
        if not complete:
            raise ConnectionLost("the stream ended before the answer was complete")
    except ClaudeCliError as error:
        if not complete:
            response.attribute(error)
            raise


def _stop_reason(event: StreamEvent) -> object:
    delta = event.data.get("delta")
    return delta.get("stop_reason") if isinstance(delta, dict) else None
