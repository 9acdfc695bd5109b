"""An MCP server behind a URL: "Streamable HTTP", a POST for each message.

How HTTP is spoken is handed in. Source: the transport chapter of the specifications; up to
2025-11-25 a server may open a session with its answer to `initialize`, in 2026-07-28 there is none.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import Final, Protocol, TypeAlias

from claude_cli.child.group import LOOK_AROUND
from claude_cli.child.replies import NoReply
from claude_cli.errors import ClaudeCliError
from claude_cli.tools.mcp.channel import Heard, SessionEnded, Unreached
from claude_cli.tools.mcp.config import Remote
from claude_cli.tools.mcp.protocol import (
    HANDSHAKE_VERSIONS,
    RpcMessage,
    decode,
    encode,
    reply_to,
    version_named,
)
from claude_cli.values.sse import SSEDecoder

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one JSON reply; a stream may have four times as much."""
TELLING_SECONDS: Final = 2.0
"""How long is waited for a server to take a notification, or the end of its session."""

_JSON, _EVENTS = "application/json", "text/event-stream"
_SESSION = "Mcp-Session-Id"
_VERSION = "MCP-Protocol-Version"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,1024}")
"""What a header value may be made of."""


class Response(Protocol):
    """What is needed of an HTTP response whose body was not read yet."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> Iterator[bytes]: ...


Open: TypeAlias = Callable[
    [str, str, Mapping[str, str], bytes, float], AbstractContextManager[Response]
]
"""Sends method, URL, headers and body, and waits no more than so many seconds; follows no
redirect. Raises ClaudeCliError."""


class HttpChannel:
    """A line to one server, with its session if it opens one. Requests may run at the same time."""

    def __init__(self, place: Remote, open_: Open, heard: Heard) -> None:
        self._place = place
        self._open = open_
        self._heard = heard
        self._session: str | None = None
        self._version: str | None = None

    def ask(self, request: RpcMessage, seconds: float, stop: threading.Event) -> RpcMessage:
        reply: Future[RpcMessage] = Future()

        def work() -> None:
            try:
                reply.set_result(self._exchange(request, seconds))
            except BaseException as error:
                reply.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        deadline = time.monotonic() + seconds
        while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                return reply.result(min(left, LOOK_AROUND))
        raise NoReply

    def tell(self, notification: RpcMessage) -> None:
        """Returns once the server has it, or after TELLING_SECONDS."""
        self._in_background("POST", encode(notification), self._headers(notification))

    def close(self) -> None:
        if self._session:
            headers = self._headers({})
            self._session = None
            self._in_background("DELETE", b"", headers)

    def _in_background(self, method: str, body: bytes, headers: Mapping[str, str]) -> None:
        def work() -> None:
            with (
                suppress(ClaudeCliError),
                self._open(method, self._place.url, headers, body, TELLING_SECONDS),
            ):
                pass

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(TELLING_SECONDS)

    def _exchange(self, request: RpcMessage, seconds: float) -> RpcMessage:
        headers, body = self._headers(request), encode(request)
        try:
            with self._open("POST", self._place.url, headers, body, seconds + 1) as response:
                if response.status_code != 200:
                    return _refusal(response, has_session=_SESSION in headers)
                reply = self._reply(request["id"], response)
                if request["method"] == "initialize":
                    self._begin(response, reply)
                return reply
        except ClaudeCliError as error:
            raise Unreached(error.message) from error

    def _reply(self, number: int, response: Response) -> RpcMessage:
        """Hand on what comes before the response to the request of that number; return that."""
        for message in _messages(response):
            if "method" not in message and message["id"] == number:
                return message
            if reply := reply_to(message):
                self._in_background("POST", encode(reply), self._headers(reply))
            elif "method" in message:
                self._heard(message)
        raise Unreached("what it sent holds no response")

    def _begin(self, response: Response, reply: RpcMessage) -> None:
        """Keep what later requests have to repeat."""
        session = response.headers.get(_SESSION.lower(), "")
        version = (reply.get("result") or {}).get("protocolVersion")
        self._session = session if _VISIBLE.fullmatch(session) else None
        self._version = version if version in HANDSHAKE_VERSIONS else None

    def _headers(self, message: RpcMessage) -> dict[str, str]:
        about = {"Accept": f"{_JSON}, {_EVENTS}", "Content-Type": _JSON}
        about["Accept-Encoding"] = "identity"
        if version := version_named(message):
            about |= {_VERSION: version, "Mcp-Method": message["method"]}
            name = message["params"].get("name")
            if message["method"] == "tools/call" and _VISIBLE.fullmatch(name):
                about["Mcp-Name"] = name
        else:
            known = {_SESSION: self._session, _VERSION: self._version}
            about |= {name: value for name, value in known.items() if value}
        names = {name.lower() for name in about}
        own = {name: v for name, v in self._place.headers.items() if name.lower() not in names}
        return own | about


def _kind(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _messages(response: Response) -> Iterator[RpcMessage]:
    if _kind(response) == _EVENTS:
        decoder = SSEDecoder()
        for chunk in _bounded(response, 4 * MOST_BYTES):
            for event in decoder.feed(chunk):
                if message := decode(event.data.encode()):
                    yield message
    elif message := decode(_whole(response)):
        yield message


def _whole(response: Response) -> bytes:
    return b"".join(_bounded(response, MOST_BYTES))


def _bounded(response: Response, most: int) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > most:
            raise Unreached(f"it sent more than {most >> 20} MB")
        yield chunk


def _refusal(response: Response, *, has_session: bool) -> RpcMessage:
    """The error that a response holds. Raises SessionEnded, and Unreached where there is none."""
    status = response.status_code
    if status == 404 and has_session:
        raise SessionEnded("it ended the session")
    if 300 <= status < 400:
        raise Unreached(f"HTTP {status}: it redirects, and no redirect is followed")
    if status == 401:
        raise Unreached("HTTP 401: it wants a credential, which headers in its file can give it")
    message = decode(_whole(response)) if _kind(response) == _JSON else None
    if message is None or not isinstance(message.get("error"), dict):
        raise Unreached(f"HTTP {status}")
    return message
