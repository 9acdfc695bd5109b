"""Batches: created, listed, looked at, canceled, deleted, their results; and ordered accidents."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from claude_cli.errors import UsageError
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.state.batch_results import Ordered
from claude_cli.simulator.state.batch_rows import Rows
from claude_cli.simulator.state.batch_store import BATCH_SECONDS
from claude_cli.simulator.wire.faults import Fault, parse_fault
from tests.simulator.bodies import HEADERS, message_body, user

if TYPE_CHECKING:
    import anthropic

PATH = "/v1/messages/batches"


def item(custom_id: str, **fields: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "params": message_body(**fields)}


def items(count: int) -> list[dict[str, Any]]:
    return [
        {"custom_id": f"row-{number}", "params": message_body(user(f"number {number}"))}
        for number in range(count)
    ]


def create(client: httpx.Client, *requests: dict[str, Any]) -> dict[str, Any]:
    response = client.post(PATH, json={"requests": list(requests)})
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()
    return created


def show(client: httpx.Client, batch: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"{PATH}/{batch['id']}").json()
    return shown


def wait(client: httpx.Client, batch: dict[str, Any]) -> dict[str, Any]:
    end = time.monotonic() + 30
    while (shown := show(client, batch))["processing_status"] != "ended":
        assert time.monotonic() < end, "the batch does not end"
        time.sleep(0.01)
    return shown


def results(client: httpx.Client, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a batch, once it has ended, in the order of the lines."""
    response = client.get(wait(client, batch)["results_url"])
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-jsonl"
    return [json.loads(line) for line in response.text.split("\n")]


def kinds(client: httpx.Client, batch: dict[str, Any]) -> dict[str, str]:
    return {line["custom_id"]: line["result"]["type"] for line in results(client, batch)}


def refusal(client: httpx.Client, body: Any) -> tuple[int, str]:
    response = client.post(PATH, json=body)
    return response.status_code, response.json()["error"]["message"]


@pytest.fixture
def slow() -> Iterator[Simulator]:
    """Its batches take a minute."""
    with Simulator() as running:
        running.batches.seconds = 60
        yield running


@pytest.fixture
def slow_client(slow: Simulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=slow.base_url, headers=HEADERS, timeout=10) as running:
        yield running


def test_a_batch_is_in_progress_then_ended(simulator: Simulator, client: httpx.Client) -> None:
    created = create(client, *items(3))
    assert created["id"].startswith("msgbatch_")
    assert (created["type"], created["processing_status"]) == ("message_batch", "in_progress")
    counts = created["request_counts"]
    assert (counts.pop("processing"), set(counts.values())) == (3, {0})
    for name in ("ended_at", "cancel_initiated_at", "archived_at", "results_url"):
        assert created[name] is None
    ended = wait(client, created)
    assert ended["request_counts"]["succeeded"] == 3
    assert ended["created_at"] < ended["ended_at"] < ended["expires_at"]
    assert ended["results_url"] == f"{simulator.base_url}{PATH}/{ended['id']}/results"


def test_a_succeeded_request_has_its_message(client: httpx.Client) -> None:
    (line,) = results(client, create(client, item("one")))
    assert line["custom_id"] == "one"
    message = line["result"]["message"]
    assert message["content"][0]["text"].startswith('You said: "hi"')
    assert message["stop_reason"] == "end_turn"
    assert message["usage"]["service_tier"] == "batch"
    counted = client.post("/v1/messages/count_tokens", json=_counted(message_body())).json()
    assert message["usage"]["input_tokens"] == counted["input_tokens"]


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("model", "messages")}


@pytest.mark.parametrize("count", [2, 3, 700])
def test_results_come_in_another_order_and_the_same_each_time(
    client: httpx.Client, count: int
) -> None:
    batch = create(client, *items(count))
    lines = results(client, batch)
    sent = [f"row-{number}" for number in range(count)]
    assert [line["custom_id"] for line in lines] != sent
    assert sorted(line["custom_id"] for line in lines) == sorted(sent)
    assert results(client, batch) == lines
    for line in lines:
        number = line["custom_id"].removeprefix("row-")
        assert line["result"]["message"]["content"][0]["text"].startswith(
            f'You said: "number {number}"'
        )
    assert len({line["result"]["message"]["id"] for line in lines}) == count


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": -1}, "max_tokens"),
        ({"colour": "red"}, "colour"),
        ({"stream": True}, "stream"),
        ({"speed": "standard"}, "speed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"fallbacks": "default"}, "fallbacks"),
    ],
)
def test_bad_params_are_an_errored_result_and_no_refused_create(
    client: httpx.Client, fields: dict[str, Any], expected: str
) -> None:
    batch = create(client, item("bad", **fields), item("good"))
    lines = {line["custom_id"]: line["result"] for line in results(client, batch)}
    assert lines["good"]["type"] == "succeeded"
    assert lines["bad"]["type"] == "errored"
    error = lines["bad"]["error"]
    assert error["type"] == "error"
    assert error["error"]["type"] == "invalid_request_error"
    assert expected in error["error"]["message"]
    counts = show(client, batch)["request_counts"]
    assert (counts["succeeded"], counts["errored"]) == (1, 1)


def test_what_a_beta_opens_for_messages_alone_is_an_errored_result(client: httpx.Client) -> None:
    client.headers["anthropic-beta"] = "message-threads-2026-08-12"
    batch = create(client, item("bad", thread={"type": "create"}))
    (line,) = results(client, batch)
    assert line["result"]["error"]["error"]["message"] == "thread: is not supported in a batch"


def test_an_unknown_model_is_errored_as_not_found(client: httpx.Client) -> None:
    (line,) = results(client, create(client, item("a", model="claude-nope")))
    assert line["result"]["error"]["error"]["type"] == "not_found_error"


def test_params_that_are_nested_too_deeply_are_errored(client: httpx.Client) -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "$ref": "#"}, "input_examples": [{}]}
    assert kinds(client, create(client, item("deep", tools=[tool]))) == {"deep": "errored"}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ([], 400, "valid object"),
        ({}, 400, "requests: Field required"),
        ({"requests": {}}, 400, "requests: Input should be a valid array"),
        ({"requests": []}, 400, "requests: List should have at least 1"),
        ({"requests": [1]}, 400, "requests.0: Input should be a valid object"),
        ({"requests": [{"custom_id": "a"}]}, 400, "requests.0.params: Field required"),
        ({"requests": [item("a"), item("b b")]}, 400, "requests.1.custom_id"),
        ({"requests": [item("a" * 65)]}, 400, "requests.0.custom_id"),
        ({"requests": [item("")]}, 400, "requests.0.custom_id"),
        ({"requests": [item("a"), item("b"), item("a")]}, 400, "requests.2.custom_id: 'a' is not"),
        ({"requests": [{"custom_id": "a", "params": []}]}, 400, "requests.0.params"),
        ({"requests": [{**item("a"), "x": 1}]}, 400, "requests.0.x: Extra"),
        ({"requests": [item("a")], "x": 1}, 400, "x: Extra"),
    ],
)
def test_what_is_refused_at_once(
    client: httpx.Client, body: Any, status: int, expected: str
) -> None:
    assert refusal(client, body)[0] == status
    assert expected in refusal(client, body)[1]
    assert client.get(PATH).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"requests": [',
        b'{"requests": [{"custom_id": "a", "params": {}}',
        b'{"requests": [{"custom_id": "a", "params": {}}]} x',
        b'{"requests": [{"custom_id": "a", "params": {}},]}',
        b'{"requests": [{"custom_id": "a", "params": {"a": NaN}}]}',
        b'{"requests": [{"custom_id": "a", "params": {"a": "\\ud800"}}]}',
        b'{"requests": [{"custom_id": "a", "params": {"a": "\xff"}}]}',
        b'{"requests": [{"custom_id": "a", "params": ' + b"[" * 200_000 + b"}]}",
        b'{"requests": [{"custom_id": "a", "params": {}}], "requests": []}',
    ],
)
def test_a_body_that_is_no_such_json_makes_no_batch(client: httpx.Client, body: bytes) -> None:
    assert client.post(PATH, content=body, headers=HEADERS).status_code == 400
    assert client.get(PATH).json()["data"] == []


def test_spaces_and_line_ends_between_the_requests_do_not_matter(client: httpx.Client) -> None:
    body = json.dumps({"requests": items(3)}, indent=2).replace("\n", "\r\n").encode()
    created = client.post(PATH, content=body, headers=HEADERS).json()
    assert len(results(client, created)) == 3


def test_more_than_a_hundred_thousand_requests_are_too_many(client: httpx.Client) -> None:
    rows = b",".join(b'{"custom_id":"%d","params":{}}' % number for number in range(100_001))
    response = client.post(PATH, content=b'{"requests":[' + rows + b"]}", headers=HEADERS)
    assert response.status_code == 413


def test_a_body_may_be_256_mb_large_and_not_larger(simulator: Simulator) -> None:
    for length, status in ((256_000_000, None), (256_000_001, 413)):
        connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=5)
        connection.putrequest("POST", PATH)
        for name, value in {**HEADERS, "content-length": str(length)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        if status:
            assert connection.getresponse().status == status
        connection.close()


def test_results_are_not_there_before_the_end(slow_client: httpx.Client) -> None:
    batch = create(slow_client, item("a"))
    assert slow_client.get(f"{PATH}/{batch['id']}/results").status_code == 404
    assert show(slow_client, batch)["processing_status"] == "in_progress"


@pytest.mark.parametrize("path", ["", "/results", "/cancel"])
def test_an_unknown_batch_is_not_found(client: httpx.Client, path: str) -> None:
    method = "POST" if path == "/cancel" else "GET"
    assert client.request(method, f"{PATH}/msgbatch_no{path}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_credential_is_needed(client: httpx.Client, method: str) -> None:
    assert client.request(method, PATH, headers={"x-api-key": ""}).status_code == 401


def test_the_list_has_pages_newest_first(client: httpx.Client) -> None:
    made = [create(client, item("a"))["id"] for _ in range(5)]
    first = client.get(f"{PATH}?limit=2").json()
    assert [batch["id"] for batch in first["data"]] == made[:2:-1]
    assert first["has_more"] is True
    rest = client.get(PATH, params={"after_id": first["last_id"]}).json()
    assert [batch["id"] for batch in rest["data"]] == made[2::-1]
    assert rest["has_more"] is False


def test_a_canceled_batch_keeps_what_was_done(slow: Simulator, slow_client: httpx.Client) -> None:
    created = create(slow_client, *items(10))
    (batch,) = slow.batches
    batch.created -= 30  # half of its time
    canceling = slow_client.post(f"{PATH}/{created['id']}/cancel").json()
    assert canceling["processing_status"] == "canceling"
    assert canceling["cancel_initiated_at"]
    assert canceling["request_counts"]["processing"] == 10
    counts = wait(slow_client, created)["request_counts"]
    assert (counts["succeeded"], counts["canceled"], counts["processing"]) == (5, 5, 0)
    found = kinds(slow_client, created)
    assert {name for name, kind in found.items() if kind == "canceled"} == {
        f"row-{number}" for number in range(5, 10)
    }


def test_a_batch_that_has_ended_cannot_be_canceled(client: httpx.Client) -> None:
    batch = wait(client, create(client, item("a")))
    assert client.post(f"{PATH}/{batch['id']}/cancel").status_code == 400


def test_only_a_batch_that_has_ended_can_be_deleted(slow_client: httpx.Client) -> None:
    batch = create(slow_client, item("a"))
    path = f"{PATH}/{batch['id']}"
    assert slow_client.delete(path).status_code == 400
    slow_client.post(f"{path}/cancel")
    wait(slow_client, batch)
    deleted = slow_client.delete(path).json()
    assert deleted == {"id": batch["id"], "type": "message_batch_deleted"}
    assert slow_client.get(path).status_code == 404


# What can be ordered


@pytest.fixture
def ordered() -> Iterator[httpx.Client]:
    orders: dict[str, Ordered] = {
        "row-0": "expired",
        "row-1": "canceled",
        "row-2": "errored",
        "row-3": "errored=overloaded_error",
        "row-4": "missing",
        "row-5": "doubled",
        "row-6": "unknown",
        "row-7": {"type": "postponed", "until": "Monday"},
        "row-8": "succeeded",
        "*-9": "expired",
        "row-*": "succeeded",
    }
    with (
        Simulator() as running,
        httpx.Client(base_url=running.base_url, headers=HEADERS, timeout=10) as client,
    ):
        running.batches.order(orders)
        yield client


def test_every_kind_of_result_can_be_ordered(ordered: httpx.Client) -> None:
    batch = create(ordered, *items(10))
    lines = results(ordered, batch)
    by_id = {line["custom_id"]: line["result"] for line in lines}
    assert by_id["row-0"] == {"type": "expired"}
    assert by_id["row-1"] == {"type": "canceled"}
    assert by_id["row-2"]["error"]["error"]["type"] == "invalid_request_error"
    assert by_id["row-3"]["error"]["error"]["type"] == "overloaded_error"
    assert by_id["row-7"] == {"type": "postponed", "until": "Monday"}
    assert by_id["row-9"] == {"type": "expired"}
    names = [line["custom_id"] for line in lines]
    assert [names.count(f"row-{number}") for number in (4, 5, 6, 8)] == [0, 2, 0, 1]
    assert sum(name.startswith("unknown-") for name in names) == 1
    counts = show(ordered, batch)["request_counts"]
    expected = {"processing": 0, "succeeded": 4, "errored": 2, "canceled": 1, "expired": 2}
    assert counts == expected


@pytest.mark.parametrize("name", ["row-8", "row-5", "row-6"])
def test_an_order_does_not_make_bad_params_succeed(ordered: httpx.Client, name: str) -> None:
    assert kinds(ordered, create(ordered, item(name, max_tokens=-1))) == {name: "errored"}


def test_orders_can_change_for_the_next_batch(simulator: Simulator, client: httpx.Client) -> None:
    before = create(client, item("a"))
    simulator.batches.order({"*": "expired"})
    after = create(client, item("a"))
    assert kinds(client, before) == {"a": "succeeded"}
    assert kinds(client, after) == {"a": "expired"}


@pytest.mark.parametrize("order", ["lost", "", "succeeded=1"])
def test_an_unknown_order_is_a_wrong_usage(order: str) -> None:
    with pytest.raises(UsageError):
        Simulator().batches.order({"a": order})


def test_archived_results_are_gone(simulator: Simulator, client: httpx.Client) -> None:
    batch = wait(client, create(client, item("a")))
    simulator.batches.archive(batch["id"])
    shown = show(client, batch)
    assert shown["archived_at"] is not None
    assert shown["results_url"] is None
    assert client.get(batch["results_url"]).status_code == 404


def test_the_results_can_be_said_to_lie_elsewhere(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.batches.results_origin = "http://127.0.0.1:9"
    batch = wait(client, create(client, item("a")))
    assert batch["results_url"] == f"http://127.0.0.1:9{PATH}/{batch['id']}/results"


def test_the_results_lie_below_the_prefix_that_the_client_uses(
    simulator: Simulator, client: httpx.Client
) -> None:
    batch = wait(client, create(client, item("a")))
    shown = client.get(f"/proxy{PATH}/{batch['id']}").json()
    assert shown["results_url"].startswith(f"{simulator.base_url}/proxy/v1/")
    assert client.get(shown["results_url"]).status_code == 200


def test_a_simulator_that_starts_again_still_has_its_batches(simulator: Simulator) -> None:
    with httpx.Client(base_url=simulator.base_url, headers=HEADERS) as client:
        batch = create(client, item("a"))
    before = simulator.base_url
    simulator.close()
    simulator.start()
    with httpx.Client(base_url=simulator.base_url, headers=HEADERS) as client:
        assert [found["id"] for found in client.get(PATH).json()["data"]] == [batch["id"]]
        shown = wait(client, batch)
        assert shown["results_url"].startswith(simulator.base_url)
        assert kinds(client, batch) == {"a": "succeeded"}
    assert before != simulator.base_url


def test_what_was_sent_can_be_read_back(simulator: Simulator, client: httpx.Client) -> None:
    sent = items(3)
    create(client, *sent)
    (batch,) = simulator.batches
    assert list(batch.rows) == sent
    assert [request["custom_id"] for request in batch.rows] == ["row-0", "row-1", "row-2"]


# Faults


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("529-createx2", Fault("status", "create", status=529, times=2)),
        ("429-create:retry-after=1",
         Fault("status", "create", status=429, headers={"retry-after": "1"})),
        ("503-poll", Fault("status", "poll", status=503)),
        ("404-resultsx1", Fault("status", "results", status=404, times=1)),
        ("lost-create", Fault("lost", "create")),
        ("cut-results×3", Fault("cut", "results", times=3)),
        ("cut-results=0x1", Fault("cut", "results", lines=0, times=1)),
    ],
)  # fmt: skip
def test_how_faults_of_batches_are_written(spec: str, fault: Fault) -> None:
    assert parse_fault(spec) == fault


@pytest.mark.parametrize(
    "spec", ["lost", "lost-poll", "cut-create", "lost-create=3", "429-list", "stall-results"]
)
def test_other_faults_do_not_meet_batches(spec: str) -> None:
    with pytest.raises(UsageError):
        parse_fault(spec)


def test_a_create_can_be_refused(simulator: Simulator, client: httpx.Client) -> None:
    simulator.inject("529-createx1", "429-createx1:retry-after=1")
    first, second = (client.post(PATH, json={"requests": items(1)}) for _ in range(2))
    assert (first.status_code, second.status_code) == (529, 429)
    assert second.headers["retry-after"] == "1"
    assert list(simulator.batches) == []
    create(client, item("a"))


def test_a_create_whose_reply_is_lost_has_made_a_batch(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.inject("lost-createx1")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.post(PATH, json={"requests": items(2)})
    (found,) = client.get(PATH).json()["data"]
    assert len(results(client, found)) == 2


@pytest.mark.parametrize("count", [1, 2, 301])
def test_a_download_can_be_cut_in_a_line(
    simulator: Simulator, client: httpx.Client, count: int
) -> None:
    simulator.inject("cut-resultsx1")
    batch = wait(client, create(client, *items(count)))
    received = b""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("GET", batch["results_url"]) as response,
    ):
        for chunk in response.iter_raw():
            received += chunk
    *whole, last = received.split(b"\n")
    assert len(whole) == count // 2
    assert all(json.loads(line)["result"]["type"] == "succeeded" for line in whole)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(last)
    assert len(results(client, batch)) == count


def test_a_look_and_a_download_can_be_refused(simulator: Simulator, client: httpx.Client) -> None:
    batch = wait(client, create(client, item("a")))
    simulator.inject("503-pollx1", "500-resultsx1")
    assert client.get(f"{PATH}/{batch['id']}").status_code == 503
    assert client.get(batch["results_url"]).status_code == 500
    assert kinds(client, batch) == {"a": "succeeded"}


def test_faults_of_batches_and_of_messages_pass_each_other_by(
    simulator: Simulator, client: httpx.Client
) -> None:
    simulator.inject("529x1", "503-createx1")
    assert client.post(PATH, json={"requests": items(1)}).status_code == 503
    create(client, item("a"))
    assert client.post("/v1/messages", json=message_body()).status_code == 529
    assert client.post("/v1/messages", json=message_body()).status_code == 200


# Many


def test_many_rows_are_made_and_streamed_quickly() -> None:
    """The largest batch has five times as many; nothing here grows faster than their number."""
    count = 20_000
    body = json.dumps({"requests": items(count)}).encode()
    with (
        Simulator() as running,
        httpx.Client(base_url=running.base_url, headers=HEADERS, timeout=60) as client,
    ):
        began = time.process_time()
        batch = client.post(PATH, content=body).json()
        with client.stream("GET", wait(client, batch)["results_url"]) as response:
            newlines = sum(chunk.count(b"\n") for chunk in response.iter_raw())
        assert newlines == count - 1
        assert time.process_time() - began < 15
        assert all(received.body is None for received in running.requests)


def test_rows_are_kept_small() -> None:
    rows, text = Rows(), json.dumps(item("a"))
    for _ in range(5000):
        rows.append(text)
    rows.close_block()
    assert len(rows) == len(list(rows)) == 5000
    assert sum(len(block) for _, block in rows._blocks) < 5000 * len(text) / 10


# The official SDK


@pytest.mark.sdk
def test_the_sdk_creates_polls_and_reads_the_results(simulator: Simulator) -> None:
    sdk = pytest.importorskip("anthropic")
    client: anthropic.Anthropic
    with sdk.Anthropic(api_key="sk-ant-test", base_url=simulator.base_url, max_retries=0) as client:
        requests: list[Any] = [*items(2), item("warm", temperature=0.5)]
        batch = client.messages.batches.create(requests=requests)
        time.sleep(BATCH_SECONDS)
        assert client.messages.batches.retrieve(batch.id).processing_status == "ended"
        found = {line.custom_id: line.result for line in client.messages.batches.results(batch.id)}
        assert found["row-1"].type == "succeeded"
        assert found["row-1"].message.usage.service_tier == "batch"
        assert found["warm"].type == "errored"  # the version that the SDK asks for has no sampling
        assert [listed.id for listed in client.messages.batches.list()] == [batch.id]
        assert client.messages.batches.delete(batch.id).type == "message_batch_deleted"
