"""Silence, --max-time and a stdout that nobody reads, against servers that never end."""

import os
import threading
import time

import pytest

from claude_cli.api import messages
from claude_cli.errors import ReaderGone, TemporaryFailure
from tests.api.clients import BODY, client, read_all, talk
from tests.faulty_server import (
    BLOCK,
    PEM,
    PING,
    START,
    STREAM_HEAD,
    FaultyServer,
    Wire,
    answer,
    delta,
    error_response,
    replying,
)

OVERLOADED = error_response("529 Overloaded", "overloaded_error", retry_after="30")


def silence(wire: Wire) -> None:
    wire.read_request()
    wire.hold()


def test_accept_then_silence_ends_at_the_timeout_without_another_try() -> None:
    with talk(silence, timeout=0.4, retries=2) as (server, api):
        with pytest.raises(TemporaryFailure, match=r"silent for 0\.4 s"):
            read_all(api)
        assert server.connections == 1


def test_silence_in_the_answer_ends_at_the_timeout() -> None:
    def stall(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START, BLOCK, delta("Hel"))
        wire.hold()

    seen = []
    with (
        talk(stall, timeout=0.6) as (_, api),
        pytest.raises(TemporaryFailure),
        messages.stream(api, BODY) as stream,
    ):
        for event in stream:
            seen.append(event.data["type"])
    assert seen == ["message_start", "content_block_start", "content_block_delta"]


def test_the_header_may_take_longer_than_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(wire: Wire) -> None:
        wire.read_request()
        wire.sleep(0.2)
        wire.send(STREAM_HEAD, START, BLOCK)
        wire.hold()

    monkeypatch.setattr("claude_cli.api.client.FIRST_BYTE", 10.0)
    monkeypatch.setattr("claude_cli.api.client.BETWEEN_BYTES", 0.1)
    with talk(slow) as (_, api), pytest.raises(TemporaryFailure, match=r"silent for 0\.1 s"):
        read_all(api)


def test_any_byte_ends_the_silence() -> None:
    def slow(wire: Wire) -> None:
        wire.read_request()
        wire.trickle(b"HTTP/1.1 200 OK\r\n", 0.1)
        wire.send(answer().removeprefix(b"HTTP/1.1 200 OK\r\n"))

    with talk(slow, timeout=1) as (_, api):
        assert read_all(api)[-1] == "message_stop"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("where", ["header", "body"])
def test_bytes_that_trickle_for_ever_end_at_max_time(where: str, tls: bool) -> None:
    def trickle(wire: Wire) -> None:
        wire.read_request()
        if where == "header":
            wire.trickle(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1000, 0.02)
        else:
            wire.send(STREAM_HEAD)
            wire.trickle(delta("x" * 1000), 0.02)

    with talk(trickle, tls=tls, ca_bundle=PEM, max_time=0.3, timeout=10) as (_, api):
        started = time.monotonic()
        with pytest.raises(TemporaryFailure, match=r"--max-time 0\.3 s"):
            read_all(api)
        assert 0.29 < time.monotonic() - started < 8


@pytest.mark.parametrize("watched", [False, True])
def test_a_tls_record_that_trickles_ends_at_max_time(watched: bool, pipe: tuple[int, int]) -> None:
    def trickle(wire: Wire) -> None:
        relay = wire.start_relayed_tls()
        wire.read_request()
        relay.pause = 0.02
        wire.send(answer("x" * 10_000))
        wire.hold()

    fd = pipe[1] if watched else None
    with FaultyServer(trickle) as server:
        url = f"https://127.0.0.1:{server.port}"
        with client(url, ca_bundle=PEM, max_time=0.3, timeout=10, reader_fd=fd) as api:
            started = time.monotonic()
            with pytest.raises(TemporaryFailure, match="--max-time"):
                read_all(api)
            assert time.monotonic() - started < 8


def test_max_time_holds_on_a_connection_that_is_used_again() -> None:
    def answer_then_trickle(wire: Wire) -> None:
        wire.read_request()
        wire.send(answer())
        wire.read_request()
        wire.trickle(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1000, 0.02)

    with talk(answer_then_trickle, max_time=1) as (server, api):
        read_all(api)
        with pytest.raises(TemporaryFailure, match="--max-time"):
            read_all(api)
        assert server.connections == 1


def test_max_time_begins_anew_with_each_request() -> None:
    with talk(replying(answer()), max_time=1) as (_, api):
        read_all(api)
        time.sleep(1.05)
        assert read_all(api)[-1] == "message_stop"


def test_a_wait_that_max_time_does_not_allow_is_not_begun() -> None:
    with talk(replying(OVERLOADED), max_time=5, retries=2) as (_, api):
        started = time.monotonic()
        with pytest.raises(TemporaryFailure) as raised:
            read_all(api)
        assert time.monotonic() - started < 8
    assert raised.value.status == 529


def test_a_flood_of_pings_ends_at_max_time() -> None:
    def flood(wire: Wire) -> None:
        wire.read_request()
        wire.send(STREAM_HEAD, START)
        while True:
            wire.send(PING * 100)

    with (
        talk(flood, max_time=0.2) as (_, api),
        pytest.raises(TemporaryFailure, match="--max-time"),
    ):
        read_all(api)


def test_an_upload_that_nobody_takes_in_ends_at_the_timeout() -> None:
    body = BODY | {"system": "x" * 20_000_000}
    with (
        talk(lambda wire: wire.sleep(5), timeout=0.2) as (_, api),
        pytest.raises(TemporaryFailure, match="silent"),
    ):
        messages.stream(api, body)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("sent", [b"", STREAM_HEAD + START], ids=["no header", "header"])
def test_a_reader_that_goes_away_ends_the_request_at_once(
    sent: bytes, tls: bool, pipe: tuple[int, int]
) -> None:
    closed = threading.Event()

    def stall(wire: Wire) -> None:
        wire.read_request()
        wire.send(sent)
        threading.Timer(0.1, os.close, pipe[:1]).start()
        wire.hold()
        closed.set()

    with talk(stall, tls=tls, ca_bundle=PEM, reader_fd=pipe[1]) as (_, api):
        started = time.monotonic()
        with pytest.raises(ReaderGone):
            read_all(api)
        assert time.monotonic() - started < 8
        assert closed.wait(30)


def test_a_reader_that_goes_away_ends_the_wait_between_tries(pipe: tuple[int, int]) -> None:
    with talk(replying(OVERLOADED), reader_fd=pipe[1], retries=2) as (_, api):
        threading.Timer(0.1, os.close, pipe[:1]).start()
        with pytest.raises(ReaderGone):
            read_all(api)


@pytest.mark.parametrize("tls", [False, True])
def test_with_a_reader_that_stays_everything_arrives(tls: bool, pipe: tuple[int, int]) -> None:
    whole = answer("x" * 1_000_000)

    def slow(wire: Wire) -> None:
        wire.read_request()
        for start in range(0, len(whole), 200_000):
            wire.send(whole[start : start + 200_000])
            wire.sleep(0.01)

    with talk(slow, tls=tls, ca_bundle=PEM, reader_fd=pipe[1], timeout=5) as (_, api):
        assert read_all(api)[-1] == "message_stop"


@pytest.mark.parametrize("tls", [False, True])
def test_silence_and_max_time_hold_while_a_reader_is_watched(
    tls: bool, pipe: tuple[int, int]
) -> None:
    with (
        talk(silence, tls=tls, ca_bundle=PEM, timeout=0.1, reader_fd=pipe[1]) as (_, api),
        pytest.raises(TemporaryFailure, match="silent"),
    ):
        read_all(api)
    with (
        talk(silence, tls=tls, ca_bundle=PEM, max_time=0.1, reader_fd=pipe[1]) as (_, api),
        pytest.raises(TemporaryFailure, match="--max-time"),
    ):
        read_all(api)
