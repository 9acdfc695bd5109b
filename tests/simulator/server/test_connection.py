"""HTTP: framing, limits, headers, routes, bad requests."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from claude_cli.simulator.server import routes
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.exchange import Response
from tests.simulator.bodies import HEADERS, message_body, user


def talk(simulator: Simulator, sent: bytes) -> bytes:
    """Everything that a raw connection gets back."""
    port = int(simulator.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def post(body: bytes, *headers: str) -> bytes:
    """A raw request, the last of its connection."""
    lines = ["POST /v1/messages HTTP/1.1", "host: 127.0.0.1", "connection: close",
             *(f"{name}: {value}" for name, value in HEADERS.items()), *headers]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def envelope(response: httpx.Response) -> dict[str, Any]:
    """The error of a refusal, its frame checked."""
    found = response.json()
    assert set(found) == {"type", "error", "request_id"}
    assert found["type"] == "error"
    assert found["request_id"] == response.headers["request-id"]
    error: dict[str, Any] = found["error"]
    return error


def test_every_response_carries_the_api_s_headers(client: httpx.Client) -> None:
    for response in (client.get("/v1/models"), client.get("/nothing")):
        assert response.headers["request-id"].startswith("req_")
        assert response.headers["anthropic-organization-id"]
        assert response.headers["anthropic-ratelimit-requests-limit"] == "4000"
        assert response.headers["anthropic-ratelimit-output-tokens-reset"].endswith("Z")
        assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://example.org"},
        {"origin": "null"},
        {"host": "example.org"},  # a name that its owner lets point to 127.0.0.1
        {"host": "127.0.0.1.example.org"},
    ],
)
def test_a_foreign_host_or_origin_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    assert client.get("/v1/models", headers=headers).status_code == 403
    assert client.get("/v1/models").status_code == 200


def test_request_ids_differ(client: httpx.Client) -> None:
    ids = {client.get("/v1/models").headers["request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("method", "path", "status", "error_type"),
    [
        ("GET", "/", 404, "not_found_error"),
        ("GET", "/v1/nothing", 404, "not_found_error"),
        ("POST", "/v1/complete", 404, "not_found_error"),
        ("GET", "/v1/models/", 200, None),
        ("GET", "/v1/models/claude-nope", 404, "not_found_error"),
        ("GET", "/v1/models/a/b", 404, "not_found_error"),
        ("GET", "/v1/messages", 405, "invalid_request_error"),
        ("DELETE", "/v1/models", 405, "invalid_request_error"),
        ("BREW", "/v1/messages", 501, "api_error"),
    ],
)
def test_paths_and_methods(
    client: httpx.Client, method: str, path: str, status: int, error_type: str | None
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    if error_type:
        assert envelope(response)["type"] == error_type
    if status == 405:
        assert response.headers["allow"]


def test_any_prefix_before_v1_is_fine(simulator: Simulator, client: httpx.Client) -> None:
    assert client.post("/v1/proxy/v1/messages", json=message_body()).status_code == 200
    (request,) = simulator.requests
    assert request.path == "/v1/messages"
    assert request.base_url == f"{simulator.base_url}/v1/proxy"


def test_an_id_in_the_path_is_decoded(client: httpx.Client) -> None:
    assert client.get("/v1/models/claude%2Dhaiku%2D4%2D5").json()["id"].startswith("claude-haiku")


def test_a_connection_serves_many_requests(simulator: Simulator, client: httpx.Client) -> None:
    for _ in range(3):
        response = client.post("/v1/messages", json=message_body())
        assert "connection" not in response.headers
    client.post("/v1/messages", json=message_body(stream=True))
    assert client.get("/v1/models").status_code == 200
    assert len(simulator.requests) == 5


def test_a_head_request_gets_no_body(client: httpx.Client) -> None:
    response = client.head("/v1/messages")
    assert (response.status_code, response.content) == (405, b"")
    assert client.get("/v1/models").status_code == 200


def test_a_body_in_chunks_is_read(simulator: Simulator, client: httpx.Client) -> None:
    body = json.dumps(message_body()).encode()
    pieces = iter([body[:10], body[10:11], body[11:]])
    response = client.post("/v1/messages", content=pieces, headers=HEADERS)
    assert response.status_code == 200
    assert simulator.requests[0].headers["transfer-encoding"] == "chunked"
    assert simulator.requests[0].size == len(body)


def test_a_client_that_waits_for_permission_gets_it(simulator: Simulator) -> None:
    body = json.dumps(message_body()).encode()
    answer = talk(simulator, post(body, f"content-length: {len(body)}", "expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b'{"a": "\\ud800"}', "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b"[]", "Input should be a valid object"),
    ],
)
def test_a_body_that_is_no_json_object(client: httpx.Client, body: bytes, expected: str) -> None:
    response = client.post("/v1/messages", content=body, headers=HEADERS)
    assert response.status_code == 400
    assert expected in envelope(response)["message"]


def test_a_compressed_body_is_not_understood(client: httpx.Client) -> None:
    body = gzip.compress(json.dumps(message_body()).encode())
    headers = {**HEADERS, "content-encoding": "gzip"}
    assert client.post("/v1/messages", content=body, headers=headers).status_code == 400


def test_emoji_pairs_are_no_lone_surrogates(client: httpx.Client) -> None:
    body = json.dumps(message_body(user("\U0001f600")), ensure_ascii=True).encode()
    assert b"\\ud83d" in body
    assert client.post("/v1/messages", content=body, headers=HEADERS).status_code == 200


def test_what_would_take_for_ever_is_refused(client: httpx.Client) -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "$ref": "#"}, "input_examples": [{}]}
    response = client.post("/v1/messages", json=message_body(tools=[tool]))
    assert response.status_code == 400
    assert "nested too deeply" in envelope(response)["message"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(simulator: Simulator) -> None:
    answer = talk(simulator, post(b"{", "content-length: 32000001"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"request_too_large" in answer
    assert b"connection: close" in answer


def test_a_client_that_sends_it_all_the_same_still_gets_to_know(simulator: Simulator) -> None:
    answer = talk(simulator, post(b"x" * 40_000_000, "content-length: 40000000"))
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_is_refused_when_it_has_grown_too_large(client: httpx.Client) -> None:
    pieces = iter([b"x" * 1_000_000] * 40)
    response = client.post("/v1/messages", content=pieces, headers=HEADERS)
    assert response.status_code == 413
    assert envelope(response)["type"] == "request_too_large"


def test_the_body_of_a_refused_request_is_not_taken_for_the_next(client: httpx.Client) -> None:
    assert client.post("/v1/nothing", json=message_body()).status_code == 404
    assert client.get("/v1/models").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["content-length: ten", "content-length: -1", "transfer-encoding: gzip"],
)
def test_framing_that_is_not_understood(simulator: Simulator, header: str) -> None:
    assert talk(simulator, post(b"{}", header)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [b"zz", b"-1", b"", b"0x5", b"fffffffff"])
def test_a_malformed_chunk(simulator: Simulator, size: bytes) -> None:
    answer = talk(simulator, post(size + b"\r\n{}\r\n0\r\n\r\n", "transfer-encoding: chunked"))
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /v1/models HTTP/9.9\r\n\r\n",
        b"GET " + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_not_http_is_answered_in_the_api_s_form(simulator: Simulator, sent: bytes) -> None:
    head, _, body = talk(simulator, sent).partition(b"\r\n\r\n")
    assert head.split(b" ")[1][:1] in (b"4", b"5")
    assert json.loads(body)["type"] == "error"


@pytest.mark.parametrize("target", ["//[", "http://[x/v1/models", "/v1/models?a=%ff&&=", "*"])
def test_odd_targets_are_answered(simulator: Simulator, target: str) -> None:
    sent = f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode()
    assert talk(simulator, sent).startswith(b"HTTP/1.1 40")


def test_a_doubled_header_is_joined(simulator: Simulator) -> None:
    body = json.dumps(message_body()).encode()
    betas = ["anthropic-beta: skills-2025-10-02", "Anthropic-Beta: nonsense"]
    talk(simulator, post(body, f"content-length: {len(body)}", *betas))
    assert simulator.requests[0].headers["anthropic-beta"] == "skills-2025-10-02, nonsense"


def test_http_1_0_gets_a_stream_without_chunks(simulator: Simulator) -> None:
    body = json.dumps(message_body(stream=True)).encode()
    request = post(body, f"content-length: {len(body)}").replace(b"HTTP/1.1", b"HTTP/1.0")
    head, _, stream = talk(simulator, request).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert stream.startswith(b"event: message_start\n")
    assert stream.endswith(b'data: {"type":"message_stop"}\n\n')


def test_a_client_that_leaves_while_sending_is_recorded(simulator: Simulator) -> None:
    port = int(simulator.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(post(b"{", "content-length: 100"))
    deadline = time.monotonic() + 30
    while not simulator.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    (request,) = simulator.requests
    assert request.ended.wait(30)
    assert request.disconnected


@pytest.fixture
def broken_route(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def endpoint(account: object, received: object) -> Response:
        raise KeyError("oops")

    route = routes.Route("GET", "/v1/broken", endpoint)
    monkeypatch.setattr(routes, "ROUTES", (*routes.ROUTES, route))
    yield


@pytest.mark.usefixtures("broken_route")
def test_a_bug_is_a_500_that_says_so(client: httpx.Client) -> None:
    response = client.get("/v1/broken")
    assert response.status_code == 500
    error = envelope(response)
    assert error["type"] == "api_error"
    assert error["message"] == "a bug in the simulator: KeyError: 'oops'"
