"""The API's shapes, as plain dicts, and the few values that cross layers.

The TypedDicts name the fields that claude-cli looks at. They are open: what the server sends
beyond them, unknown block, delta, event and field kinds included, stays in the dict and survives
a round trip. Every field but `type` may be missing; see Anthropic's Messages API, "Response".
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Required, TypeAlias, TypedDict

JSONValue: TypeAlias = Any
RequestBody: TypeAlias = dict[str, Any]
"""The JSON body of a Messages request: whatever flags, --body and -o made of it."""


class ContentBlock(TypedDict, total=False):
    """A content block of a request or a response; `type` says which fields count."""

    type: Required[str]
    text: str
    citations: list[dict[str, Any]] | None
    thinking: str
    signature: str
    data: str
    id: str
    name: str
    input: Any
    tool_use_id: str
    content: Any
    is_error: bool
    source: dict[str, Any]
    file_id: str
    title: str
    cache_control: dict[str, Any]


class MessageParam(TypedDict):
    """One message of a request; a string is shorthand for one text block."""

    role: Literal["user", "assistant"]
    content: str | list[ContentBlock]


class Usage(TypedDict, total=False):
    """Token counts of one response; `input_tokens` leaves out what the cache wrote and read."""

    input_tokens: int | None
    output_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    cache_creation: dict[str, int] | None
    server_tool_use: dict[str, int] | None
    service_tier: str | None
    inference_geo: str | None
    speed: str | None


class Message(TypedDict, total=False):
    """A response of `POST /v1/messages`."""

    id: str
    type: Required[str]
    role: str
    model: str
    content: list[ContentBlock]
    stop_reason: str | None
    stop_sequence: str | None
    stop_details: dict[str, Any] | None
    usage: Usage | None


class Delta(TypedDict, total=False):
    """The `delta` of a content_block_delta or message_delta event."""

    type: str
    text: str
    partial_json: str
    thinking: str
    signature: str
    citation: dict[str, Any]
    stop_reason: str | None
    stop_sequence: str | None


class EventData(TypedDict, total=False):
    """The `data` of one server-sent event."""

    type: Required[str]
    index: int
    message: Message
    content_block: ContentBlock
    delta: Delta
    usage: Usage | None
    error: dict[str, Any]
    request_id: str


class StreamEvent(NamedTuple):
    """One event of a streamed answer: what it says, and its `data` on one line as it was sent.

    A server that answers with plain JSON makes one event whose data is the message itself,
    `"type": "message"`.
    """

    data: EventData
    raw: str


class ResponseFacts(NamedTuple):
    """What the response headers told."""

    request_id: str | None = None
    organization_id: str | None = None


Limit: TypeAlias = Literal["turns", "cost", "budget", "user"]
"""What ends a turn that would have gone on: --max-turns, --max-cost, --budget, the user."""


class CacheUse(NamedTuple):
    """Tokens that the prompt cache gave, that were written into it, and that it had and did not
    give; `why` not, or why nothing is cached: `system`, `message 3`, `too short: …`."""

    read: int
    written: int
    missed: int
    why: str | None

    def plus(self, more: "CacheUse") -> "CacheUse":
        """Of two requests; the first reason counts."""
        return CacheUse(
            self.read + more.read,
            self.written + more.written,
            self.missed + more.missed,
            self.why or more.why,
        )


class Answer(NamedTuple):
    """A finished turn: the last message as the API sent it, and what claude-cli knows of it.

    `usage` adds up all requests of the turn, `turns` of them. `budget`: what is left of --budget,
    in words. `cache`: what the prompt cache did, where it was asked for. `fallback_from`: the model
    that was to answer, where another one did. `limit`: what ended it early; `unanswered`: it ends
    in tool calls that are for somebody else to answer; `unparsed`: id → JSON text, of each call of
    `message` whose input is no whole JSON; `files`: ids of what code made in any of its requests;
    `unshown`: why what was wanted of it cannot be printed.
    """

    message: Message
    usage: Usage
    session: str | None
    cost_usd: Decimal | None
    seconds: float
    first_token_seconds: float | None
    facts: ResponseFacts
    turns: int
    budget: str | None = None
    cache: CacheUse | None = None
    limit: Limit | None = None
    fallback_from: str | None = None
    unanswered: bool = False
    unparsed: Mapping[str, str] = MappingProxyType({})
    files: tuple[str, ...] = ()
    unshown: Exception | None = None


class AwsKey(NamedTuple):
    """An access key, and the session token that comes with a temporary one."""

    access_key: str
    secret_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"AwsKey({self.access_key!r})"

    @property
    def secrets(self) -> list[str]:
        return [secret for secret in (self.secret_key, self.session_token) if secret]
