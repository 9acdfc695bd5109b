"""The Message Batches API against real sockets: whole lines, and creates that are made once."""

import json

import pytest

from claude_cli.api import batches
from claude_cli.api.payload import json_payload
from claude_cli.errors import (
    ClaudeCliError,
    InputError,
    InputUnreadable,
    ProtocolError,
    TemporaryFailure,
    Unreachable,
)
from tests.api.clients import client, talk
from tests.faulty_server import Script, Wire

BODY = json_payload({"requests": []})


def answers(*responses: bytes) -> Script:
    def script(wire: Wire) -> None:
        for response in responses:
            if wire.read_request():
                wire.send(response)

    return script


def response(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def results(*pieces: bytes) -> Script:
    """A download in chunks, ended as it should be."""

    def script(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in pieces:
            wire.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        wire.send(b"0\r\n\r\n")

    return script


def lines_of(script: Script) -> list[bytes]:
    with talk(script) as (server, api):
        url = f"{server.base_url}/results"
        return list(batches.result_lines(api, {"id": "b", "results_url": url}))


@pytest.mark.parametrize(
    "pieces",
    [
        [b'{"a":1}\n{"b":2}\n'],
        [b'{"a":1}\n{"b":2}'],
        [b'{"a"', b":1}", b"\n", b'\n\r\n{"b":2}\r\n'],
        [bytes([byte]) for byte in b'{"a":1}\n{"b":2}'],
    ],
)
def test_results_come_as_whole_lines_however_they_are_cut(pieces: list[bytes]) -> None:
    assert lines_of(results(*pieces)) == [b'{"a":1}', b'{"b":2}']


def test_a_last_line_that_is_not_whole_is_a_cut_download() -> None:
    with pytest.raises(TemporaryFailure, match="middle of a line"):
        lines_of(results(b'{"a":1}\n{"b":'))


def test_a_result_may_be_as_long_as_any_answer() -> None:
    line = b'{"a":"%s"}' % (b"x" * 2_000_000)
    assert lines_of(results(*[line[:700_000], line[700_000:], b"\n"])) == [line]


def test_a_line_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_LINE", 1000)
    with pytest.raises(ProtocolError, match="does not end"):
        lines_of(results(*[b"x" * 600] * 3))


def test_a_line_may_be_as_long_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LONGEST_LINE", 10)
    assert lines_of(results(b'{"a":', b"12345", b"}\n")) == [b'{"a":12345}']
    with pytest.raises(ProtocolError, match="does not end"):
        lines_of(results(b'{"a":', b"123456", b"}\n"))


@pytest.mark.parametrize("line", [b'{"a":1}\n', b"\n"])
def test_results_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    monkeypatch.setattr(batches, "MOST_LINES", 10)
    assert len(lines_of(results(*[b'{"a":1}\n'] * 10))) == 10
    with pytest.raises(ProtocolError, match="the results do not end"):
        lines_of(results(*[line] * 11))


def test_results_elsewhere_get_no_key() -> None:
    with client("http://127.0.0.1:1") as api, pytest.raises(ProtocolError, match="evil"):
        list(batches.result_lines(api, {"id": "b", "results_url": "https://evil.example/r"}))


def test_archived_results_are_gone() -> None:
    with client("http://127.0.0.1:1") as api, pytest.raises(InputUnreadable, match="archived"):
        list(batches.result_lines(api, {"id": "b", "results_url": None, "archived_at": "now"}))


@pytest.mark.parametrize(
    ("status", "tries"), [("429 x", 3), ("529 x", 3), ("500 x", 1), ("408 x", 1), ("409 x", 1)]
)
@pytest.mark.usefixtures("short_backoff")
def test_only_a_busy_server_is_asked_again_to_create(status: str, tries: int) -> None:
    refusal = response(status, b"{}", "x-should-retry: true", "retry-after-ms: 1")
    with talk(answers(*[refusal] * 3), retries=2) as (server, api):
        with pytest.raises(ClaudeCliError):
            batches.create_batch(api, BODY)
        assert len(server.requests) == tries


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (InputError("", status=400), True),
        (TemporaryFailure("", status=429), True),
        (TemporaryFailure("", status=529), True),
        (ProtocolError("", status=302), True),
        (Unreachable(""), True),
        (TemporaryFailure("", status=500), False),
        (TemporaryFailure("", status=408), False),
        (TemporaryFailure(""), False),
        (ProtocolError("", status=200), False),
        (ProtocolError(""), False),
    ],
)
def test_what_may_have_been_made_is_told_from_what_was_refused(
    error: ClaudeCliError, refused: bool
) -> None:
    assert batches.was_refused(error) is refused


def test_an_answer_that_is_no_batch_is_refused() -> None:
    with talk(answers(response("200 OK", json.dumps({"id": 3}).encode()))) as (_, api):
        with pytest.raises(ProtocolError, match="without a batch") as caught:
            batches.create_batch(api, BODY)
        assert not batches.was_refused(caught.value)


def test_an_id_is_never_a_path() -> None:
    with talk(answers(response("404 x", b"{}"))) as (server, api):
        with pytest.raises(InputError):
            batches.show_batch(api, "../../x")
        assert server.requests[0].startswith(b"GET /v1/messages/batches/..%2F..%2Fx ")
