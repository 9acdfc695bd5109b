"""The client: sends a request, and sends it again where that is right. It knows HTTP and nothing
of terminal, flags or disk; no exception of httpx leaves it.
"""

import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import httpx

from claude_cli.api import failures, headers
from claude_cli.api.connection import Connection
from claude_cli.api.network.failures import ConnectFailed, ConnectionLost
from claude_cli.api.network.proxy import choose_proxy
from claude_cli.api.network.tls import bare_context, trusting_context
from claude_cli.api.network.transport import WatchedTransport, watched
from claude_cli.api.network.watch import BETWEEN_BYTES, FIRST_BYTE, Watch
from claude_cli.api.observer import SILENT, Observer
from claude_cli.api.payload import Payload
from claude_cli.api.platforms import Call
from claude_cli.api.response import ApiResponse
from claude_cli.api.retry import (
    FREELY,
    LONGEST_WAIT,
    Failure,
    RetryPolicy,
    may_retry,
    seconds_to_wait,
)
from claude_cli.errors import ClaudeCliError, ProtocolError
from claude_cli.types import RequestBody
from claude_cli.values.secrecy import named_secrets

if TYPE_CHECKING:
    from claude_cli.api.network.recording import Tape
    from claude_cli.cassette.player import Cassette

__all__ = ["ApiClient", "ApiResponse", "Connection", "Observer"]

Result = TypeVar("Result")
Query = Iterable[tuple[str, str]]
Body = RequestBody | Payload | None


class ApiClient:
    """Talks to one API as one user; may be used from several threads at once.

    Connections are kept and used again until it is closed. `tape` is given every exchange. With a
    `cassette` there is no network: it answers at once, and no try waits.
    Raises ConfigError for a proxy, given or in the environment, that cannot be one.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        observer: Observer = SILENT,
        tape: "Tape | None" = None,
        cassette: "Cassette | None" = None,
    ) -> None:
        self.connection = connection
        self.observer = observer
        self._proxy = choose_proxy(
            connection.address,
            connection.proxy,
            os.environ,
            allow_insecure_http=connection.allow_insecure_http,
        )
        self._tape = tape
        self._cassette = cassette
        self._opened: httpx.BaseTransport | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            self._opened.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Body = None,
        query: Query = (),
        betas: Sequence[str] = (),
        retry: RetryPolicy = FREELY,
    ) -> dict[str, Any]:
        """Send a request and return the JSON object that answers it; see `exchange`."""
        return self.exchange(
            method, path, _whole_json, body=body, query=query, betas=betas, retry=retry
        )

    def open(
        self,
        method: str,
        path: str,
        *,
        body: Body = None,
        query: Query = (),
        betas: Sequence[str] = (),
        retry: RetryPolicy = FREELY,
    ) -> ApiResponse:
        """Send a request and return the open response to it; see `exchange`.

        What breaks while its body is read is not tried again.
        """
        return self.exchange(
            method, path, _as_it_is, body=body, query=query, betas=betas, retry=retry
        )

    def exchange(
        self,
        method: str,
        path: str,
        use: Callable[[ApiResponse], Result],
        *,
        body: Body = None,
        query: Query = (),
        betas: Sequence[str] = (),
        retry: RetryPolicy = FREELY,
    ) -> Result:
        """Send a request until `use(response)` succeeds, and return what that gave.

        `path` is below the base URL, or an absolute URL of the same origin. `betas` are what the
        body needs beside the user's own. `use` gets a response
        with a 2xx status; a try that fails in it has failed. The response stays open after `use`,
        for what it gave may read on.

        Raises the failure of the last try: Unreachable, TemporaryFailure, ProtocolError, or what
        a rejection stands for. TemporaryFailure also when --max-time is over, and ReaderGone.
        """
        platform = self.connection.platform
        call = self.connection.prepare(Call(method, path, body, betas))
        request = _Request(call, self.connection.url(call.path, query))
        watch = Watch(self.connection.max_time, self.connection.reader_fd)
        retries, renewed = 0, False
        while True:
            reply_headers: Mapping[str, str] = {}
            try:
                with ExitStack() as closing:
                    response = closing.enter_context(self._send(request, watch))
                    if not response.is_success:
                        reply_headers = response.headers
                        failure = response.failure(platform.read_failure)
                        raise failures.name_betas(failure, [*self.connection.betas, *betas])
                    result = use(response)
                    closing.pop_all()
                    return result
            except ClaudeCliError as error:
                if error.status == 401 and not renewed and self._renew():
                    renewed = True
                    continue
                known = _failure_of(error, reply_headers)
                if known is None or not may_retry(retry, known):
                    error.is_final = True
                    raise
                self._wait(error, seconds_to_wait(known, retries, random.random), retries, watch)
                retries += 1

    def _renew(self) -> bool:
        authorizer = self.connection.authorizer
        return authorizer is not None and authorizer.renew()

    def _send(self, request: "_Request", watch: Watch) -> ApiResponse:
        """Send a request once and return the response to it, whatever its status."""
        payload, timeout = request.payload, self.connection.timeout
        lines = self.connection.authorized_lines(request.call, request.url)
        secrets = [*named_secrets(lines), *(payload.secrets if payload else ())]
        self.observer.request_sent(
            request.call.method,
            request.url,
            headers.redact(lines),
            payload.shown if payload else b"",
        )
        watch.silence = timeout or FIRST_BYTE
        try:
            sent = request.for_httpx(lines, watch)
            response = self._transport().handle_request(sent)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProtocolError(f"no sense can be made of this exchange: {error}") from error
        watch.silence = timeout or BETWEEN_BYTES
        self.observer.response_received(
            response.status_code,
            response.reason_phrase,
            headers.redact(response.headers.multi_items()),
        )
        return ApiResponse(response, request.url, watch, self.observer, secrets)

    def _wait(self, error: ClaudeCliError, seconds: float, retries: int, watch: Watch) -> None:
        """Wait before the next try; raise `error` where there is none, or none in time."""
        if seconds > LONGEST_WAIT:
            raise failures.AskedToWait(error, seconds) from error
        if retries >= self.connection.retries or seconds >= watch.time_left:
            raise error
        seconds = seconds if self._cassette is None else 0.0
        self.observer.waiting(seconds, error.message, retries + 2, self.connection.retries + 1)
        watch.sleep(seconds)

    def _transport(self) -> httpx.BaseTransport:
        """What requests go through, without httpx's client: that would look for cookies and
        redirects in each answer, which are not for us."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open_transport()
            return self._opened

    def _open_transport(self) -> httpx.BaseTransport:
        if self._cassette is not None:
            from claude_cli.api.network.replaying import ReplayTransport

            return ReplayTransport(self._cassette, self.connection.base_url)
        if self._tape is None:
            return self._network()
        from claude_cli.api.network.recording import RecordingTransport

        return RecordingTransport(self._network(), self.connection.base_url, self._tape)

    def _network(self) -> WatchedTransport:
        schemes = {self.connection.address.scheme, self._proxy.scheme if self._proxy else "http"}
        if "https" in schemes:
            from claude_cli.api.network.ahead import take

            there = self.connection.address
            if self._proxy is None and (ahead := take((there.host, there.port))):
                return WatchedTransport(ahead.context.result(), None, ahead)
            context = trusting_context(self.connection.ca_bundle, os.environ)
        else:
            context = bare_context()
        return WatchedTransport(context, self._proxy)


_parsed = lru_cache(8)(httpx.URL)
"""More than half of what it takes to make a request; all rows of a job have the same address."""


class _Request(NamedTuple):
    """What one call sends, in each of its tries."""

    call: Call
    url: str

    @property
    def payload(self) -> Payload | None:
        return self.call.body if isinstance(self.call.body, Payload) else None

    def for_httpx(self, lines: Iterable[tuple[str, str]], watch: Watch) -> httpx.Request:
        url = _parsed(self.url)
        own = {"host": url.netloc.decode(), "accept-encoding": "gzip, deflate"}
        if self.payload is not None or self.call.method != "GET":
            own["content-length"] = str(self.payload.length if self.payload else 0)
        return httpx.Request(
            self.call.method,
            url,
            headers=own | dict(lines),
            stream=_Upload(self.payload),
            extensions=watched(watch),
        )


class _Upload(httpx.SyncByteStream):
    """The body of a request, from its beginning for each try."""

    def __init__(self, payload: Payload | None) -> None:
        self._payload = payload

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._payload.pieces() if self._payload else ())


def _failure_of(error: ClaudeCliError, headers: Mapping[str, str]) -> Failure | None:
    """Return what `retry` wants to know of `error`; None when no other try could mend it."""
    if isinstance(error, ConnectFailed | ConnectionLost):
        return Failure()
    if error.status is None:
        return None
    return Failure(error.status, headers, spend_limit=failures.is_spend_limit(error))


def _whole_json(response: ApiResponse) -> dict[str, Any]:
    with response:
        return response.json()


def _as_it_is(response: ApiResponse) -> ApiResponse:
    return response
