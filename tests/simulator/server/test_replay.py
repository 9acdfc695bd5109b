"""`simulator --replay`: a cassette is served to other programs, without key and network."""

import http.client
import json
import re
from pathlib import Path

import pytest

from claude_cli.cassette.exchange import Chunk, Place, Request, Response
from claude_cli.cassette.player import Cassette
from claude_cli.cassette.recorder import Recorder
from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run, Spawn

HOME = "https://api.example"


@pytest.fixture
def tape() -> Path:
    return Path("tape")


def served(tape: Path, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    with Simulator(cassette=Cassette(tape)) as simulator:
        connection = http.client.HTTPConnection(simulator.base_url.removeprefix("http://"))
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        found = response.status, response.read()
        connection.close()
    return found


def test_other_programs_are_served_whatever_the_order_of_their_keys(tape: Path) -> None:
    request = Request("POST", "/v1/messages", {"a": 1, "b": [2]})
    chunks = (Chunk(0, b"data: 1\n\n"), Chunk(1, b"data: \xff\n\n"))
    answer = Response(200, {"content-type": "text/event-stream"}, chunks)
    Recorder(tape, Place(base_url=HOME)).write(request, answer)
    found = served(tape, "POST", "/some/gateway/v1/messages", b'{"b": [2], "a": 1}')
    assert found == (200, answer.body)


def test_what_is_not_in_it_is_a_404_that_says_where_it_differs(tape: Path) -> None:
    request = Request("POST", "/v1/messages", {"a": 1})
    Recorder(tape, Place(base_url=HOME)).write(request, Response(200, {}, ()))
    status, body = served(tape, "POST", "/v1/messages", b'{"a": 2}')
    assert status == 404
    assert "a is 2 here and 1 there" in json.loads(body)["error"]["message"]


def test_a_query_finds_its_answer_in_any_order(tape: Path) -> None:
    answer = Response(200, {"content-type": "application/json"}, (Chunk(0, b"{}"),))
    Recorder(tape, Place(base_url=HOME)).write(Request("GET", "/v1/models?a=1&b=2"), answer)
    assert served(tape, "GET", "/v1/models?b=2&a=1") == (200, b"{}")


def test_a_whole_batch_is_served_and_its_results_are_looked_for_here(
    run: Run, spawn: Spawn, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tape: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", simulator.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    Path("in.txt").write_text("one\ntwo\n")
    Path("f.txt").write_text("hello")
    line = ("batch", "run", "in.txt", "{line}", "--format", "text", "--poll", "0.01")
    asked = [line, ("files", "upload", "f.txt"), ("stream", "hi")]
    recorded = [run(*command, "--record", "tape").stdout for command in asked]
    assert all(recorded)
    server = spawn("simulator", "--replay", "tape")
    assert server.stdout is not None
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.stdout.readline().decode().strip())
    monkeypatch.setenv("CLAUDE_CLI_HOME", str(Path("another").absolute()))
    assert [run(*command).stdout for command in asked] == recorded
    [batch_id] = {*re.findall(r"msgbatch_\w+", tape.read_text())}
    assert run("batch", "wait", batch_id, "--poll", "0.01").code == 0
    results = run("batch", "results", batch_id, "--format", "text")
    assert (results.code, sorted(results.text)) == (0, sorted(recorded[0].decode()))


def test_what_is_damaged_in_a_cassette_is_told_and_the_rest_served(
    spawn: Spawn, tape: Path
) -> None:
    request = Request("GET", "/v1/models")
    Recorder(tape, Place(base_url=HOME)).write(request, Response(200, {}, (Chunk(0, b"{}"),)))
    tape.write_text(f"{tape.read_text()}torn\n")
    server = spawn("simulator", "--replay", "tape")
    assert server.stdout is not None
    assert server.stdout.readline().startswith(b"http://")
    server.terminate()
    _, told = server.communicate()
    assert re.match(rb"warning: tape, line 3: .*: left out\n", told)


@pytest.mark.parametrize("flag", [["--fault", "529"], ["--script", "x"], ["--latency", "5"]])
def test_a_cassette_has_no_flags_beside_it(run: Run, flag: list[str]) -> None:
    assert run("simulator", "--replay", "tape", *flag).code == 2


def test_a_file_that_is_no_cassette_is_refused(run: Run, tape: Path) -> None:
    tape.write_text("{}\n")
    assert run("simulator", "--replay", "tape").code == 65
