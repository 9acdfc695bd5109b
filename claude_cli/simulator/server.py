"""The simulator itself: a local Messages API over real HTTP, on the loopback interface alone."""

import contextlib
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from claude_cli.errors import UsageError
from claude_cli.simulator.account import Account
from claude_cli.simulator.batch_results import Ordered
from claude_cli.simulator.batch_store import BATCH_SECONDS, Batches
from claude_cli.simulator.connection import Connection
from claude_cli.simulator.exchange import Received, RequestLog
from claude_cli.simulator.faults import FaultQueue
from claude_cli.simulator.file_store import Files
from claude_cli.simulator.script import Script, load_script

HOST = "127.0.0.1"
_CLOSING_TIME = 1.0
"""Seconds that `close` waits at most for the threads of open connections."""


class Simulator:
    """A Messages API that costs nothing. Start it by `with`, or by `start` and `close`.

    `script`: replies, as a file or one by one (see `script`). `faults`: as on the command line
    (see `faults`). `latency`: seconds before a response begins. `on_reply` is called from the
    connection's thread when a request is over. `batch_seconds`: between the creation of a batch and
    its end; `batch_results`: what becomes of its requests (see `batch_results`).

    After `close`, `start` listens again, on a new port unless one was named, and everything is
    still there: batches, files, the rest of the script.

    Raises UsageError for an unknown fault or a port that cannot be had, InputError and
    InputUnreadable for a script.
    """

    def __init__(
        self,
        port: int = 0,
        script: Path | Iterable[Mapping[str, Any]] | None = None,
        faults: Iterable[str] = (),
        latency: float = 0.0,
        tokens_per_second: float | None = None,
        on_reply: Callable[[Received], None] | None = None,
        batch_seconds: float = BATCH_SECONDS,
        batch_results: Mapping[str, Ordered] | None = None,
    ) -> None:
        self._account = Account(
            script=_script(script),
            faults=FaultQueue(faults),
            batches=Batches(batch_seconds, batch_results),
            latency=latency,
            tokens_per_second=tokens_per_second,
        )
        self._port = port
        self._log = RequestLog()
        self._on_reply = on_reply or (lambda received: None)
        self._listener: Listener | None = None

    def start(self) -> Self:
        """Listens from now on."""
        self._listener = Listener(self._port, self._account, self._log, self._on_reply)
        self._listener.start()
        return self

    def close(self) -> None:
        """Ends every connection and forgets nothing: `requests` can still be read."""
        if self._listener:
            self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Without a trailing slash; any path may be put behind it, before `/v1`."""
        if self._listener is None:
            raise RuntimeError("the simulator has not been started")
        return f"http://{self._listener.authority}"

    @property
    def requests(self) -> list[Received]:
        """The requests that came, oldest first, the last thousand of them."""
        return list(self._log)

    @property
    def files(self) -> Files:
        """What was uploaded."""
        return self._account.files

    @property
    def batches(self) -> Batches:
        """What was made of the batches that came, and how the next ones shall fare."""
        return self._account.batches

    def enqueue(self, **reply: Any) -> None:
        """Adds a reply to the script, its fields as arguments; `sse` and a raw body may be bytes.

        Raises InputError where the fields are no reply.
        """
        self._account.script.add(reply)

    def inject(self, *faults: str) -> None:
        """Adds faults; raises UsageError for one that is not known."""
        self._account.faults.add(faults)


def _script(source: Path | Iterable[Mapping[str, Any]] | None) -> Script:
    if isinstance(source, Path):
        return load_script(source)
    script = Script()
    for fields in source or ():
        script.add(dict(fields))
    return script


class Listener(ThreadingHTTPServer):
    """The listening socket and its open connections, each in a daemon thread."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it lets two listen on one port
    request_queue_size = 512

    def __init__(
        self,
        port: int,
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
            super().__init__((HOST, port), Connection)
        except (OSError, OverflowError) as error:
            told = f"cannot listen on {HOST}:{port}: {error}"
            raise UsageError(told, hint="choose another --port") from error

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
