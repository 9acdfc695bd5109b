"""Connections that break before, in and after an answer: what is asked for again."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from claude_cli.api import messages
from claude_cli.api.client import ApiClient
from claude_cli.api.network.failures import ConnectionLost
from claude_cli.api.retry import CREATE_ONCE
from claude_cli.errors import ClaudeCliError, ProtocolError, TemporaryFailure
from tests.api.clients import BODY, read_all, talk
from tests.faulty_server import (
    BLOCK,
    LAST_CHUNK,
    START,
    STREAM_HEAD,
    Script,
    Wire,
    answer,
    delta,
    replying,
    replying_once,
)


def resetting(*pieces: bytes) -> Script:
    """A script that reads one request, sends `pieces` and resets the connection."""

    def reset(wire: Wire) -> None:
        wire.read_request()
        wire.send(*pieces)
        wire.sleep(0.05)  # so that the pieces are read before the reset throws them away
        wire.reset()

    return reset


pytestmark = pytest.mark.usefixtures("short_backoff")

PARTIAL = (STREAM_HEAD, START, BLOCK, delta("a"))

BEFORE = [
    pytest.param(replying_once(), id="closed before any reply"),
    pytest.param(resetting(), id="reset before any reply"),
    pytest.param(replying_once(b"HTTP/1.1 200 OK\r\ncontent-"), id="cut in the header"),
    pytest.param(replying_once(STREAM_HEAD), id="cut before the first event"),
    pytest.param(replying_once(STREAM_HEAD, START), id="cut after message_start"),
    pytest.param(resetting(STREAM_HEAD, START), id="reset after message_start"),
    pytest.param(replying_once(STREAM_HEAD, START, LAST_CHUNK), id="ended after message_start"),
]
AFTER = [
    pytest.param(replying_once(*PARTIAL), TemporaryFailure, id="cut"),
    pytest.param(resetting(*PARTIAL), TemporaryFailure, id="reset"),
    pytest.param(replying_once(*PARTIAL, LAST_CHUNK), TemporaryFailure, id="ended"),
    pytest.param(replying_once(*PARTIAL, b"zz\r\n"), ProtocolError, id="bad chunk"),
]


@pytest.mark.parametrize("broken", BEFORE)
def test_what_breaks_before_the_answer_begins_is_asked_for_again(broken: Script) -> None:
    with talk(broken, replying(answer()), retries=1) as (server, api):
        types = read_all(api)
        assert server.connections == 2
    assert types.count("message_start") == 1
    assert types[-1] == "message_stop"


@pytest.mark.parametrize("broken", BEFORE)
def test_what_keeps_breaking_is_temporary(broken: Script) -> None:
    with talk(broken, retries=2) as (server, api):
        with pytest.raises(ConnectionLost):
            read_all(api)
        assert server.connections == 3


@pytest.mark.parametrize(("broken", "expected"), AFTER)
def test_once_the_answer_began_nothing_is_asked_for_again(
    broken: Script, expected: type[ClaudeCliError]
) -> None:
    seen = []
    with talk(broken, retries=2) as (server, api):
        with pytest.raises(expected) as raised, messages.stream(api, BODY) as stream:
            for event in stream:
                seen.append(event.data["type"])
        assert server.connections == 1
    assert seen == ["message_start", "content_block_start", "content_block_delta"]
    assert raised.value.request_id == "req_1"


@pytest.mark.parametrize("broken", BEFORE[:3])
def test_a_create_whose_reply_is_lost_is_not_sent_again(broken: Script) -> None:
    with talk(broken, retries=2) as (server, api):
        with pytest.raises(ConnectionLost):
            api.call("POST", "/v1/messages/batches", body={}, retry=CREATE_ONCE)
        assert server.connections == 1


def test_a_stale_connection_is_replaced() -> None:
    with talk(replying_once(answer()), replying(answer())) as (server, api):
        read_all(api)
        time.sleep(0.1)
        assert read_all(api)[-1] == "message_stop"
        assert server.connections == 2


def test_leaving_a_stream_early_closes_the_connection_at_once() -> None:
    closed = threading.Event()

    def endless(wire: Wire) -> None:
        wire.read_request()
        wire.send(*PARTIAL)
        wire.hold()
        closed.set()

    with talk(endless) as (_, api):
        with messages.stream(api, BODY) as stream:
            next(iter(stream))
        assert closed.wait(30)


def test_a_client_serves_several_threads_at_once() -> None:
    with talk(replying(answer())) as (server, api):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: read_all(api), range(40)))
        assert 1 <= server.connections <= 8
    assert all(types[-1] == "message_stop" for types in answers)


def test_requests_that_fail_one_after_the_other_leave_no_connections_behind() -> None:
    def connections() -> int:
        gc.collect()
        return sum(isinstance(one, httpcore.HTTPConnection) for one in gc.get_objects())

    def leave_early(api: ApiClient) -> None:
        with messages.stream(api, BODY) as stream:
            next(iter(stream))

    before = connections()
    with talk(Wire.close, replying_once(answer()), Wire.close, replying_once(answer())) as (_, api):
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                read_all(api)
            leave_early(api)
        assert connections() == before
