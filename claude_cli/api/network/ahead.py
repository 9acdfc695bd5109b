"""A connection that is made ahead: name look-up, TCP and TLS, in threads, while Python still loads.

Together they take as long as loading does, and neither needs the other. Nothing is sent on it but
TLS's greeting; the first request to that place takes the connection over, or its failure.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

from claude_cli.api.network.sockets import socket_options
from claude_cli.api.network.watch import CONNECT

FRESH = 5.0
"""Seconds that a connection may wait for its request: servers close what nobody uses."""

Place = tuple[str, int]
Made = TypeVar("Made")


class Ahead(NamedTuple):
    """What a connection is made of, each as soon as it is there, and when it was begun."""

    context: Future[ssl.SSLContext]
    connected: Future[socket.socket]
    secured: Future[ssl.SSLSocket]
    begun: float

    @property
    def is_stale(self) -> bool:
        """Whether it is whole, or failed, so long ago that it says nothing of the server now."""
        if not self.secured.done():
            return False
        failed = self.secured.exception() is not None
        waited = time.monotonic() - self.begun
        return waited > FRESH or not (failed or _is_silent(self.secured.result()))


_begun: dict[Place, Ahead] = {}


def begin(place: Place, make_context: Callable[[], ssl.SSLContext]) -> None:
    """Begin to connect to host and port; `make_context` says whom TLS is to trust."""
    context = _in_thread(make_context)
    connected = _in_thread(lambda: _connect(place))
    secured = _in_thread(lambda: _secure(connected.result(), context.result(), place[0]))
    _begun[place] = Ahead(context, connected, secured, time.monotonic())


def take(place: Place) -> Ahead | None:
    """The connection that was begun to this place, for the first who asks."""
    return _begun.pop(place, None)


def _connect(place: Place) -> socket.socket:
    connected = socket.create_connection(place, CONNECT)
    for option in [*socket_options(), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]:
        connected.setsockopt(*option)
    return connected


def _secure(connected: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    context.set_alpn_protocols(["http/1.1"])
    return context.wrap_socket(connected, server_hostname=host)


def _is_silent(secured: ssl.SSLSocket) -> bool:
    """Whether the server has neither spoken nor closed; the tickets of TLS are no words."""
    secured.settimeout(0)
    try:
        secured.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        pass
    return False


def _in_thread(make: Callable[[], Made]) -> Future[Made]:
    """What `make` gives, or raises. Nobody waits for the thread when the program ends."""
    made: Future[Made] = Future()

    def run() -> None:
        try:
            made.set_result(make())
        except Exception as error:
            made.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return made
