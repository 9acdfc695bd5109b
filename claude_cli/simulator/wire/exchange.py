"""What passes between the sockets and the endpoints: a received request, the response to it."""

import enum
import json
import math
import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from claude_cli.simulator.wire.rejections import invalid

REQUESTS_KEPT = 1000
SENT_KEPT = 10_000
"""Bytes of the body of a response."""
BYTES_KEPT = 100_000_000


@dataclass(eq=False)
class Received:
    """One request as it came, and what became of it. Headers, credential included, stay out of
    the repr.
    """

    method: str
    path: str
    """From `/v1/` on, without the query; what precedes it is in `base_url`."""
    query: dict[str, list[str]] = field(default_factory=dict)
    query_text: str = ""
    """The query as it was written."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case; a doubled header is joined by a comma."""
    body: Any = field(default=None, repr=False)
    """The parsed JSON; None where nobody asked for it or there was none."""
    raw: bytes = field(default=b"", repr=False)
    """The body's bytes, until the response is over."""
    size: int = 0
    """Bytes of the body."""
    fingerprint: str = ""
    """32 hexadecimal digits that depend on the body's bytes alone."""
    base_url: str = ""
    """What the client calls the server, path prefix included."""
    request_id: str = ""
    """The `request-id` of the response."""
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    """Of the response; None while there is none."""
    sent_headers: list[tuple[str, str]] = field(default_factory=list, repr=False)
    sent: bytearray = field(default_factory=bytearray, repr=False)
    """How the body of the response began."""
    error_type: str | None = None
    error: str | None = None
    """What the response refused the request for."""
    disconnected: bool = False
    """The client went away before the whole response was handed to the operating system, which
    takes a short one at once.
    """
    ended: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the response is over, one way or the other."""

    def note_sent(self, data: bytes) -> None:
        if (room := SENT_KEPT - len(self.sent)) > 0:
            self.sent += data[:room]

    def json(self) -> Any:
        """The body, parsed and kept; a Rejection where it is no JSON in UTF-8."""
        try:
            text = self.raw.decode()
            self.body = decoder.decode(text)
            check_text(text, self.body)
        except (ValueError, RecursionError) as error:
            raise invalid("", f"The request body is not valid JSON: {error}") from error
        return self.body


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _finite_number(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _no_number(digits)


decoder = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite_number)
"""Of JSON as the API reads it: no NaN, no Infinity."""


def check_text(text: str, value: Any) -> None:
    """ValueError where a string in `value`, parsed from `text`, holds half of a surrogate pair."""
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()


class Interruption(enum.Enum):
    """A step of a response that is no bytes."""

    CUT = "the connection is closed at once"
    STALL = "nothing comes any more, until the client leaves"


Step: TypeAlias = bytes | float | Interruption
"""Of a response's body: bytes to send, seconds to wait, or how it goes wrong."""


@dataclass(slots=True)
class Response:
    """What an endpoint answers. A body of bytes is sent with its length, steps in chunks."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterable[Step] = b""
    delay: float = 0.0
    """Seconds before the first byte."""
    byte_pause: float = 0.0
    """Seconds before each single byte, headers included."""


def json_response(value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Response(headers={"content-type": "application/json"}, body=body)


class RequestLog:
    """The last requests, oldest first: at most REQUESTS_KEPT, and fewer where bodies are large."""

    def __init__(self) -> None:
        self._requests: deque[Received] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def append(self, received: Received) -> None:
        """Takes a request whose body has been read, or given up."""
        with self._lock:
            self._requests.append(received)
            self._bytes += received.size
            while len(self._requests) > REQUESTS_KEPT or (
                self._bytes > BYTES_KEPT and len(self._requests) > 1
            ):
                self._bytes -= self._requests.popleft().size

    def __iter__(self) -> Iterator[Received]:
        with self._lock:
            return iter(list(self._requests))
