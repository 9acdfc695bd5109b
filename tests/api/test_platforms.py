"""A platform that is spoken to in another way: its paths, bodies, credentials, streams, errors."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pytest

from claude_cli.api import messages
from claude_cli.api.authorizer import BodyHash, FixedCredential
from claude_cli.api.headers import Headers
from claude_cli.api.platforms import Call, Platform, StreamKind
from claude_cli.errors import AccessDenied, ClaudeCliError, InputError, TemporaryFailure
from claude_cli.values.sse import ServerSentEvent
from tests.api.clients import BODY, KEY, read_all, talk
from tests.faulty_server import Script, Wire, error_response, json_response, replying, response

REFUSED = error_response("401 Unauthorized", "authentication_error", "expired")
MESSAGE = {"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn"}


def into_path(call: Call) -> Call:
    """As Bedrock has it: the model in the path, the betas in the body."""
    if not isinstance(call.body, dict):
        return call
    body = {key: value for key, value in call.body.items() if key != "model"}
    return Call(
        call.method,
        f"/model/{call.body['model']}/invoke",
        {**body, "version": "2023", "anthropic_beta": [*call.betas]},
    )


class Lines:
    """A stream of JSON lines."""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        return [ServerSentEvent("message", line) for line in chunk.decode().splitlines() if line]

    def end(self) -> list[ServerSentEvent]:
        return []


def throttled(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeCliError:
    return TemporaryFailure(headers["x-why"] + json.loads(body)["Message"], status=429)


CLOUD = Platform(
    "cloud",
    "https://cloud.example",
    adapt=into_path,
    missing={"/v1/files": "attach the file itself"},
    stream=StreamKind("application/x-lines", Lines),
    read_failure=throttled,
    largest_body=1000,
    sends_version=False,
)


class Signer:
    """Notes what it was asked to sign; `tokens` are left to be had."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.signed: list[tuple[str, str, list[str], str]] = []

    def lines(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body_hash: BodyHash
    ) -> Headers:
        self.signed.append((method, url, [name for name, _ in headers], body_hash()))
        return [("authorization", f"Signed {self.tokens[0]}"), ("x-date", "today")]

    def renew(self) -> bool:
        return len(self.tokens) > 1 and bool(self.tokens.pop(0))


def in_turn(*replies: bytes) -> Script:
    def reply(wire: Wire) -> None:
        for whole in replies:
            wire.read_request()
            wire.send(whole)
        wire.hold()

    return reply


def sent(request: bytes) -> tuple[str, str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    return head.decode().split("\r\n")[0], head.decode(), json.loads(body)


def test_path_body_and_betas_are_rewritten() -> None:
    events = json.dumps({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
    reply = response("200 OK", events.encode() + b"\n", content_type="application/x-lines")
    with (
        talk(replying(reply), platform=CLOUD) as (server, api),
        messages.stream(api, {**BODY, "compaction": {}}) as stream,
    ):
        assert [event.data["type"] for event in stream][-1:] == ["message_delta"]
    line, head, body = sent(server.requests[0])
    assert line == "POST /model/m/invoke HTTP/1.1"
    assert "anthropic-beta" not in head
    assert "anthropic-version" not in head
    assert body == {
        "max_tokens": 1,
        "messages": BODY["messages"],
        "compaction": {},
        "version": "2023",
        "anthropic_beta": ["compact-2026-09-04"],
    }


def test_what_the_platform_does_not_serve_is_refused_before_anything_is_sent() -> None:
    with talk(replying(REFUSED), platform=CLOUD) as (server, api):
        for path in ("/v1/files", "/v1/files/file_1/content"):
            with pytest.raises(InputError, match="cloud does not serve /v1/files") as raised:
                api.call("GET", path)
            assert raised.value.hint == "attach the file itself"
        assert server.connections == 0


def test_a_body_beyond_what_the_platform_takes_is_refused_before_anything_is_sent() -> None:
    with talk(replying(REFUSED), platform=CLOUD) as (server, api):
        with pytest.raises(InputError, match="the API takes"):
            read_all_of(api, "x" * 1000)
        assert server.connections == 0


def read_all_of(api: Any, system: str) -> None:
    with messages.stream(api, {**BODY, "system": system}):
        pass


def test_the_platform_reads_its_own_errors() -> None:
    reply = json_response({"Message": " wait"}, "400 Bad Request", x_why="slow down:")
    with (
        talk(replying(reply), platform=CLOUD) as (_, api),
        pytest.raises(TemporaryFailure, match="slow down: wait"),
    ):
        read_all(api)


def test_each_try_is_signed_over_what_it_sends(short_backoff: None) -> None:
    signer = Signer("a")
    busy = error_response("529 Overloaded", "overloaded_error")
    replies = in_turn(busy, json_response(MESSAGE))
    with talk(replies, authorizer=signer, retries=1) as (server, api):
        read_all(api)
        url = f"{server.base_url}/v1/messages"
    names = ["accept", "user-agent", "anthropic-version", "content-type"]
    assert [signed[:3] for signed in signer.signed] == [("POST", url, names)] * 2
    body = server.requests[0].partition(b"\r\n\r\n")[2]
    assert [signed[3] for signed in signer.signed] == [sha256(body).hexdigest()] * 2
    assert b"authorization: Signed a\r\nx-date: today" in server.requests[1]


def test_an_expired_credential_is_renewed_once(short_backoff: None) -> None:
    signer = Signer("old-token-1234", "new-token-1234", "third-token-12")
    with (
        talk(replying(REFUSED), authorizer=signer) as (server, api),
        pytest.raises(AccessDenied),
    ):
        api.call("GET", "/v1/models")
    tokens = [r.partition(b"Signed ")[2].partition(b"\r")[0] for r in server.requests]
    assert tokens == [b"old-token-1234", b"new-token-1234"]


def test_a_key_is_not_renewed() -> None:
    with talk(replying(REFUSED)) as (server, api):
        with pytest.raises(AccessDenied):
            api.call("GET", "/v1/models")
        assert server.connections == 1


def test_a_credential_of_the_users_own_is_sent_alone() -> None:
    signer = Signer("mine-is-not-sent")
    own = (("Authorization", "Bearer theirs"),)
    with talk(replying(json_response({})), authorizer=signer, headers=own) as (server, api):
        api.call("GET", "/v1/models")
    assert (signer.signed, server.requests[0].count(b"authorization")) == ([], 1)


def test_a_renewed_token_is_taken_out_of_what_the_server_repeats() -> None:
    signer = Signer("old-token-1234", "new-token-1234")
    echo = error_response("403 Forbidden", "permission_error", "no: new-token-1234")
    with (
        talk(in_turn(REFUSED, echo), authorizer=signer) as (_, api),
        pytest.raises(AccessDenied) as raised,
    ):
        api.call("GET", "/v1/models")
    assert "new-token" not in raised.value.message


def test_a_credential_does_not_print() -> None:
    assert KEY not in repr(FixedCredential("x-api-key", KEY))
