"""httpx on sockets that we watch: silence, deadline and a gone reader end each operation.

httpx lets nobody choose the sockets of its own transport, but httpcore below it does. So this is
httpx's transport once more, on connections whose network backend is ours.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpcore
import httpx
from httpcore._backends.sync import SyncStream  # the one way to give it a socket that is open

from claude_cli.api.address import PORTS, place
from claude_cli.api.network.failures import (
    connect_failure,
    in_our_terms,
    name_of_proxy,
    tls_failure,
)
from claude_cli.api.network.proxy import Proxy
from claude_cli.api.network.sockets import socket_options
from claude_cli.api.network.watch import CONNECT, LARGEST_HEADER, Watch
from claude_cli.errors import ProtocolError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from claude_cli.api.network.ahead import Ahead

KEEPALIVE_EXPIRY = 5.0
WRITE_PIECE = 64 * 1024

Made = TypeVar("Made")


class WatchedTransport(httpx.BaseTransport):
    """Sends requests that carry a `Watch`; see `watched`. Raises our errors, none of httpcore's.

    The first of its connections is the one that was made `ahead`, if it is still of use.
    """

    def __init__(
        self, context: ssl.SSLContext, proxy: Proxy | None, ahead: "Ahead | None" = None
    ) -> None:
        self._proxy = proxy
        pool = httpcore.ConnectionPool(
            ssl_context=context,
            proxy=_proxy_for_httpcore(proxy, context) if proxy else None,
            keepalive_expiry=KEEPALIVE_EXPIRY,
            network_backend=_WatchedBackend(proxy, ahead),
        )
        self._connections = _Connections(pool)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        watch: Watch = request.extensions["timeout"]["read"]
        peer = place(url.host, url.port or PORTS[url.scheme])
        watch.header_left = LARGEST_HEADER
        with in_our_terms(peer, self._proxy, watch):
            response, give_back = self._connections.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=cast(httpx.SyncByteStream, request.stream),
                    extensions=request.extensions,
                )
            )
        watch.header_left = None
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, give_back, peer, self._proxy, watch),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._connections.close()


def watched(watch: Watch) -> dict[str, Any]:
    """Return the extensions of a request that `watch` is to end.

    httpcore hands a timeout through to the backend without looking at it, so the watch itself
    travels as one: it knows the patience of this moment, and it survives a reused connection.
    """
    return {"timeout": {"connect": watch, "read": watch, "write": watch}}


class _Body(httpx.SyncByteStream):
    def __init__(
        self,
        response: httpcore.Response,
        give_back: Callable[[], None],
        peer: str,
        proxy: Proxy | None,
        watch: Watch,
    ) -> None:
        self._response = response
        self._give_back = give_back
        self._place = peer, proxy, watch

    def __iter__(self) -> Iterator[bytes]:
        with in_our_terms(*self._place):
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
        self._give_back()


class _Connections:
    """httpcore's connections, each for one request at a time. Its pool makes them and no more: it
    would look at all of them, one by one, twice a request."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool
        self._open: set[httpcore.ConnectionInterface] = set()
        self._idle: list[httpcore.ConnectionInterface] = []
        """The last one was used last: it is the likeliest to be of use still."""

    def handle_request(
        self, request: httpcore.Request
    ) -> tuple[httpcore.Response, Callable[[], None]]:
        """Return the response, and what is to be called once it is closed."""
        connection = self._take(request.url.origin)
        try:
            return connection.handle_request(request), partial(self._take_back, connection)
        except BaseException:
            self._close(connection)
            raise

    def _take(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.can_handle_request(origin) and not connection.has_expired():
                    return connection
                self._close(connection)
        connection = self._pool.create_connection(origin)
        self._open.add(connection)
        return connection

    def _take_back(self, connection: httpcore.ConnectionInterface) -> None:
        """It is closed by now where its response was not read to the end."""
        if connection.is_available():
            self._idle.append(connection)
        else:
            self._open.discard(connection)

    def _close(self, connection: httpcore.ConnectionInterface) -> None:
        self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        for connection in self._open.copy():
            self._close(connection)


class _WatchedBackend(httpcore.NetworkBackend):
    """Makes TCP connections, at most as long as the watch allows."""

    def __init__(self, proxy: Proxy | None, ahead: "Ahead | None") -> None:
        self._plain = httpcore.SyncBackend()
        self._proxy = proxy
        self._ahead = [ahead] if ahead else []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        watch = cast(Watch, timeout)
        limit = watch.limit(CONNECT)
        try:
            stream = self._connect(host, port, limit, local_address, socket_options)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            peer = name_of_proxy(self._proxy) if self._proxy else place(host, port)
            raise connect_failure(error, peer, limit) from error
        return _WatchedStream(stream, watch, peer=(host, port))

    def _connect(
        self,
        host: str,
        port: int,
        limit: float,
        local_address: str | None,
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        with suppress(IndexError):  # of several threads one alone may get it
            if not (ahead := self._ahead.pop()).is_stale:
                return _StreamAhead(ahead, limit)
        own = [*(options or ()), *socket_options()]
        return self._plain.connect_tcp(host, port, limit, local_address, own)


class _StreamAhead(SyncStream):
    """A connection that was begun before; it fails as one that is made now."""

    def __init__(self, ahead: "Ahead", limit: float) -> None:
        super().__init__(_outcome(ahead.connected, limit))
        self._ahead = ahead

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return SyncStream(_outcome(self._ahead.secured, timeout))


def _outcome(made: "Future[Made]", limit: float | None) -> Made:
    try:
        return made.result(limit)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


class _WatchedStream(httpcore.NetworkStream):
    """A connection on which each operation asks its request's watch how long it may take.

    Where httpcore names no timeout, as with SOCKS, that is the request which made the connection.
    `peer` is whom it was made to. `layered` is TLS inside TLS: its socket cannot be read past the
    stream.
    """

    def __init__(
        self,
        stream: httpcore.NetworkStream,
        watch: Watch,
        *,
        peer: tuple[str, int],
        layered: bool = False,
    ) -> None:
        self._stream = stream
        self._first_watch = watch
        self._peer = peer
        self._socket: socket.socket = stream.get_extra_info("socket")
        self._layered = layered
        self._greeting: bytes | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        watch = self._watch_of(timeout)
        limit = watch.limit(watch.silence)
        try:
            if watch.reader_fd is None or self._layered:
                received = self._stream.read(max_bytes, limit)
            else:
                received = self._read_while_watched(max_bytes, watch)
        except httpcore.ReadTimeout as error:
            raise watch.silent(limit) from error
        watch.has_read(len(received))
        self._check_greeting(received)
        return received

    def _read_while_watched(self, max_bytes: int, watch: Watch) -> bytes:
        """Read while the reader of our stdout is watched too; any byte ends the silence."""
        self._socket.settimeout(0)
        while True:
            try:
                return self._socket.recv(max_bytes)
            except (BlockingIOError, ssl.SSLWantReadError):
                to_write = False
            except ssl.SSLWantWriteError:
                to_write = True
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
            limit = watch.limit(watch.silence)
            if not watch.wait_until_ready(self._socket.fileno(), to_write=to_write, limit=limit):
                raise watch.silent(limit)

    def _check_greeting(self, received: bytes) -> None:
        """Tell a server that speaks something else from one that closed before it spoke.

        To httpcore both are a closed connection, but only the second is worth another try.
        """
        if self._greeting is None:
            return
        self._greeting = (self._greeting + received)[:5]
        if self._greeting == b"HTTP/":
            self._greeting = None
        elif self._greeting and not received:
            raise ProtocolError("the server does not answer in HTTP")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        watch = self._watch_of(timeout)
        self._greeting = b""
        for start in range(0, len(buffer), WRITE_PIECE):
            limit = watch.limit(watch.silence)
            try:
                self._stream.write(buffer[start : start + WRITE_PIECE], limit)
            except httpcore.WriteTimeout as error:
                raise watch.silent(limit) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        watch = self._watch_of(timeout)
        limit = watch.limit(CONNECT)
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, limit)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise tls_failure(error, self._called(server_hostname), limit) from error
        layered = isinstance(self._socket, ssl.SSLSocket)
        return _WatchedStream(stream, watch, peer=self._peer, layered=layered)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _called(self, host: str | None) -> str:
        """What to call the host that TLS is for; behind a proxy its port is not known here."""
        return place(*self._peer) if host == self._peer[0] else host or "the server"

    def _watch_of(self, timeout: object) -> Watch:
        return timeout if isinstance(timeout, Watch) else self._first_watch


def _proxy_for_httpcore(proxy: Proxy, context: ssl.SSLContext) -> httpcore.Proxy:
    name, password = proxy.auth or ("", "")
    return httpcore.Proxy(
        httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/"),
        auth=(name.encode(), password.encode()) if proxy.auth else None,
        ssl_context=context if proxy.scheme == "https" else None,
    )
