"""An MCP server over Streamable HTTP that does what its path says; it knows no library.

`seen` holds the method, headers and message of each request, in their order.
"""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.tools.mcp.scripted_server import TOOLS, text


class _Handler(BaseHTTPRequestHandler):
    server: "ScriptedHttp"
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.note(self, message)
        manner = self.path.strip("/").replace("-", " ")
        if "id" not in message or "method" not in message:
            self.reply(202)
        else:
            self.take(message, manner)

    def do_DELETE(self) -> None:
        self.server.note(self, {})
        self.reply(200)

    def take(self, message: dict[str, Any], manner: str) -> None:
        match message["method"]:
            case _ if manner == "wants a credential" and "Authorization" not in self.headers:
                self.reply(401, b"{}")
            case _ if manner == "redirects":
                self.reply(307, location="http://127.0.0.1:1/")
            case _ if manner.startswith("leads to "):
                port = manner.removeprefix("leads to ")
                self.reply(307, location=f"http://127.0.0.1:{port}/behaves")
            case _ if manner == "fails":
                self.reply(502, b"bad gateway", "text/html")
            case _ if manner == "speaks html":
                self.reply(200, b"<html>" * 10, "text/html")
            case _ if manner == "floods":
                self.reply(200, b" " * (17 * 1024 * 1024))
            case _ if manner == "floods a stream":
                self.reply(200, b"data: " + b" " * (17 * 1024 * 1024), "text/event-stream")
            case _ if manner == "sends a bomb":
                bomb = gzip.compress(bytes(100_000_000), 1)
                self.reply(200, bomb, encoding="gzip")
            case _ if manner == "lies about its encoding":
                self.reply(200, b"{}", encoding="gzip")
            case "initialize" if manner == "modern":
                error = {"code": -32022, "message": "no such version"}
                self.answer(message, 400, error=error)
            case "initialize":
                self.server.sessions += 1
                session = f"s{self.server.sessions}"
                self.answer(message, session=session, result={"protocolVersion": "2025-06-18"})
            case "server/discover":
                self.answer(message, result={"resultType": "complete"})
            case "tools/list":
                self.answer(message, result={"tools": TOOLS})
            case "tools/call":
                self.call(message, manner)

    def call(self, message: dict[str, Any], manner: str) -> None:
        numbers = [n for n in message["params"]["arguments"].values() if type(n) is int]
        result = text(json.dumps(sum(numbers)))
        forgotten = manner == "forgets us" and self.headers["Mcp-Session-Id"] == "s1"
        arguments = message["params"]["arguments"]
        if manner == "breaks the protocol" and "line" in arguments:
            line = arguments["line"].replace("ID", str(message["id"])).encode("latin-1")
            if arguments["streamed"]:
                self.reply(200, b"data: " + line + b"\n\n", "text/event-stream")
            else:
                self.reply(200, line)
        elif forgotten or manner == "forgets us again and again":
            self.reply(404, b'{"error": "no such session"}')
        elif manner == "streams":
            token = message["params"]["_meta"]["progressToken"]
            progress = {"progressToken": token, "progress": 1, "total": 2}
            notes = [
                {"method": "notifications/progress", "params": progress},
                {"id": "theirs", "method": "ping"},
                {"id": message["id"] + 1000, "result": text("lost")},
                {"id": message["id"], "result": result},
                {"method": "notifications/message"},
            ]
            events = "".join(f"event: message\ndata: {json.dumps(note)}\n\n" for note in notes)
            self.reply(200, f": hello\n\n{events}".encode(), "text/event-stream")
        elif manner == "streams no response":
            self.reply(200, b"data: {}\n\n", "text/event-stream")
        elif manner == "hangs":
            self.server.released.wait(30)
        else:
            self.answer(message, result=result)

    def answer(
        self, message: dict[str, Any], status: int = 200, session: str = "", **fields: Any
    ) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], **fields}).encode()
        self.reply(status, body, session=session)

    def reply(
        self,
        status: int,
        body: bytes = b"",
        kind: str = "application/json; charset=utf-8",
        *,
        session: str = "",
        location: str = "",
        encoding: str = "",
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Mcp-Session-Id": session,
            "Location": location,
            "Content-Encoding": encoding,
        }
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class ScriptedHttp(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close: ClassVar[bool] = False  # type: ignore[misc]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.sessions = 0
        self.released = threading.Event()

    def url(self, manner: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{manner.replace(' ', '-')}"

    def note(self, request: BaseHTTPRequestHandler, message: dict[str, Any]) -> None:
        names = {name.lower() for name in request.headers}
        headers = {name: ", ".join(request.headers.get_all(name, [])) for name in names}
        self.seen.append((request.command, headers, message))


@contextmanager
def scripted_http() -> Iterator[ScriptedHttp]:
    with ScriptedHttp() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
