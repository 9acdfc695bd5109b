"""Commands that are sure to send connect while they load: what the server sees of it, and when."""

import threading
from subprocess import PIPE

import pytest

from tests.conftest import CANARY, Run, Spawn
from tests.faulty_server import PEM, FaultyServer, Wire, answer, replying


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)


@pytest.mark.parametrize(
    "command",
    [["ask", "-"], ["stream", "-"], ["shell", "-"], ["compare", "-m", "opus", "-m", "haiku", "-"]],
    ids=lambda command: command[0],
)
def test_the_server_is_reached_before_the_prompt_is_read(
    trusting: None, spawn: Spawn, command: list[str]
) -> None:
    reached = threading.Event()
    with FaultyServer(lambda wire: reached.set(), tls=True) as server:
        spawn(*command, "--base-url", server.base_url, stdin=PIPE)
        assert reached.wait(20)  # the handshake is over


def test_the_request_goes_through_the_connection_that_was_made_ahead(
    trusting: None, spawn: Spawn
) -> None:
    reached = threading.Event()

    def script(wire: Wire) -> None:
        reached.set()
        replying(answer())(wire)

    with FaultyServer(script, tls=True) as server:
        process = spawn("ask", "-", "--base-url", server.base_url, stdin=PIPE)
        assert reached.wait(20)
        told, said = process.communicate(b"hi")
    assert said == b""
    assert (process.returncode, told) == (0, b"Hello.\n")
    assert (server.connections, len(server.requests)) == (1, 1)


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(
    trusting: None, spawn: Spawn
) -> None:
    closed = threading.Event()

    def close(wire: Wire) -> None:
        wire.close()
        closed.set()

    with FaultyServer(close, replying(answer()), tls=True) as server:
        line = ["ask", "-", "--base-url", server.base_url, "--retries", "0"]
        process = spawn(*line, stdin=PIPE)
        assert closed.wait(20)
        told, said = process.communicate(b"hi")
    assert said == b""
    assert (process.returncode, told) == (0, b"Hello.\n")
    assert (server.connections, len(server.requests)) == (2, 1)


@pytest.mark.parametrize(
    "flags",
    [["--dry-run"], ["--curl"], ["--simulate"], ["--save", "kept"], ["--proxy", "127.0.0.1:9"]],
    ids=lambda flags: flags[0],
)
def test_what_sends_nothing_there_does_not_connect(
    trusting: None, run: Run, flags: list[str]
) -> None:
    with FaultyServer(replying(answer()), tls=True) as server:
        run("ask", "hi", "--base-url", server.base_url, "--retries", "0", *flags)
    assert server.connections == 0


def test_a_failure_to_connect_is_told_once(trusting: None, run: Run) -> None:
    with FaultyServer(lambda wire: wire.close(), tls=True) as server:
        gone = server.base_url
    ran = run("ask", "hi", "--base-url", gone, "--retries", "0")
    assert ran.code == 69
    assert "refused" in ran.stderr
