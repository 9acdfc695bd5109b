"""Connections that do not come about, TLS, proxies and redirects, on real sockets."""

import socket
import sys
import time
from typing import Any

import pytest

from claude_cli.api import messages
from claude_cli.api.network.failures import ConnectFailed
from claude_cli.errors import (
    ClaudeCliError,
    ConfigError,
    InputError,
    ProtocolError,
    TemporaryFailure,
    Unreachable,
)
from tests.api.clients import BODY, KEY, client, read_all, talk
from tests.faulty_server import (
    PEM,
    FaultyServer,
    Script,
    Wire,
    answer,
    error_response,
    json_response,
    replying,
    replying_once,
    response,
)


def failure_of(base_url: str, **options: Any) -> ClaudeCliError:
    """Return how a streamed request fails."""
    with client(base_url, **options) as api, pytest.raises(ClaudeCliError) as raised:
        read_all(api)
    assert KEY not in f"{raised.value.message} {raised.value.hint}"
    return raised.value


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_closed_port_names_the_host(closed_port: int) -> None:
    error = failure_of(f"http://127.0.0.1:{closed_port}")
    assert type(error) is ConnectFailed
    assert f"127.0.0.1:{closed_port}" in error.message
    assert "refused" in error.message


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_address_is_named_as_a_url_has_it() -> None:
    assert "cannot reach [::1]:1: " in failure_of("http://[::1]:1").message


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (lambda wire: wire.read_request(), "{} closed the connection"),
        (lambda wire: (wire.read_request(), wire.reset()), "the connection to {} broke"),
        (replying_once(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"), "{} does not answer in HTTP"),
    ],
    ids=["closed", "reset", "no HTTP"],
)
def test_a_connection_that_breaks_names_host_and_port(script: Script, expected: str) -> None:
    with FaultyServer(script) as server:
        error = failure_of(server.base_url)
    assert expected.format(f"127.0.0.1:{server.port}") in error.message


def test_connecting_is_tried_again_a_bounded_number_of_times(closed_port: int) -> None:
    started = time.monotonic()
    failure_of(f"http://127.0.0.1:{closed_port}", retries=1)
    assert 0.37 <= time.monotonic() - started < 8


def test_a_name_that_does_not_resolve_names_the_host() -> None:
    error = failure_of("https://nowhere.invalid", ca_bundle=PEM)
    assert type(error) is ConnectFailed
    assert "nowhere.invalid:443" in error.message


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse at once")
def test_a_full_backlog_ends_at_max_time() -> None:
    """Linux answers no SYN once the queue of a listener that never accepts is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        queued = [socket.socket() for _ in range(3)]
        for waiting in queued:
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        started = time.monotonic()
        error = failure_of(f"http://127.0.0.1:{listener.getsockname()[1]}", max_time=0.3)
        for waiting in queued:
            waiting.close()
    assert time.monotonic() - started < 8
    assert isinstance(error, Unreachable | TemporaryFailure)


def test_a_self_signed_certificate_is_not_trusted_and_not_tried_again() -> None:
    with FaultyServer(replying(answer()), tls=True) as server:
        error = failure_of(server.base_url, retries=2)
        assert server.connections == 1
    assert type(error) is Unreachable
    assert f"127.0.0.1:{server.port}" in error.message
    assert "self-signed" in error.message
    assert "--ca-bundle" in str(error.hint)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_named_certificate_is_trusted(host: str) -> None:
    with (
        FaultyServer(replying(answer()), tls=True) as server,
        client(f"https://{host}:{server.port}", ca_bundle=PEM) as api,
    ):
        assert read_all(api)[-1] == "message_stop"


def test_tls_to_a_plain_port_is_unreachable_with_a_hint() -> None:
    with FaultyServer(lambda wire: wire.send(response("400 Bad Request"))) as server:
        error = failure_of(f"https://127.0.0.1:{server.port}", ca_bundle=PEM, retries=2)
        assert server.connections == 1
    assert type(error) is Unreachable
    assert "https" in str(error.hint)


def test_a_handshake_that_nobody_answers_ends_at_max_time() -> None:
    with FaultyServer(Wire.hold) as server:
        error = failure_of(f"https://127.0.0.1:{server.port}", ca_bundle=PEM, max_time=0.2)
    assert isinstance(error, Unreachable)
    assert "https" in str(error.hint)


def test_a_handshake_that_nobody_answers_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("claude_cli.api.network.transport.CONNECT", 0.2)
    with FaultyServer(Wire.hold) as server:
        error = failure_of(f"https://127.0.0.1:{server.port}", ca_bundle=PEM, retries=2)
        assert server.connections <= 1  # it may not have got to it yet
    assert type(error) is Unreachable
    assert f"127.0.0.1:{server.port}: no TLS handshake" in error.message
    assert "https" in str(error.hint)


def test_a_handshake_that_trickles_ends_at_max_time() -> None:
    def trickle(wire: Wire) -> None:
        wire.send(b"\x16\x03\x03\x40\x00")
        wire.trickle(bytes(0x4000), 0.02)

    with FaultyServer(trickle) as server:
        started = time.monotonic()
        error = failure_of(f"https://127.0.0.1:{server.port}", ca_bundle=PEM, max_time=0.3)
        assert time.monotonic() - started < 8
    assert isinstance(error, Unreachable)


def test_a_certificate_file_that_is_missing_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    error = failure_of("https://127.0.0.1:9")
    assert isinstance(error, ConfigError)
    assert "SSL_CERT_FILE" in error.message


def test_plain_http_needs_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with talk(replying(answer())) as (_, api):
        assert read_all(api)[-1] == "message_stop"


def test_413_is_reported_although_the_server_resets_during_the_upload() -> None:
    def refuse(wire: Wire) -> None:
        wire.send(error_response("413 Payload Too Large", "request_too_large", "Too big."))
        wire.sleep(0.1)
        wire.reset()

    with talk(refuse, retries=2) as (server, api):
        with pytest.raises(InputError, match=r"Too big\.") as raised:
            messages.stream(api, BODY | {"system": "x" * 20_000_000})
        assert server.connections == 1
    assert raised.value.status == 413


def test_a_request_over_32_mb_is_refused_before_connecting() -> None:
    body = BODY | {"system": "x" * 33_600_000}
    with talk(replying(answer())) as (server, api):
        with pytest.raises(InputError, match="MB"):
            messages.stream(api, body)
        with pytest.raises(InputError, match="MB"):
            messages.count_tokens(api, body)
        assert server.connections == 0


def test_a_large_request_arrives_whole() -> None:
    with talk(replying(answer())) as (server, api):
        messages.stream(api, BODY | {"system": "x" * 20_000_000}).close()
    assert server.requests[0].count(b"x") > 20_000_000


def test_a_header_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claude_cli.api.network.transport.LARGEST_HEADER", 10_000)
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    with talk(replying_once(*[go_on] * 30, answer())) as (_, api):
        messages.stream(api, BODY).close()
    with FaultyServer(replying_once(*[go_on] * 1000, answer())) as server:
        error = failure_of(server.base_url, retries=2)
        assert server.connections == 1
    assert isinstance(error, ProtocolError)
    assert "does not end" in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with FaultyServer(replying(answer())) as other:
        moved = response(f"{status} Moved", location=f"{other.base_url}/v1/messages")
        with FaultyServer(replying(moved)) as server:
            error = failure_of(server.base_url, retries=2)
            assert server.connections == 1
        assert other.connections == 0
    assert isinstance(error, ProtocolError)
    assert f"to {other.base_url};" in error.message


@pytest.mark.parametrize("location", ["http://[", "//", "::", "javascript:x", "/elsewhere", ""])
def test_a_redirect_to_nowhere_breaks_the_protocol(location: str) -> None:
    with FaultyServer(replying(response("302 Found", location=location))) as server:
        assert type(failure_of(server.base_url)) is ProtocolError


def test_what_names_no_other_place_is_no_redirect() -> None:
    with FaultyServer(replying(response("304 Not Modified"))) as server:
        error = failure_of(server.base_url)
    assert isinstance(error, ProtocolError)
    assert "answered 304" in error.message


@pytest.mark.parametrize("by_flag", [True, False])
def test_a_proxy_that_refuses_is_named_without_its_password(
    by_flag: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(replying(response("407 Proxy Authentication Required"))) as proxy:
        url = f"http://me:hunter2@127.0.0.1:{proxy.port}"
        if not by_flag:
            monkeypatch.setenv("HTTPS_PROXY", url)
        options = {"proxy": url} if by_flag else {}
        error = failure_of("https://api.example", ca_bundle=PEM, retries=2, **options)
        assert proxy.connections == 1
    assert isinstance(error, Unreachable)
    source = "--proxy" if by_flag else "HTTPS_PROXY"
    assert f"http://127.0.0.1:{proxy.port} of {source}" in error.message
    assert "407" in error.message
    assert "hunter2" not in f"{error.message} {error.hint} {error!r}"


def test_a_proxy_that_cannot_be_reached_is_named(closed_port: int) -> None:
    proxy = f"http://me:hunter2@127.0.0.1:{closed_port}"
    error = failure_of("https://api.example", ca_bundle=PEM, proxy=proxy)
    assert type(error) is ConnectFailed
    assert f"the proxy http://127.0.0.1:{closed_port} of --proxy" in error.message
    assert "hunter2" not in error.message


def tunnel(wire: Wire) -> None:
    wire.read_request()
    wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    wire.start_tls()
    wire.read_request()
    wire.send(answer())


def test_behind_a_proxy_the_api_must_still_be_who_it_is() -> None:
    with FaultyServer(tunnel) as proxy:
        error = failure_of("https://api.example", ca_bundle=PEM, proxy=proxy.base_url)
    assert type(error) is Unreachable
    assert "cannot trust api.example: Hostname mismatch" in error.message
    assert len(proxy.requests) == 1


def test_a_proxy_gets_its_password_and_the_api_the_key() -> None:
    with FaultyServer(tunnel) as proxy:
        url = f"http://me:hunter2@127.0.0.1:{proxy.port}"
        with client("https://localhost", ca_bundle=PEM, proxy=url, max_time=5) as api:
            assert read_all(api)[-1] == "message_stop"
    connect, request = proxy.requests
    assert connect.startswith(b"CONNECT localhost:443 ")
    assert b"proxy-authorization: basic bwu6ahvudgvymg==" in connect.lower()
    assert KEY.encode() not in connect
    assert KEY.encode() in request
    assert b"proxy-authorization" not in request.lower()


def test_a_proxy_may_itself_speak_tls() -> None:
    with FaultyServer(replying(answer()), tls=True) as proxy:
        url = f"https://localhost:{proxy.port}"
        with client("http://127.0.0.1:9", ca_bundle=PEM, proxy=url) as api:
            assert read_all(api)[-1] == "message_stop"


@pytest.mark.parametrize("watched", [False, True])
def test_tls_goes_through_a_proxy_that_speaks_tls(watched: bool, pipe: tuple[int, int]) -> None:
    def tunnel_in_tls(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        wire.start_relayed_tls()
        wire.read_request()
        wire.send(answer())
        wire.hold()

    with FaultyServer(tunnel_in_tls, tls=True) as proxy:
        url, fd = f"https://localhost:{proxy.port}", pipe[1] if watched else None
        with client("https://localhost", ca_bundle=PEM, proxy=url, reader_fd=fd) as api:
            assert read_all(api)[-1] == "message_stop"


def test_a_second_request_uses_the_connection_of_the_first() -> None:
    with talk(replying(json_response({"ok": True}))) as (server, api):
        assert [api.call("GET", "/v1/models") for _ in range(3)] == [{"ok": True}] * 3
        assert server.connections == 1
