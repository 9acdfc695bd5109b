"""A server of raw sockets, for what no proper server does: resets, silence, bombs, broken TLS.

Each connection runs a script in a thread of its own: the first connection the first script, and
so on; the last script serves all further ones. A script is a function that is given the `Wire`.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from select import select
from typing import Any, Self

PEM = Path(__file__).with_name("localhost.pem")
"""Key and certificate of the TLS servers; as a CA bundle it makes a client trust them."""

Script = Callable[["Wire"], object]


class Wire:
    """The server's end of one connection. `stop` becomes readable when the server stops."""

    def __init__(
        self, connection: socket.socket, stop: socket.socket, requests: list[bytes]
    ) -> None:
        self._socket = connection
        self._stop = stop
        self._requests = requests
        self._received = b""
        self._relay: Relay | None = None

    def read_request(self) -> bytes:
        """Read one request, header and body; empty when the client has closed."""
        while b"\r\n\r\n" not in self._received:
            if not self._receive():
                return b""
        header, _, _ = self._received.partition(b"\r\n\r\n")
        length = len(header) + 4 + _content_length(header)
        while len(self._received) < length and self._receive():
            pass
        request, self._received = self._received[:length], self._received[length:]
        self._requests.append(request)
        return request

    def send(self, *pieces: bytes) -> None:
        """Send each piece at once."""
        for piece in pieces:
            self._socket.sendall(piece)

    def trickle(self, content: bytes, seconds: float) -> None:
        """Send one byte every `seconds`, until all is sent or the server stops."""
        for byte in content:
            self._socket.sendall(bytes([byte]))
            if self.sleep(seconds):
                return

    def hold(self) -> None:
        """Say nothing until the client closes or the server stops."""
        while self._stop not in (ready := select([self._socket, self._stop], [], [])[0]):
            try:
                if ready and not self._socket.recv(65536):
                    return
            except OSError:
                return

    def sleep(self, seconds: float) -> bool:
        """Do nothing for `seconds`; True as soon as the server stops."""
        return bool(select([self._stop], [], [], seconds)[0])

    def start_tls(self) -> None:
        """Go on in TLS, as the tunnel of a proxy does."""
        self._socket = tls_context().wrap_socket(self._socket, server_side=True)

    def start_relayed_tls(self) -> "Relay":
        """Go on in TLS inside whatever there is, TLS or not; a relay carries its records."""
        inner, outer = socket.socketpair()
        self._relay = Relay(outer, self._socket)
        self._relay.start()
        self._socket = tls_context().wrap_socket(inner, server_side=True)
        return self._relay

    def relay_to(self, port: int) -> None:
        """Let the server at another port of this machine speak, until one of them closes."""
        Relay(socket.create_connection(("127.0.0.1", port)), self._socket).run()

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Close in order."""
        self._socket.close()
        if self._relay is not None:
            self._relay.join()

    def _receive(self) -> bool:
        chunk = self._socket.recv(65536)
        self._received += chunk
        return bool(chunk)


class FaultyServer:
    """Listens on a free port of 127.0.0.1 while it is used in a `with`.

    `requests` is what `Wire.read_request` read, `connections` how many were accepted. With `tls`
    each connection begins with a handshake.
    """

    def __init__(self, *scripts: Script, tls: bool = False) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._tls = tls_context() if tls else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop, self._stopper = socket.socketpair()
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *details: object) -> None:
        self._stopper.close()
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._stop.close()

    def _accept(self) -> None:
        while self._stop not in select([self._listener, self._stop], [], [])[0]:
            connection, _ = self._listener.accept()
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, script))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, script: Script) -> None:
        connection.settimeout(10)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with closing(Wire(connection, self._stop, self.requests)) as wire:
                script(wire)
        except OSError:
            pass  # the client was done with us: it closed, reset, or did not trust us
        finally:
            connection.close()


class Relay(threading.Thread):
    """Passes on what either side sends, until one of them is closed.

    With a `pause` it sends what comes from the server byte by byte, so many seconds apart.
    """

    def __init__(self, server: socket.socket, client: socket.socket) -> None:
        super().__init__()
        self.pause = 0.0
        self._server = server
        self._client = client

    def run(self) -> None:
        with self._server, self._client, suppress(OSError):
            while True:
                for source in select([self._server, self._client], [], [])[0]:
                    received = source.recv(65536)
                    if not received:
                        return
                    self._pass_on(received, from_server=source is self._server)

    def _pass_on(self, content: bytes, *, from_server: bool) -> None:
        if not from_server:
            self._server.sendall(content)
        elif not self.pause:
            self._client.sendall(content)
        else:
            for byte in content:
                self._client.sendall(bytes([byte]))
                time.sleep(self.pause)


def tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    return context


def replying(*pieces: bytes) -> Script:
    """A script that reads requests and sends `pieces` after each."""

    def reply(wire: Wire) -> None:
        while wire.read_request():
            wire.send(*pieces)

    return reply


def replying_once(*pieces: bytes) -> Script:
    """A script that reads one request, sends `pieces` and closes."""

    def reply(wire: Wire) -> None:
        wire.read_request()
        wire.send(*pieces)

    return reply


def response(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole response; a header's name is written with underscores."""
    lines = {"content-length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def json_response(value: Any, status: str = "200 OK", **headers: str) -> bytes:
    """A whole response whose body is JSON."""
    body = json.dumps(value).encode()
    return response(status, body, content_type="application/json", **headers)


def error_response(status: str, kind: str, message: str = "No.", **headers: str) -> bytes:
    """An error in the API's envelope."""
    envelope = {"type": "error", "error": {"type": kind, "message": message}}
    return json_response(envelope, status, **headers)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"request-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"


def chunk(content: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event, in a chunk of its own."""
    return chunk(f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode())


START = event(
    {
        "type": "message_start",
        "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": []},
    }
)
BLOCK = event(
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
)
BLOCK_STOP = event({"type": "content_block_stop", "index": 0})
STOP = event(
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 1},
    }
)
MESSAGE_STOP = event({"type": "message_stop"})
PING = event({"type": "ping"})


def delta(text: str) -> bytes:
    """An event that brings a piece of text."""
    return event(
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": text},
        }
    )


def answer(text: str = "Hello.") -> bytes:
    """A whole streamed response that says `text`."""
    events = [START, BLOCK, delta(text), BLOCK_STOP, STOP, MESSAGE_STOP]
    return STREAM_HEAD + b"".join(events) + LAST_CHUNK


def _content_length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
