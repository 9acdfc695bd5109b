"""What passes is recorded as it came; a secret that a server repeats is not."""

import gzip

import pytest

from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.client import ApiClient, Connection
from claude_cli.api.network import recording
from claude_cli.cassette.exchange import Request, Response
from claude_cli.errors import ClaudeCliError, TemporaryFailure
from tests.api.clients import BODY, KEY
from tests.faulty_server import FaultyServer, Script, Wire, replying, response


class Heard:
    """A tape in memory."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[Request, Response]] = []
        self.errors: list[ClaudeCliError] = []

    def write(self, request: Request, response: Response) -> None:
        self.exchanges.append((request, response))

    def give_up(self, error: ClaudeCliError) -> None:
        self.errors.append(error)


def ask(script: Script, *, path: str = "/v1/messages") -> tuple[Heard, FaultyServer]:
    """Ask once; what goes wrong is the test's to know."""
    heard = Heard()
    credential = FixedCredential("x-api-key", KEY)
    with FaultyServer(script) as server:
        connection = Connection(f"{server.base_url}/gateway", credential, retries=0)
        with ApiClient(connection, tape=heard) as client:
            client.call("POST", path, body=BODY, query=[("b", "2"), ("a", "1")])
    return heard, server


def test_an_exchange_is_recorded_with_the_path_behind_the_base_url() -> None:
    heard, server = ask(replying(response("200 OK", b'{"a": 1}')))
    [(asked, answered)] = heard.exchanges
    assert (asked.method, asked.path) == ("POST", "/v1/messages?a=1&b=2")
    assert asked.body == BODY
    assert (answered.status, answered.body, answered.cut) == (200, b'{"a": 1}', False)
    assert b"accept-encoding: identity" in server.requests[0].lower()


def test_an_answer_that_is_compressed_unasked_is_recorded_as_what_it_says() -> None:
    body = gzip.compress(b'{"a": 1}')
    heard, _ = ask(replying(response("200 OK", body, content_encoding="gzip")))
    assert heard.exchanges[0][1].body == b'{"a": 1}'


def test_a_key_that_the_server_repeats_is_not_recorded() -> None:
    body = b'{"id": "%s"}' % KEY.encode()
    heard, _ = ask(replying(response("200 OK", body, request_id=KEY)))
    [(asked, answered)] = heard.exchanges
    assert KEY not in str((asked.body, answered.headers))
    assert KEY.encode() not in answered.body


def test_an_answer_that_broke_off_is_recorded_as_cut() -> None:
    heard = Heard()

    def cut(wire: Wire) -> None:
        wire.read_request()
        wire.send(
            b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"a'
        )

    with FaultyServer(cut) as server:
        connection = Connection(server.base_url, FixedCredential("x-api-key", KEY), retries=0)
        with ApiClient(connection, tape=heard) as client, pytest.raises(TemporaryFailure):
            client.call("POST", "/v1/messages", body=BODY)
    [(_, answered)] = heard.exchanges
    assert (answered.body, answered.cut) == (b'{"a', True)


def test_an_answer_that_is_too_large_is_told_and_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "LARGEST_ANSWER", 5)
    heard, _ = ask(replying(response("200 OK", b'{"a": 1}')))
    assert (heard.exchanges, len(heard.errors)) == ([], 1)
