"""A small Messages and Batches API over real HTTP, with the accidents that the tests need.

It remembers all that was sent to it: `sent` holds each request of each create that was carried
out, `asked` each prompt that came to /v1/messages.
"""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

from tests.conftest import CANARY

USAGE = {"input_tokens": 10, "output_tokens": 5}


def prompt_of(params: dict[str, Any]) -> str:
    """The text of the last user turn."""
    content = params["messages"][-1]["content"]
    return content if isinstance(content, str) else str(content[-1].get("text"))


def message(
    params: dict[str, Any], text: str | None = None, stop_reason: str = "end_turn"
) -> dict[str, Any]:
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": [{"type": "text", "text": text or f"re: {prompt_of(params)}"}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": USAGE,
    }


def succeed(request: dict[str, Any], **answer: str) -> dict[str, Any]:
    return {"type": "succeeded", "message": message(request["params"], **answer)}


class Batch:
    """One batch: it ends after it was shown `polls` times."""

    def __init__(self, number: int, requests: list[dict[str, Any]], polls: int) -> None:
        self.id = f"msgbatch_{number:04}"
        self.requests = requests
        self.polls_left = polls
        self.created = datetime.now(UTC)
        self.archived = False
        self.lines: list[bytes] = []

    def ended(self) -> bool:
        return self.polls_left <= 0

    def shown(self, results_url: str) -> dict[str, Any]:
        ended = self.ended()
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        if ended:
            for line in self.lines:
                counts[json.loads(line)["result"]["type"]] += 1
        else:
            counts["processing"] = len(self.requests)
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts,
            "created_at": self.created.isoformat(),
            "expires_at": (self.created + timedelta(days=1)).isoformat(),
            "ended_at": self.created.isoformat() if ended else None,
            "archived_at": self.created.isoformat() if self.archived else None,
            "results_url": results_url if ended and not self.archived else None,
        }


class BatchServer:
    """The server; use it in a `with`. Change its fields to make accidents happen."""

    def __init__(self) -> None:
        self.polls = 1
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = succeed
        self.lose_creates = 0
        """So many creates are carried out, and answered by a closed connection."""
        self.refuse_creates: list[tuple[int, dict[str, str]]] = []
        self.cut_results_at: int | None = None
        """Bytes after which a download breaks; once."""
        self.results_url: str | None = None
        self.refuse_messages: list[tuple[int, dict[str, str]]] = []
        self.latency = 0.0
        self.batches: list[Batch] = []
        self.sent: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.calls: list[str] = []
        self.most_under_way = 0
        self.under_way = 0
        self.mangle: Callable[[list[bytes]], list[bytes]] = lambda lines: lines
        self.lock = threading.Lock()
        server = self

        class Handler(_Handler):
            api = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def sent_ids(self) -> list[str]:
        return [request["custom_id"] for request in self.sent]

    def make(self, requests: list[dict[str, Any]]) -> Batch:
        with self.lock:
            batch = Batch(len(self.batches) + 1, requests, self.polls)
            for request in requests:
                line = {"custom_id": request["custom_id"], "result": self.answer(request)}
                batch.lines.append(json.dumps(line).encode())
            random.Random(7).shuffle(batch.lines)
            self.batches.append(batch)
            self.sent += requests
            return batch

    def find(self, batch_id: str) -> Batch | None:
        return next((batch for batch in self.batches if batch.id == batch_id), None)


class _Handler(BaseHTTPRequestHandler):
    api: BatchServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def _route(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        self.api.calls.append(f"{method} {path}")
        for pattern, name in _ROUTES:
            if match := re.fullmatch(pattern, f"{method} {path}"):
                try:
                    getattr(self, name)(body, *match.groups())
                except ConnectionError:
                    self.close_connection = True
                return
        self._refuse(404, "not_found_error")

    def create(self, body: bytes) -> None:
        if self.api.refuse_creates:
            status, headers = self.api.refuse_creates.pop(0)
            self._refuse(status, "overloaded_error", headers)
            return
        batch = self.api.make(json.loads(body)["requests"])
        if self.api.lose_creates:
            self.api.lose_creates -= 1
            self.close_connection = True
            return
        time.sleep(self.api.latency)
        self._json(self._shown(batch))

    def list(self, body: bytes) -> None:
        newest = self.api.batches[::-1]
        after = re.search(r"after_id=([^&]+)", self.path)
        if after:
            ids = [batch.id for batch in newest]
            newest = newest[ids.index(after[1]) + 1 :]
        for batch in newest:
            batch.polls_left -= 1
        page = newest[:2]  # small pages: whoever reads one only is found out
        self._json(
            {
                "data": [self._shown(batch) for batch in page],
                "has_more": len(newest) > 2,
                "first_id": page[0].id if page else None,
                "last_id": page[-1].id if page else None,
            }
        )

    def show(self, body: bytes, batch_id: str) -> None:
        batch = self.api.find(batch_id)
        if batch is None:
            self._refuse(404, "not_found_error")
            return
        batch.polls_left -= 1
        self._json(self._shown(batch))

    def cancel(self, body: bytes, batch_id: str) -> None:
        batch = self.api.find(batch_id)
        assert batch is not None
        batch.polls_left = 0
        batch.lines = [
            json.dumps({"custom_id": r["custom_id"], "result": {"type": "canceled"}}).encode()
            for r in batch.requests
        ]
        self._json(self._shown(batch))

    def delete(self, body: bytes, batch_id: str) -> None:
        batch = self.api.find(batch_id)
        if batch is None:
            self._refuse(404, "not_found_error")
        elif not batch.ended():
            self._refuse(400, "invalid_request_error")
        else:
            self.api.batches.remove(batch)
            self._json({"id": batch_id, "type": "message_batch_deleted"})

    def results(self, body: bytes, batch_id: str) -> None:
        batch = self.api.find(batch_id)
        assert batch is not None
        text = b"\n".join(self.api.mangle(batch.lines))  # no newline at the end, as it may be
        self.send_response(200)
        self.send_header("content-type", "application/x-jsonl")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        cut, self.api.cut_results_at = self.api.cut_results_at, None
        self.wfile.write(text[:cut])
        if cut is not None:
            self.close_connection = True

    def count(self, body: bytes) -> None:
        self._json({"input_tokens": 10})

    def message(self, body: bytes) -> None:
        api = self.api
        if api.refuse_messages:
            status, headers = api.refuse_messages.pop(0)
            self._refuse(status, "rate_limit_error", headers)
            return
        params = json.loads(body)
        with api.lock:
            api.asked.append(prompt_of(params))
            api.under_way += 1
            api.most_under_way = max(api.most_under_way, api.under_way)
        time.sleep(api.latency)
        with api.lock:
            api.under_way -= 1
        result = api.answer({"params": params})
        if result["type"] == "succeeded":
            self._json(result["message"])
        else:
            self._refuse(400, "invalid_request_error")

    def _shown(self, batch: Batch) -> dict[str, Any]:
        own = f"{self.api.base_url}/v1/messages/batches/{batch.id}/results"
        return batch.shown(self.api.results_url or own)

    def _refuse(self, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        error = {"type": "error", "error": {"type": kind, "message": "no"}}
        self._json(error, status, headers)

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)


_ROUTES = [
    (r"POST /v1/messages/batches", "create"),
    (r"GET /v1/messages/batches", "list"),
    (r"GET /v1/messages/batches/([^/]+)", "show"),
    (r"POST /v1/messages/batches/([^/]+)/cancel", "cancel"),
    (r"DELETE /v1/messages/batches/([^/]+)", "delete"),
    (r"GET /v1/messages/batches/([^/]+)/results", "results"),
    (r"POST /v1/messages/count_tokens", "count"),
    (r"POST /v1/messages", "message"),
]


def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    """A server that the program reaches through the environment; `pytest.fixture(serving)`."""
    with BatchServer() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        yield running
