"""The listening socket of the simulator, on the loopback interface alone."""

import contextlib
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from socketserver import BaseRequestHandler
from typing import Any

from claude_cli.errors import UsageError
from claude_cli.simulator.state.account import Account
from claude_cli.simulator.wire.exchange import Received, RequestLog

HOST = "127.0.0.1"
_CLOSING_TIME = 1.0
"""Seconds that `close` waits at most for the threads of open connections."""


class Listener(ThreadingHTTPServer):
    """The listening socket and its open connections, each in a daemon thread."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it lets two listen on one port
    request_queue_size = 512

    def __init__(
        self,
        port: int,
        connection: type[BaseRequestHandler],
        account: Account,
        log: RequestLog,
        on_reply: Callable[[Received], None],
    ) -> None:
        self.account = account
        self.log = log
        self.on_reply = on_reply
        self.closing = threading.Event()
        self._connections: set[Any] = set()
        self._all_ended = threading.Condition()
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        try:
            super().__init__((HOST, port), connection)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            problem = f"cannot listen on {HOST}:{port}: {why}"
            raise UsageError(problem, hint="choose another --port") from error

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.server_port}"

    def server_bind(self) -> None:
        """Without the base class's look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def start(self) -> None:
        self._thread.start()

    def _accept(self) -> None:
        """As `serve_forever`, but woken by a connection instead of looking twice a second."""
        while not self.closing.is_set():
            self.handle_request()

    def close(self) -> None:
        """Ends what is open. The threads get a moment to leave, so that no socket outlives us."""
        if self.closing.is_set():
            return
        self.closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, self.server_port), timeout=_CLOSING_TIME).close()
        self._thread.join(_CLOSING_TIME)
        with self._all_ended:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._all_ended.wait_for(lambda: not self._connections, _CLOSING_TIME)
        self.server_close()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self.closing.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._all_ended:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The end of a connection, whichever side wanted it."""
        super().shutdown_request(request)
        with self._all_ended:
            self._connections.discard(request)
            self._all_ended.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is normal; anything else is a bug and shall be seen."""
        if not isinstance(sys.exception(), OSError):
            raise
