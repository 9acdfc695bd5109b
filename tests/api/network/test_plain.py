"""Requests to servers that are not the API: what is taken of their answers."""

import pytest

from claude_cli.api.network import plain
from claude_cli.api.network.plain import PlainHttp
from claude_cli.errors import ProtocolError
from tests.faulty_server import FaultyServer, replying, response


def test_a_response_may_be_as_large_as_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = response("404 Not Found", b"0123456789", content_type="text/plain")
    with FaultyServer(replying(answer)) as server:
        monkeypatch.setattr(plain, "MOST_BYTES", 10)
        reply = PlainHttp().send("GET", server.base_url, {}, b"", 5)
        assert (reply.status, reply.headers["content-type"]) == (404, "text/plain")
        assert reply.data == b"0123456789"
        monkeypatch.setattr(plain, "MOST_BYTES", 9)
        with pytest.raises(ProtocolError, match="sent more than"):
            PlainHttp().send("GET", server.base_url, {}, b"", 5)


def test_what_is_too_large_is_told_in_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST_BYTES", 2 << 20)
    with (
        FaultyServer(replying(response("200 OK", bytes((2 << 20) + 1)))) as server,
        pytest.raises(ProtocolError, match="sent more than 2 MB"),
    ):
        PlainHttp().send("GET", server.base_url, {}, b"", 5)


def test_a_server_of_plain_http_is_near_and_asked_without_a_proxy() -> None:
    with FaultyServer(replying(response("200 OK", b"token"))) as server:
        reply = PlainHttp(proxy="http://127.0.0.1:9").send("GET", server.base_url, {}, b"", 5)
    assert reply.data == b"token"


def test_a_response_that_is_not_compressed_as_it_says_breaks_the_protocol() -> None:
    answer = response("200 OK", b"no gzip", content_encoding="gzip")
    with (
        FaultyServer(replying(answer)) as server,
        pytest.raises(ProtocolError, match="no sense can be made of this exchange"),
    ):
        PlainHttp().send("GET", server.base_url, {}, b"", 5)


def test_a_header_of_several_lines_is_not_sent() -> None:
    with FaultyServer(replying(response("200 OK"))) as server:
        with pytest.raises(ProtocolError, match="the request could not be sent to"):
            PlainHttp().send("GET", server.base_url, {"x-a": "1\nx-b: 2"}, b"", 5)
        assert server.requests == []
