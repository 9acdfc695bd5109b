"""The connections of a transport: to whom they lead, and when one is used again."""

import json
import ssl
from typing import Any

import httpx

from claude_cli.api.network.transport import WatchedTransport, watched
from claude_cli.api.network.watch import Watch
from tests.faulty_server import FaultyServer, json_response, replying


def ask(transport: WatchedTransport, base_url: str) -> Any:
    request = httpx.Request("GET", base_url, extensions=watched(Watch(5, None)))
    response = transport.handle_request(request)
    return json.loads(response.read())["from"]


def test_a_connection_is_used_again_for_its_own_server_alone() -> None:
    transport = WatchedTransport(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), None)
    with (
        FaultyServer(replying(json_response({"from": "one"}))) as one,
        FaultyServer(replying(json_response({"from": "two"}))) as two,
    ):
        answers = [ask(transport, server.base_url) for server in (one, one, two, two, one)]
        assert answers == ["one", "one", "two", "two", "one"]
        assert (one.connections, two.connections) == (2, 1)
    transport.close()
