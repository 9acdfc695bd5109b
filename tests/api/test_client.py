"""Requests as they reach the wire, replies as they come back, and what is tried again."""

import gzip
import json
import time
from threading import Event
from typing import Any

import pytest

from claude_cli.api import response as network_response
from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.api.failures import SpendLimitReached
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.payload import Payload
from claude_cli.api.retry import CREATE_ONCE
from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    ConfigError,
    InputError,
    ProtocolError,
    TemporaryFailure,
)
from tests.api.clients import KEY, client, talk
from tests.faulty_server import (
    LAST_CHUNK,
    FaultyServer,
    Script,
    Wire,
    chunk,
    error_response,
    json_response,
    replying,
    replying_once,
    response,
)

OK = json_response({"ok": True})


class Recorder:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.waits: list[tuple[float, str, int, int]] = []

    def request_sent(self, method: str, url: str, headers: Any, body: bytes | None) -> None:
        self.calls.append(("request", method, url, headers, body))

    def response_received(self, status: int, reason: str, headers: Any) -> None:
        self.calls.append(("response", status, reason, headers))

    def response_chunk(self, chunk: bytes) -> None:
        self.calls.append(("chunk", chunk))

    def waiting(self, seconds: float, reason: str, attempt: int, attempts: int) -> None:
        self.waits.append((seconds, reason, attempt, attempts))


def reply_to(script: Script, **options: Any) -> dict[str, Any]:
    with talk(script, **options) as (_, api):
        return api.call("GET", "/v1/models")


def failure_of(script: Script, **options: Any) -> ClaudeCliError:
    with pytest.raises(ClaudeCliError) as raised:
        reply_to(script, **options)
    return raised.value


def test_a_post_carries_its_body_and_the_usual_headers() -> None:
    with talk(replying(OK), betas=("b-1",)) as (server, api):
        assert api.call("POST", "/v1/x", body={"text": "é"}, query=[("a[]", "1")]) == {"ok": True}
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == '{"text":"é"}'.encode()
    assert head.decode().split("\r\n") == [
        "POST /v1/x?a%5B%5D=1 HTTP/1.1",
        f"host: 127.0.0.1:{server.port}",
        "accept-encoding: gzip, deflate",
        "content-length: 13",
        "accept: application/json",
        "user-agent: claude-cli",
        "anthropic-version: 2023-06-01",
        "content-type: application/json",
        "anthropic-beta: b-1",
        f"x-api-key: {KEY}",
    ]


def test_a_get_has_no_body_and_an_empty_post_says_so() -> None:
    with talk(replying(OK)) as (server, api):
        api.call("GET", "/v1/x")
        api.call("POST", "/v1/x")
    get, post = server.requests[0].lower(), server.requests[1].lower()
    assert b"content-length" not in get
    assert b"content-type" not in get
    assert b"content-length: 0" in post


def test_the_path_prefix_of_the_base_url_is_kept() -> None:
    with FaultyServer(replying(OK)) as server:
        connection = Connection(
            f"{server.base_url}/gateway/", authorizer=FixedCredential("x-api-key", KEY)
        )
        with ApiClient(connection) as api:
            api.call("GET", "/v1/models")
    assert server.requests[0].startswith(b"GET /gateway/v1/models HTTP/1.1\r\n")


def test_the_users_headers_replace_ours_on_the_wire() -> None:
    own = (("X-API-KEY", "mine-mine-mine"), ("Host", "example"), ("Accept-Encoding", "identity"))
    with talk(replying(OK), headers=own) as (server, api):
        api.call("GET", "/v1/models")
    lines = server.requests[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(b"x-api-key")] == [
        b"x-api-key: mine-mine-mine"
    ]
    assert [line for line in lines if line.startswith(b"host")] == [b"host: example"]
    assert [line for line in lines if b"encoding" in line] == [b"accept-encoding: identity"]


def test_a_payload_is_read_anew_for_each_try() -> None:
    payload = Payload("text/plain", 6, lambda: iter([b"abc", b"def"]))
    broken = error_response(
        "529 Overloaded", "overloaded_error", retry_after_ms="1", connection="close"
    )
    with (
        talk(replying_once(broken), replying(OK), retries=1) as (server, api),
    ):
        api.call("POST", "/v1/files", body=payload)
    assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [b"abcdef"] * 2


def test_cookies_are_not_kept() -> None:
    with (
        talk(replying(json_response({}, set_cookie="a=b"))) as (server, api),
    ):
        api.call("GET", "/v1/models")
        api.call("GET", "/v1/models")
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"request_id": "req_1"}, "req_1"),
        ({"x_amzn_requestid": "aws-1"}, "aws-1"),
        ({"apim_request_id": "azure-1"}, "azure-1"),
        ({"apim_request_id": "azure-1", "x_amzn_requestid": "a", "request_id": "req_1"}, "req_1"),
        ({"x_request_id": "of-a-proxy"}, None),
    ],
)
def test_each_platform_has_a_header_with_the_id_of_a_request(
    headers: dict[str, str], request_id: str | None
) -> None:
    reply = json_response({}, **headers)
    with talk(replying(reply)) as (_, api), api.open("GET", "/v1/files/x/content") as opened:
        assert opened.facts.request_id == request_id


def test_the_facts_of_a_response() -> None:
    reply = json_response({}, request_id="req_1", anthropic_organization_id="org_1")
    with talk(replying(reply)) as (_, api), api.open("GET", "/v1/files/x/content") as opened:
        assert opened.facts.request_id == "req_1"
        assert opened.facts.organization_id == "org_1"
        assert opened.content_type == "application/json"
        assert b"".join(opened.chunks()) == b"{}"


def test_a_url_on_another_origin_is_refused_without_a_connection() -> None:
    with FaultyServer(replying(OK)) as other, FaultyServer(replying(OK)) as server:
        with client(server.base_url) as api:
            with pytest.raises(ProtocolError):
                api.open("GET", f"{other.base_url}/v1/messages/batches/b/results")
            assert api.call("GET", f"{server.base_url}/v1/messages/batches/b/results")
        assert (other.connections, server.connections) == (0, 1)


def test_a_url_that_is_too_long_is_refused_without_a_connection() -> None:
    with talk(replying(OK)) as (server, api):
        with pytest.raises(ProtocolError, match="URL too long"):
            api.call("GET", f"/v1/models/{'x' * 70_000}")
        assert server.connections == 0


def test_a_bad_proxy_variable_is_refused_when_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "[::1")
    with pytest.raises(ConfigError, match="NO_PROXY"):
        ApiClient(Connection("https://127.0.0.1:9"))
    ApiClient(Connection("http://127.0.0.1:9"))  # which takes no proxy


NOT_JSON = [
    pytest.param(b"<html>Sign in</html>", "text/html", id="HTML"),
    pytest.param(b"", "application/json", id="empty"),
    pytest.param(b'{"data": [1, 2', "application/json", id="cut"),
    pytest.param(b"[" * 200_000, "application/json", id="deep"),
    pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "application/json", id="long integer"),
    pytest.param(b"[1]", "application/json", id="no object"),
    pytest.param(b"\xff\xfe\x00", "application/octet-stream", id="no text"),
]


@pytest.mark.parametrize(("body", "content_type"), NOT_JSON)
def test_a_success_that_is_no_json_breaks_the_protocol(body: bytes, content_type: str) -> None:
    reply = response("200 OK", body, content_type=content_type, request_id="req_1")
    error = failure_of(replying(reply), retries=2)
    assert type(error) is ProtocolError
    assert content_type in error.message
    assert len(error.message) < 350
    assert error.request_id == "req_1"


def test_no_content_where_json_is_due_breaks_the_protocol() -> None:
    error = failure_of(replying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert type(error) is ProtocolError
    assert "204" in error.message


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 200_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}", id="negative length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", id="two lengths"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", id="SSH"),
        pytest.param(b"garbage", id="garbage"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 999 What\r\ncontent-length: 2\r\n\r\n{}", id="status 999"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", id="status 101"),
        pytest.param(b"HTTP/1.1 600 What\r\ncontent-length: 0\r\n\r\n", id="status 600"),
    ],
)
def test_what_is_no_http_breaks_the_protocol_and_is_not_tried_again(head: bytes) -> None:
    with talk(replying_once(head), retries=2) as (server, api):
        with pytest.raises(ProtocolError) as raised:
            api.call("GET", "/v1/models")
        assert server.connections == 1
    assert type(raised.value) is ProtocolError


def test_a_compressed_answer_is_unfolded() -> None:
    body = gzip.compress(b'{"a": 1}')
    assert reply_to(replying(response("200 OK", body, content_encoding="gzip"))) == {"a": 1}


def test_an_answer_that_unfolds_to_too_much_breaks_the_protocol() -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=1)
    error = failure_of(replying(response("200 OK", bomb, content_encoding="gzip")))
    assert type(error) is ProtocolError
    assert "larger" in error.message


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"\x1f\x8b\x08garbage, garbage"), ("br", b"{}")]
)
def test_a_broken_compression_breaks_the_protocol(encoding: str, body: bytes) -> None:
    error = failure_of(replying(response("200 OK", body, content_encoding=encoding)))
    assert type(error) is ProtocolError


def test_a_compressed_answer_that_was_cut_is_a_lost_connection() -> None:
    body = gzip.compress(b'{"a": 1}')[:-9]
    error = failure_of(replying(response("200 OK", body, content_encoding="gzip")))
    assert type(error) is ConnectionLost


def test_an_endless_error_body_is_read_up_to_a_limit() -> None:
    def flood(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while True:
            wire.send(b"x" * 65536)

    started = time.monotonic()
    error = failure_of(flood)
    assert time.monotonic() - started < 8
    assert type(error) is InputError
    assert len(error.message) < 350


@pytest.mark.parametrize("body", [b"", b"x" * 1000], ids=["silent", "slow"])
def test_an_error_body_is_not_waited_for(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def trickle(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wire.trickle(body, 0.02)
        wire.hold()

    monkeypatch.setattr("claude_cli.api.response.ERROR_PATIENCE", 0.2)
    started = time.monotonic()
    assert type(failure_of(trickle)) is InputError
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        ("400 Bad Request", "invalid_request_error", InputError),
        ("401 Unauthorized", "authentication_error", AccessDenied),
        ("402 Payment Required", "billing_error", AccessDenied),
        ("403 Forbidden", "permission_error", AccessDenied),
        ("404 Not Found", "not_found_error", InputError),
        ("413 Payload Too Large", "request_too_large", InputError),
        ("422 Unprocessable", "invalid_request_error", InputError),
    ],
)
def test_a_rejection_is_not_tried_again_and_says_what_the_api_said(
    status: str, kind: str, expected: type[ClaudeCliError]
) -> None:
    reply = error_response(status, kind, "max_tokens: too large", request_id="req_1")
    with talk(replying(reply), retries=2) as (server, api):
        with pytest.raises(expected, match="max_tokens: too large") as raised:
            api.call("GET", "/v1/models")
        assert len(server.requests) == 1
    assert raised.value.status == int(status[:3])
    assert raised.value.request_id == "req_1"


@pytest.mark.parametrize(
    ("header", "expected"), [({"request_id": "req_1"}, "req_1"), ({}, "req_2")]
)
def test_the_request_id_of_the_header_goes_before_the_one_of_the_body(
    header: dict[str, str], expected: str
) -> None:
    error = {"type": "api_error", "message": "No."}
    body = json.dumps({"type": "error", "error": error, "request_id": "req_2"}).encode()
    reply = response("500 Error", body, content_type="application/json", **header)
    with talk(replying(reply)) as (_, api), pytest.raises(ClaudeCliError) as raised:
        api.call("GET", "/v1/models")
    assert raised.value.request_id == expected


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_a_passing_failure_is_tried_again(status: int) -> None:
    recorder = Recorder()
    broken = error_response(f"{status} No", "api_error", retry_after_ms="1", connection="close")
    with (
        talk(replying_once(broken), replying(OK), observer=recorder, retries=2) as (_, api),
    ):
        assert api.call("GET", "/v1/models") == {"ok": True}
    assert [wait[0] for wait in recorder.waits] == [0.001]


def test_a_passing_failure_that_does_not_pass_is_temporary() -> None:
    html = response(
        "502 Bad Gateway", b"<html>Bad</html>", content_type="text/html", retry_after_ms="1"
    )
    with talk(replying(html), retries=2) as (server, api):
        with pytest.raises(TemporaryFailure) as raised:
            api.call("GET", "/v1/models")
        assert len(server.requests) == 3
    assert "502" in raised.value.message
    assert "html" not in raised.value.message


@pytest.mark.usefixtures("short_backoff")
@pytest.mark.parametrize(("milliseconds", "tries"), [("20", 2), ("21", 1)])
def test_no_wait_is_longer_than_the_longest(
    monkeypatch: pytest.MonkeyPatch, milliseconds: str, tries: int
) -> None:
    monkeypatch.setattr("claude_cli.api.client.LONGEST_WAIT", 0.02)
    busy = error_response("529 No", "overloaded_error", retry_after_ms=milliseconds)
    with talk(replying(busy), retries=1) as (server, api):
        with pytest.raises(TemporaryFailure) as raised:
            api.call("GET", "/v1/models")
        assert len(server.requests) == tries
    assert ("longer than we wait" in raised.value.message) is (tries == 1)


@pytest.mark.parametrize("head", [b"content-length: 12", b"connection: close"])
def test_an_answer_in_one_piece_may_be_as_large_as_its_limit(
    monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    def reply(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 200 OK\r\n" + head + b'\r\n\r\n{"ok": true}')

    with talk(reply) as (_, api):
        monkeypatch.setattr(network_response, "JSON_LIMIT", 12)
        assert api.call("GET", "/v1/models") == {"ok": True}
    with talk(reply) as (_, api), pytest.raises(ProtocolError, match="larger than 11"):
        monkeypatch.setattr(network_response, "JSON_LIMIT", 11)
        api.call("GET", "/v1/models")


@pytest.mark.usefixtures("short_backoff")
def test_each_wait_is_told_before_it_is_waited() -> None:
    recorder = Recorder()
    broken = error_response("429 Too Many", "rate_limit_error", "Slow down.", retry_after="0.2")
    with (
        talk(replying(broken), observer=recorder, retries=2) as (_, api),
    ):
        started = time.monotonic()
        with pytest.raises(TemporaryFailure):
            api.call("GET", "/v1/models")
        assert 0.4 <= time.monotonic() - started < 8
    assert [(seconds, attempt, attempts) for seconds, _, attempt, attempts in recorder.waits] == [
        (0.2, 2, 3),
        (0.2, 3, 3),
    ]
    assert "Slow down." in recorder.waits[0][1]


def test_a_wait_beyond_a_minute_is_told_and_not_waited() -> None:
    broken = error_response("429 Too Many", "rate_limit_error", retry_after="99999")
    started = time.monotonic()
    error = failure_of(replying(broken), retries=2)
    assert time.monotonic() - started < 8
    assert isinstance(error, TemporaryFailure)
    assert "99999 s" in error.message


@pytest.mark.parametrize("value", ["0", "nan"])
def test_a_retry_after_that_makes_no_sense_means_the_ordinary_backoff(value: str) -> None:
    recorder = Recorder()
    broken = error_response(
        "429 Too Many", "rate_limit_error", retry_after=value, connection="close"
    )
    with talk(replying_once(broken), replying(OK), observer=recorder, retries=1) as (_, api):
        api.call("GET", "/v1/models")
    assert 0.375 <= recorder.waits[0][0] <= 0.5


@pytest.mark.parametrize(
    ("status", "advice", "requests"), [(400, "true", 2), (529, "false", 1), (500, "maybe", 2)]
)
def test_x_should_retry_outranks_the_status(status: int, advice: str, requests: int) -> None:
    broken = error_response(f"{status} No", "x_error", x_should_retry=advice, retry_after_ms="1")
    with talk(replying(broken), retries=1) as (server, api):
        with pytest.raises(ClaudeCliError):
            api.call("GET", "/v1/models")
        assert len(server.requests) == requests


def test_a_spend_limit_is_not_tried_again() -> None:
    details = {"error_code": "enforced_spend_limit_reached"}
    envelope = {"type": "error", "error": {"type": "rate_limit_error", "details": details}}
    with FaultyServer(replying(json_response(envelope, "429 Too Many"))) as server:
        with client(server.base_url, retries=2) as api, pytest.raises(SpendLimitReached):
            api.call("GET", "/v1/models")
        assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "requests"), [(429, 2), (529, 2), (500, 1), (503, 1), (408, 1)])
def test_a_create_is_tried_again_only_where_nothing_was_made(status: int, requests: int) -> None:
    broken = error_response(f"{status} No", "x_error", retry_after_ms="1")
    with talk(replying(broken), retries=1) as (server, api):
        with pytest.raises(TemporaryFailure):
            api.call("POST", "/v1/messages/batches", body={}, retry=CREATE_ONCE)
        assert len(server.requests) == requests


@pytest.mark.usefixtures("short_backoff")
def test_a_whole_answer_that_is_cut_is_asked_for_again() -> None:
    cut = b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a": 1'
    with (
        talk(replying_once(cut), replying(OK), retries=1) as (_, api),
    ):
        assert api.call("GET", "/v1/models") == {"ok": True}


def test_an_observer_sees_everything_but_the_secrets() -> None:
    recorder = Recorder()
    own = (("X-Auth-Token", "hunter2-hunter2"),)
    reply = json_response({"you sent": [KEY, "hunter2-hunter2"]}, set_cookie="session=hunter2")
    with (
        talk(replying(reply), observer=recorder, headers=own) as (server, api),
    ):
        assert api.call("POST", "/v1/x", body={"a": 1})["you sent"][0] == KEY
    kinds = [call[0] for call in recorder.calls]
    assert kinds == ["request", "response", "chunk"]
    _, method, url, headers, body = recorder.calls[0]
    assert (method, url, body) == ("POST", f"{server.base_url}/v1/x", b'{"a":1}')
    assert ("anthropic-version", "2023-06-01") in headers
    assert recorder.calls[1][1:3] == (200, "OK")
    assert json.loads(recorder.calls[2][1]) == {"you sent": ["[redacted]", "[redacted]"]}
    assert KEY not in repr(recorder.calls)
    assert "hunter2" not in repr(recorder.calls)


@pytest.mark.parametrize("cut", range(len(KEY) + 1))
def test_an_observer_sees_no_key_that_is_cut_between_two_pieces(cut: int) -> None:
    recorder = Recorder()
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    body = f'{{"key":"{KEY}"}}'.encode()
    at = body.index(KEY.encode()) + cut
    script = replying(head, *map(chunk, (body[:at], body[at:])), LAST_CHUNK)
    with talk(script, observer=recorder) as (_, api):
        assert api.call("GET", "/v1/models") == {"key": KEY}
    pieces = b"".join(call[1] for call in recorder.calls if call[0] == "chunk")
    assert pieces == b'{"key":"[redacted]"}'


def test_an_observer_sees_a_body_that_breaks_to_its_last_byte() -> None:
    recorder = Recorder()
    script = replying_once(
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nit ends" + KEY[:3].encode()
    )
    with talk(script, observer=recorder) as (_, api), pytest.raises(ClaudeCliError):
        api.call("GET", "/v1/models")
    assert b"".join(call[1] for call in recorder.calls[2:]) == b"it endssk-"


@pytest.mark.parametrize("status", ["401 Unauthorized", "200 OK", "529 Overloaded"])
def test_a_key_that_the_server_repeats_is_in_no_error(status: str) -> None:
    recorder = Recorder()
    reply = error_response(status, "authentication_error", f"bad key {KEY}", retry_after_ms="1")
    script = replying(reply if status != "200 OK" else response(status, f"bad {KEY}".encode()))
    with (
        talk(script, observer=recorder, retries=1) as (_, api),
        pytest.raises(ClaudeCliError) as raised,
    ):
        api.call("GET", "/v1/models")
    assert "bad" in raised.value.message
    assert KEY not in raised.value.message
    assert KEY not in repr(recorder.waits)


def test_a_closed_client_has_closed_its_connections() -> None:
    closed = Event()

    def answer_and_wait(wire: Wire) -> None:
        wire.read_request()
        wire.send(OK)
        if not wire.read_request():
            closed.set()

    with FaultyServer(answer_and_wait) as server:
        with client(server.base_url) as api:
            api.call("GET", "/v1/models")
            assert not closed.is_set()
        assert closed.wait(30)
