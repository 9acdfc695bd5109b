"""`POST /v1/messages`, streamed, and the count of what a request would cost in tokens."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Self

from claude_cli.api.betas import needed_betas
from claude_cli.api.client import ApiClient, ApiResponse
from claude_cli.api.events import Arrivals, read_answer
from claude_cli.api.failures import NotCounted
from claude_cli.api.platforms import Call, StreamKind
from claude_cli.errors import ProtocolError
from claude_cli.types import RequestBody, ResponseFacts, StreamEvent

PATH = "/v1/messages"
COUNT_PATH = f"{PATH}/count_tokens"
COUNTED = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
    *("cache_control", "speed", "context_management", "mcp_servers"),
)
"""What count_tokens takes of a Messages body; it refuses the output controls."""


class MessageStream:
    """An answer as it arrives: its stream events, once, and what the header told.

    Use it in a `with`: leaving it early closes the connection at once. Iteration raises
    TemporaryFailure where the stream ends before a stop reason, ProtocolError where it makes no
    sense, and what an `error` event stands for.
    """

    def __init__(
        self,
        response: ApiResponse,
        events: Iterator[StreamEvent],
        arrivals: Arrivals | None = None,
    ) -> None:
        self.facts: ResponseFacts = response.facts
        self._response = response
        self._events = events
        self._arrivals = arrivals

    @property
    def more_is_here(self) -> bool:
        """Whether another event has arrived already: then drawing can wait for it."""
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


def message_call(body: RequestBody) -> Call:
    """The call that asks for an answer, with the betas that `body` needs."""
    return Call("POST", PATH, body, needed_betas(body))


def stream(client: ApiClient, body: RequestBody) -> MessageStream:
    """Send `body` and return the answer as it arrives.

    Failures before the first content block are tried again; the answer then begins once, with the
    try that worked. A server that answers with plain JSON gives one event: the message itself.
    Raises InputError before connecting when the request is larger than the API takes.
    """
    begin = partial(_begin, client.connection.platform.stream)
    method, path, _, betas = message_call(body)
    return client.exchange(method, path, begin, body=body, betas=betas)


def count_tokens(client: ApiClient, body: RequestBody) -> int:
    """Return how many input tokens the request `body` would have. Free, and an estimate.

    Raises NotCounted where the platform counts none for this model.
    """
    counted = {key: value for key, value in body.items() if key in COUNTED}
    *others, last = client.connection.platform.count_ids(body["model"])
    for model in others:
        with suppress(NotCounted):
            return _count(client, {**counted, "model": model})
    return _count(client, {**counted, "model": last})


def _count(client: ApiClient, counted: RequestBody) -> int:
    answer = client.call("POST", COUNT_PATH, body=counted, betas=needed_betas(counted))
    tokens = answer.get("input_tokens", answer.get("inputTokens"))  # Bedrock spells it so
    if type(tokens) is not int or tokens < 0:
        raise ProtocolError("the server counted no tokens")
    return tokens


def _begin(streamed: StreamKind, response: ApiResponse) -> MessageStream:
    return MessageStream(response, *read_answer(response, streamed))
