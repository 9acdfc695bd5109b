"""`POST /v1/messages`, streamed, and the count of what a request would cost in tokens."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any, Self

from claude_cli.api import failures
from claude_cli.api.betas import needed_betas
from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.platforms import StreamKind
from claude_cli.api.sse import ServerSentEvent, join_halves, parse_event
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.types import RequestBody, ResponseFacts, StreamEvent

PATH = "/v1/messages"
COUNTED = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
    *("cache_control", "speed", "context_management", "mcp_servers"),
)
"""What count_tokens takes of a Messages body; it refuses the output controls."""

OF_CONTENT = frozenset({"message", "message_start", "content_block_start", "content_block_delta"})
"""Events that bring content: what comes of them after the stop reason is not of the answer."""

PRELUDE = frozenset({"message_start", "ping"})
LONGEST_PRELUDE = 100
"""Events that bill nothing yet, and how many of them are held back at most."""

LARGEST_UNFOLDED = 64 * 1024 * 1024
"""Bytes that a compressed stream may unfold to: more than the longest answers take."""

GRACE = 5.0
FAREWELL = 1.0
"""Seconds of silence after the stop reason, and after message_stop, that end the stream."""


class MessageStream:
    """An answer as it arrives: its stream events, once, and what the header told.

    Use it in a `with`: leaving it early closes the connection at once. To iterate raises
    TemporaryFailure where the stream ends before a stop reason, ProtocolError where it makes no
    sense, and what an `error` event stands for.
    """

    def __init__(
        self,
        response: ApiResponse,
        events: Iterator[StreamEvent],
        arrivals: "_Arrivals | None" = None,
    ) -> None:
        self.facts: ResponseFacts = response.facts
        self._response = response
        self._events = events
        self._arrivals = arrivals

    @property
    def more_is_here(self) -> bool:
        """Whether more has arrived with the latest event: then drawing it may wait for that."""
        return self._arrivals is not None and self._arrivals.more

    def __iter__(self) -> Iterator[StreamEvent]:
        return self._events

    def close(self) -> None:
        """End the answer here; what has not arrived by now is lost, and billed."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def stream(client: ApiClient, body: RequestBody) -> MessageStream:
    """Send `body` and return the answer as it arrives.

    Failures before the first content block are tried again; the answer then begins once, with the
    try that worked. A server that answers with plain JSON gives one event: the message itself.
    Raises InputError before connecting when the request is larger than the API takes.
    """
    begin = partial(_begin, client.connection.platform.stream)
    return client.exchange("POST", PATH, begin, body=body, betas=needed_betas(body))


def count_tokens(client: ApiClient, body: RequestBody) -> int:
    """Return how many input tokens the request `body` would have. Free, and an estimate."""
    counted = {key: value for key, value in body.items() if key in COUNTED}
    answer = client.call("POST", f"{PATH}/count_tokens", body=counted, betas=needed_betas(counted))
    tokens = answer.get("input_tokens")
    if type(tokens) is not int or tokens < 0:
        raise ProtocolError("the server counted no tokens")
    return tokens


def _begin(streamed: StreamKind, response: ApiResponse) -> MessageStream:
    """Read on until the answer proper begins: until then another try costs nothing."""
    kind = response.content_type.partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return MessageStream(response, _whole_message(response))
    if kind != streamed.content_type:
        raise response.unexpected("a stream of events", next(response.chunks(), b""))
    arrivals = _Arrivals(response, streamed)
    events = _events(response, arrivals)
    held = []
    for event in events:
        held.append(event)
        if event.data["type"] not in PRELUDE or len(held) == LONGEST_PRELUDE:
            break
    return MessageStream(response, chain(held, events), arrivals)


def _whole_message(response: ApiResponse) -> Iterator[StreamEvent]:
    """Yield the message that came as plain JSON; read late, for by now it is billed."""
    message: Any = response.json()
    raw = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if message.get("type") == "error":
        raise response.attribute(_error_in(StreamEvent(message, raw)))
    if not isinstance(message.get("content"), list):
        raise response.unexpected("a message", raw.encode())
    message.setdefault("type", "message")
    yield StreamEvent(message, raw)


def _events(response: ApiResponse, arrivals: "_Arrivals") -> Iterator[StreamEvent]:
    """Yield the events of a stream until it is complete; raise where it is not.

    Once a stop reason came nothing can spoil the answer: whatever makes no sense there ends it.
    """
    complete = False
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
                raise _error_in(event)
            yield event
        if not complete:
            raise ConnectionLost("the stream ended before the answer was complete")
    except ClaudeCliError as error:
        if not complete:
            response.attribute(error)
            raise


class _Arrivals:
    """The server-sent events of a response; `more`: another one came with the latest."""

    def __init__(self, response: ApiResponse, streamed: StreamKind) -> None:
        self.more = False
        self._response = response
        self._decoder = streamed.decoder()

    def __iter__(self) -> Iterator[ServerSentEvent]:
        decoder = self._decoder
        limit = LARGEST_UNFOLDED if self._response.is_compressed else None
        for chunk in self._response.chunks(limit):
            events = decoder.feed(chunk)
            self.more = True
            yield from events[:-1]
            self.more = False
            yield from events[-1:]
        yield from decoder.end()


def _stop_reason(event: StreamEvent) -> object:
    delta = event.data.get("delta")
    return delta.get("stop_reason") if isinstance(delta, dict) else None


def _error_in(event: StreamEvent) -> ClaudeCliError:
    """Return what an `error` event stands for, with the status that its type would have."""
    error = failures.from_envelope(None, event.data)
    told = event.data.get("error")
    kind = told.get("type") if isinstance(told, dict) else None
    error.status = failures.STATUS_OF_TYPE.get(str(kind), 500)
    return error
