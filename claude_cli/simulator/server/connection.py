"""One HTTP/1.1 connection: reads requests, asks the endpoints, sends what they answer, slowly or
brokenly where that was ordered. Knows nothing of messages.
"""

import contextlib
import hashlib
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from claude_cli.simulator.server import body, replay
from claude_cli.simulator.server.listener import HOST, Listener
from claude_cli.simulator.server.routes import find_route
from claude_cli.simulator.wire.exchange import (
    Interruption,
    Received,
    Response,
    Step,
    json_response,
)
from claude_cli.simulator.wire.rejections import Rejection, invalid
from claude_cli.simulator.wire.response_headers import new_request_id, usual_headers

WRITE_SIZE = 65_536
"""Bytes of a stream that are collected before they are sent."""
LINGER = 2.0
"""Seconds for which the rest of a refused body is thrown away before the connection is closed."""
SHORTEST_WAIT = 0.002
"""Seconds; what is due sooner is sent at once."""
_OWN_HOST = re.compile(rf"({re.escape(HOST)}|localhost)(:\d{{1,5}})?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://[^/]*")
"""What precedes the path where a request names the whole URL."""


class _CutShort(Exception):
    """The response ends here, in the middle."""


class Connection(BaseHTTPRequestHandler):
    """Lives as long as the client keeps it open, in a thread of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def answer(self) -> None:
        """One request and its response."""
        received = self._receive_head()
        try:
            self._send(received, self._respond(received))
        except ConnectionError:
            received.disconnected = not self.server.closing.is_set()
            self.close_connection = True
        finally:
            try:
                self.server.on_reply(received)
            finally:
                received.raw = b""
                received.ended.set()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class cannot parse is answered in the API's form, too."""
        received = Received(self.command or "", "", request_id=new_request_id())
        self.close_connection = True
        rejection = Rejection(code, message or HTTPStatus(code).phrase)
        self._send(received, _refusal(rejection, received))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed here; `on_reply` is told of every request."""

    # Reading

    def _receive_head(self) -> Received:
        path, _, query = _ORIGIN.sub("", self.path).partition("?")
        start = max(0, path.rfind("/v1/"))
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Received(
            method=self.command,
            path=path[start:],
            query=parse_qs(query, keep_blank_values=True),
            query_text=query,
            headers=headers,
            base_url=f"http://{headers.get('host', self.server.authority)}{path[:start]}",
            request_id=new_request_id(),
        )

    # Answering

    def _respond(self, received: Received) -> Response:
        try:
            return self._ask_endpoint(received)
        except Rejection as rejection:
            return _refusal(rejection, received)
        except RecursionError:
            return _refusal(invalid("", "the request is nested too deeply"), received)
        except ConnectionError:
            raise
        except Exception as error:
            bug = f"a bug in the simulator: {type(error).__name__}: {error}"
            return _refusal(Rejection(500, bug), received)
        finally:
            self.server.log.append(received)

    def _ask_endpoint(self, received: Received) -> Response:
        """A body that is not read to its end costs the client the connection."""
        closes = self.close_connection
        self.close_connection = closes or body.is_announced(received)
        _check_origin(received.headers)
        endpoint, limit = self._endpoint(received)
        received.raw = b"".join(body.pieces(self.rfile, received, limit))
        self.close_connection = closes
        received.fingerprint = hashlib.blake2b(received.raw, digest_size=16).hexdigest()
        return endpoint()

    def _endpoint(self, received: Received) -> tuple[Callable[[], Response], int]:
        """What answers, and how many bytes of a body it takes."""
        account = self.server.account
        if account.cassette is not None:
            return partial(replay.answer, account.cassette, received), replay.BODY_LIMIT
        route, arguments = find_route(received.method, received.path)
        return partial(route.endpoint, account, received, *arguments), route.body_limit

    # Sending

    def _send(self, received: Received, response: Response) -> None:
        received.status = response.status
        if response.delay:
            self._wait(response.delay)
        pause = response.byte_pause
        if isinstance(response.body, bytes):
            length = {"content-length": str(len(response.body))}
            sent = b"" if received.method == "HEAD" else response.body
            received.note_sent(sent)
            self._write(self._head(received, response, length) + sent, pause)
        else:
            self._send_steps(received, response, response.body)
        if self.close_connection:
            self._linger()

    def _send_steps(self, received: Received, response: Response, steps: Iterable[Step]) -> None:
        """A body whose length nobody knows: in chunks, or for HTTP/1.0 up to the end."""
        chunked = self.request_version >= "HTTP/1.1"
        self.close_connection = self.close_connection or not chunked
        framing = {"transfer-encoding": "chunked"} if chunked else {}
        unsent = self._head(received, response, framing)
        try:
            frame = _chunk if chunked else bytes
            for data in self._when_due(steps, frame, received.note_sent):
                self._write(unsent + data, response.byte_pause)
                unsent = b""
        except _CutShort:
            self.close_connection = True

    def _when_due(
        self,
        steps: Iterable[Step],
        frame: Callable[[bytes], bytes],
        note: Callable[[bytes], None],
    ) -> Iterator[bytes]:
        """The framed bytes of the steps, none before it is due, as many at a time as are due."""
        collected = bytearray()
        due = time.monotonic()
        for step in steps:
            if isinstance(step, bytes):
                note(step)
                collected += step
                if len(collected) < WRITE_SIZE:
                    continue
            elif isinstance(step, float):
                due += step
                if due < time.monotonic() + SHORTEST_WAIT:
                    continue
            if collected:
                yield frame(bytes(collected))
                collected.clear()
            if isinstance(step, float):
                self._wait(due - time.monotonic())
            elif step is Interruption.STALL:
                self._wait(None)
            elif step is Interruption.CUT:
                raise _CutShort
        last = frame(bytes(collected)) if collected else b""
        yield last + frame(b"")

    def _head(self, received: Received, response: Response, framing: dict[str, str]) -> bytes:
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Overloaded" if response.status == 529 else "Unknown"
        headers = {
            "date": self.date_time_string(),
            **usual_headers(received.request_id, response.status),
            **({"connection": "close"} if self.close_connection else {}),
            **framing,
            **response.headers,
        }
        received.sent_headers = list(headers.items())
        lines = [f"HTTP/1.1 {response.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _write(self, data: bytes, pause: float = 0.0) -> None:
        if not pause:
            self.connection.sendall(data)
            return
        for position in range(len(data)):
            self._wait(pause)
            self.connection.sendall(data[position : position + 1])

    def _wait(self, seconds: float | None) -> None:
        """Sleeps; ConnectionError as soon as the client, or the simulator, has gone."""
        if seconds is not None and seconds <= 0:
            return
        self.connection.settimeout(seconds)
        try:
            if not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError
            # The next request is here already: nothing would tell that the client leaves.
            if self.server.closing.wait(seconds):
                raise ConnectionAbortedError
        except TimeoutError:
            pass
        finally:
            self.connection.settimeout(None)

    def _linger(self) -> None:
        """Closing a socket with unread bytes resets it, and the client may lose the response."""
        end = time.monotonic() + LINGER
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER)
            while self.connection.recv(WRITE_SIZE) and time.monotonic() < end:
                pass


def _chunk(data: bytes) -> bytes:
    """RFC 9112; the empty chunk is the last."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _check_origin(headers: dict[str, str]) -> None:
    """No web page may talk to us, whatever name it gives to the loopback address."""
    host = headers.get("host", HOST)
    if not _OWN_HOST.fullmatch(host):
        raise Rejection(403, f"host: {host!r} is not the simulator; use {HOST} or localhost")
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise Rejection(403, f"origin: {origin!r} may not use the simulator")


def _refusal(rejection: Rejection, received: Received) -> Response:
    received.error_type, received.error = rejection.error_type, rejection.message
    response = json_response(rejection.envelope(received.request_id))
    response.status = rejection.status
    response.headers.update(rejection.headers)
    return response
