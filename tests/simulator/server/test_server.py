"""The simulator as a whole: its life, its window for tests, what it is told from outside."""

import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from claude_cli.errors import InputError, UsageError
from claude_cli.simulator.server.server import Simulator
from tests.simulator.bodies import HEADERS, message_body, user


def test_a_simulator_listens_on_the_loopback_interface_at_a_free_port(
    simulator: Simulator,
) -> None:
    assert simulator.base_url.startswith("http://127.0.0.1:")
    other = Simulator().start()
    assert other.base_url != simulator.base_url
    other.close()


def test_a_chosen_port_is_used_and_a_taken_one_is_a_wrong_usage(simulator: Simulator) -> None:
    port = int(simulator.base_url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"127.0.0.1:{port}"):
        Simulator(port=port).start()
    simulator.close()
    with Simulator(port=port) as again:
        assert again.base_url == f"http://127.0.0.1:{port}"


def test_before_the_start_there_is_no_address() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = Simulator().base_url


def test_wrong_settings_are_told_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Simulator(faults=["boom"])
    with pytest.raises(InputError):
        Simulator(script=[{"txt": "a"}])
    path = tmp_path / "script.jsonl"
    path.write_text("nonsense")
    with pytest.raises(InputError):
        Simulator(script=path)


def test_every_request_is_kept_as_it_came(simulator: Simulator, client: httpx.Client) -> None:
    body = message_body(user("hi"), temperature=0.5)
    client.post("/v1/messages?beta=true", json=body, headers={"anthropic-beta": ""})
    client.get("/v1/models?limit=2&lifecycle[]=active&lifecycle[]=retired")
    posted, listed = simulator.requests
    assert (posted.method, posted.path, posted.status) == ("POST", "/v1/messages", 200)
    assert posted.body == body
    assert posted.query == {"beta": ["true"]}
    assert posted.headers["x-api-key"] == "sk-ant-test"
    assert posted.headers["anthropic-beta"] == ""
    assert not posted.disconnected
    assert (listed.method, listed.path, listed.body) == ("GET", "/v1/models", None)
    assert listed.query == {"limit": ["2"], "lifecycle[]": ["active", "retired"]}


def test_a_refused_request_says_why(simulator: Simulator, client: httpx.Client) -> None:
    client.post("/v1/messages", json=message_body(max_tokens=-1))
    (request,) = simulator.requests
    assert request.status == 400
    assert request.error is not None
    assert request.error.startswith("max_tokens: ")


def test_the_key_is_in_no_repr(simulator: Simulator, client: httpx.Client) -> None:
    client.post("/v1/messages", json=message_body())
    assert "sk-ant-test" not in repr(simulator.requests)


def test_the_window_holds_the_last_thousand_requests(
    simulator: Simulator, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.simulator.wire.exchange.REQUESTS_KEPT", 3)
    for number in range(5):
        client.get(f"/v1/models/m{number}")
    assert [request.path for request in simulator.requests] == [
        f"/v1/models/m{number}" for number in (2, 3, 4)
    ]


def test_large_bodies_shorten_the_window_but_never_empty_it(
    simulator: Simulator, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claude_cli.simulator.wire.exchange.BYTES_KEPT", 5000)
    for words in ("a" * 2000, "b" * 2000, "c" * 2000, "d" * 9000):
        client.post("/v1/messages", json=message_body(user(words)))
    assert [request.body["messages"][0]["content"][0] for request in simulator.requests] == ["d"]


def test_a_listener_is_told_of_every_request() -> None:
    requests: list[tuple[str, int | None]] = []
    with (
        Simulator(
            on_reply=lambda received: requests.append((received.path, received.status))
        ) as it,
        httpx.Client(base_url=it.base_url, headers=HEADERS) as client,
    ):
        client.get("/v1/models")
        client.get("/nothing")
    assert requests == [("/v1/models", 200), ("/nothing", 404)]


def test_two_hundred_clients_at_once_are_all_answered(simulator: Simulator) -> None:
    statuses: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=simulator.base_url, headers=HEADERS, verify=False) as client:
            statuses.append(client.post("/v1/messages", json=message_body()).status_code)

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 200
    assert len({request.request_id for request in simulator.requests}) == 200


def test_closing_ends_open_connections_at_once() -> None:
    simulator = Simulator(faults=["stall"]).start()
    idle = socket.create_connection(("127.0.0.1", int(simulator.base_url.rpartition(":")[2])))
    with (
        httpx.Client(base_url=simulator.base_url, headers=HEADERS) as client,
        client.stream("POST", "/v1/messages", json=message_body(stream=True)) as response,
    ):
        lines = response.iter_lines()
        assert next(lines) == "event: message_start"
        began = time.monotonic()
        simulator.close()
        assert time.monotonic() - began < 8
        with pytest.raises(httpx.RemoteProtocolError):
            list(lines)
    assert idle.recv(1) == b""
    idle.close()
    assert not simulator.requests[0].disconnected


def test_closing_while_a_client_does_not_read_does_not_hang() -> None:
    simulator = Simulator(script=[{"sse": b"x" * 20_000_000}]).start()
    with (
        httpx.Client(base_url=simulator.base_url, headers=HEADERS) as client,
        client.stream("POST", "/v1/messages", json=message_body(stream=True)),
    ):
        began = time.monotonic()
        simulator.close()
        assert time.monotonic() - began < 8


def test_closing_twice_and_closing_unstarted_is_fine() -> None:
    simulator = Simulator()
    simulator.close()
    simulator.start()
    simulator.close()
    simulator.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(simulator.base_url)


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with (
        Simulator() as simulator,
        httpx.Client(base_url=simulator.base_url, headers=HEADERS) as client,
    ):
        client.post("/v1/messages", json=message_body())
    deadline = time.monotonic() + 30
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) - before == set()
