"""What was recorded is played again without key and network, byte for byte."""

import json
import os
import re
import resource
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Ran, Run, Spawn
from tests.faulty_server import FaultyServer, replying, response

TOOLS = '''
def add(a: int, b: int) -> int:
    """Add two numbers."""
    with open("called", "a") as file:
        file.write("x")
    return a + b
'''
UNREACHABLE = "http://127.0.0.1:1"


def played(
    run: Run, monkeypatch: pytest.MonkeyPatch, *line: str, tape: str = "tape", code: int = 0
) -> tuple[Ran, Ran]:
    """The command recorded, then replayed where there is neither key nor network."""
    recorded = run(*line, "--record", tape)
    assert recorded.code == code, recorded.stderr
    with monkeypatch.context() as context:
        for name in ("ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            context.delenv(name, raising=False)
        context.setenv("ANTHROPIC_BASE_URL", UNREACHABLE)
        return recorded, run(*line, "--replay", tape)


def same(recorded: Ran, replayed: Ran) -> None:
    assert replayed.code == recorded.code, replayed.stderr
    assert replayed.stdout == recorded.stdout


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_a_stream_is_played_event_for_event(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    simulator.enqueue(text="Grüße, 台南! " * 50, delta_characters=3)
    same(*played(run, monkeypatch, command, "hi", "--format", "events"))


def test_a_link_to_a_cassette_is_played_and_never_added_to(run: Run, simulator: Simulator) -> None:
    assert run("ask", "hi", "--record", "tape").code == 0
    os.symlink("tape", "link")
    assert run("ask", "hi", "--replay", "link").code == 0
    asked = len(simulator.requests)
    assert (run("ask", "hi", "--record", "link").code, len(simulator.requests)) == (73, asked)


def test_a_tool_loop_is_played_and_its_tools_run_again(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("tools.py").write_text(TOOLS)
    call = {"type": "tool_use", "name": "add", "input": {"a": 1, "b": 2}}
    simulator.enqueue(content=[call])
    simulator.enqueue(text="It is 3.")
    line = ("ask", "1+2?", "-T", "tools.py", "--approve", "always", "--format", "json")
    recorded, replayed = played(run, monkeypatch, *line)
    assert b"It is 3." in recorded.stdout
    for ran in (recorded, replayed):
        assert ran.json["content"][0]["text"] == "It is 3."
    assert _without_times(recorded) == _without_times(replayed)
    assert Path("called").read_text() == "xx"
    assert len(simulator.requests) == 2


def _without_times(ran: Ran) -> object:
    return {key: value for key, value in ran.json.items() if key != "claude_cli"}


def test_a_hosted_batch_is_played_at_once(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("in.csv").write_text("id,text\na,one\nb,two\n")
    line = ("batch", "run", "in.csv", "Say {text}", "--format", "csv", "--poll", "1")
    recorded, replayed = played(run, monkeypatch, *line)
    same(recorded, replayed)
    assert recorded.text.count("end_turn") == 2
    assert len(run("batch", "list", "--format", "json").json) == 1


@pytest.mark.parametrize("flags", [("--live",), ("--live", "--concurrency", "1")])
def test_a_live_batch_is_played(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    Path("in.txt").write_text("one\ntwo\nthree\n")
    same(*played(run, monkeypatch, "batch", "run", "in.txt", "{line}", "--format", "csv", *flags))


@pytest.mark.parametrize(
    "line",
    [("count", "hi"), ("models", "list"), ("files", "upload", "f.txt"), ("files", "list")],
    ids=" ".join,
)
def test_what_is_no_message_is_played(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    Path("f.txt").write_text("hello")
    same(*played(run, monkeypatch, *line))


PLATFORMS = {
    "bedrock": ("ANTHROPIC_BEDROCK_BASE_URL", ""),
    "mantle": ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "/anthropic"),
    "vertex": ("ANTHROPIC_VERTEX_BASE_URL", "/v1"),
    "foundry": ("ANTHROPIC_FOUNDRY_BASE_URL", "/anthropic"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_answer_of_a_cloud_is_played_and_the_cassette_says_which(
    run: Run, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    variable, prefix = PLATFORMS[platform]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_API_KEY", CANARY)
    own = ("-H", f"authorization: Bearer {CANARY}") if platform == "vertex" else ()
    account = ("--project", "my-project") if platform == "vertex" else ()
    line = ("ask", "hi", "-m", "claude-sonnet-4-6", "--format", "events")
    with Simulator() as there, monkeypatch.context() as context:
        context.setenv(variable, there.base_url + prefix)
        where = ("--platform", platform, "--region", "eu-west-1", "--resource", "r", *account)
        recorded = run(*line, *where, *own, "--record", "tape")
    assert recorded.code == 0, recorded.stderr
    text = Path("tape").read_text()
    assert CANARY not in text and "my-project" not in text
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ANTHROPIC_FOUNDRY_API_KEY"):
        monkeypatch.delenv(name)
    same(recorded, run(*line, "--replay", "tape"))


def test_retries_are_played_without_their_waits(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.inject("529x1:retry-after=1")
    recorded, replayed = played(run, monkeypatch, "ask", "hi")
    same(recorded, replayed)
    assert Path("tape").read_text().count('"status":529') == 1
    assert [ran.stderr.count("retrying in 1.0 s") for ran in (recorded, replayed)] == [1, 0]
    assert "retrying in 0.0 s" in replayed.stderr


def test_an_answer_that_was_cut_is_cut_again(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.inject("cut=3")
    recorded, replayed = played(run, monkeypatch, "stream", "hi", code=75)
    assert recorded.stdout
    same(recorded, replayed)


def test_a_request_that_is_not_in_it_shows_where_it_differs(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("ask", "hi", "--record", "tape").code == 0
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    ran = run("ask", "ho", "--replay", "tape")
    assert (ran.code, ran.stdout) == (65, b"")
    assert 'messages.0.content.0.text is "ho" here and "hi" there' in ran.stderr


def test_a_damaged_line_is_told_and_the_others_play(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = run("ask", "hi", "--record", "tape")
    first, *rest = Path("tape").read_text().splitlines()
    Path("tape").write_text("\n".join([first, '{"request": {', *rest]))
    replayed = run("ask", "hi", "--replay", "tape")
    same(recorded, replayed)
    assert "tape, line 2: torn, or not JSON: left out" in replayed.stderr


def test_a_newer_format_is_refused(run: Run) -> None:
    Path("tape").write_text('{"cassette": 2, "platform": "direct"}\n')
    ran = run("ask", "hi", "--replay", "tape")
    assert (ran.code, "newer format" in ran.stderr) == (65, True)
    Path("tape").write_text('{"cassette": 1, "platform": "moon"}\n')
    assert run("ask", "hi", "--replay", "tape").code == 65
    assert run("ask", "hi", "--replay", "nothing").code == 66


def test_a_replay_is_not_in_the_ledger_and_is_not_the_last_session(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, replayed = played(run, monkeypatch, "ask", "hi")
    same(recorded, replayed)
    assert run("usage", "--format", "json").json[0]["requests"] == 1
    ran = run("ask", "-c", "more", "--dry-run")
    assert [message["role"] for message in ran.json["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "flags",
    [
        ("--simulate", "--record", "tape"),
        ("--simulate", "--replay", "tape"),
        ("--record", "tape", "--replay", "tape"),
        ("--replay", "tape", "--platform", "bedrock"),
        ("--replay", "tape", "--base-url", "https://x.example"),
    ],
    ids=" ".join,
)
def test_flags_that_exclude_each_other_are_wrong_usage(run: Run, flags: tuple[str, ...]) -> None:
    Path("tape").write_text('{"cassette": 1}\n')
    for command in (("ask", "hi"), ("models", "list")):
        assert run(*command, *flags).code == 2
    assert Path("tape").read_text() == '{"cassette": 1}\n'


def test_another_place_is_not_recorded_into_the_same_file(run: Run, simulator: Simulator) -> None:
    Path("tape").write_text('{"cassette": 1, "platform": "direct", "base_url": "https://x"}\n')
    ran = run("ask", "hi", "--record", "tape")
    assert (ran.code, "record into another file" in ran.stderr) == (65, True)
    assert simulator.requests == []


def test_a_job_is_in_no_cassette(run: Run, simulator: Simulator) -> None:
    Path("in.txt").write_text("one\n")
    job = run("batch", "submit", "in.txt", "{line}", "--record", "tape").text.strip()
    ran = run("batch", "wait", job, "--replay", "tape")
    assert (ran.code, "msgbatch_" in ran.stderr) == (2, True)


def test_a_batch_of_a_cassette_is_waited_for_and_fetched_by_its_id(
    run: Run, simulator: Simulator
) -> None:
    Path("in.txt").write_text("one\n")
    line = ("batch", "run", "in.txt", "{line}", "--format", "text", "--poll", "0.01")
    recorded = run(*line, "--record", "tape")
    [batch_id] = {*re.findall(r"msgbatch_\w+", Path("tape").read_text())}
    assert run("batch", "wait", batch_id, "--replay", "tape").code == 0
    first, *_, ended, results = Path("tape").read_text().splitlines(keepends=True)
    Path("tape").write_text("".join([first, ended, results]))
    same(recorded, run("batch", "results", batch_id, "--format", "text", "--replay", "tape"))


@pytest.mark.parametrize("line", [("ask", "hi", "-n"), ("batch", "run", "in.txt", "{line}")])
def test_on_a_full_disk_the_answer_is_shown_and_the_end_is_told(
    simulator: Simulator, spawn: Spawn, line: tuple[str, ...]
) -> None:
    Path("in.txt").write_text("one\n")
    room = 100_000
    simulator.enqueue(text="x" * 2 * room)
    simulator.enqueue(text="x" * 2 * room)
    limit = room if line[0] == "ask" else 2 * room

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    if line[0] == "batch":
        Path("tape").write_text(
            f'{{"cassette": 1, "base_url": "{simulator.base_url}"}}\n' + "\n" * (limit - 100)
        )
        line = (*line, "--poll", "0.1", "--format", "text")
    whole = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # one that is cut would stay
    process = spawn(*line, "--record", "tape", env=whole, preexec_fn=full)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 74, err
    assert len(out) > 5
    assert b"tape does not hold all of it: cannot write tape: " in err


def test_no_secret_is_in_a_cassette(
    run: Run, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {
        "messages": [{"role": "user", "content": f"my key is {CANARY}"}],
        "mcp_servers": [
            {"type": "url", "url": "https://x", "name": "m", "authorization_token": "tk-canary"}
        ],
        "tools": [{"type": "mcp_toolset", "mcp_server_name": "m"}],
    }
    Path("body.json").write_text(json.dumps(body))
    simulator.enqueue(text=f"{CANARY} is your key", delta_characters=5)
    own = ("-H", "x-own-token: canary-own", "-H", "cookie: canary-cookie", "--format", "events")
    proxy = ("--proxy", simulator.base_url.replace("//", "//me:canary-proxy@"))
    assert run("ask", "--body", "body.json", *own, *proxy, "--record", "tape").code == 0
    text = Path("tape").read_text()
    for secret in (
        CANARY,
        "tk-canary",
        "canary-own",
        "canary-cookie",
        "canary-proxy",
        "organization",
    ):
        assert secret not in text


def test_a_cassette_of_plain_http_is_played_without_leave_for_it(
    run: Run, simulator: Simulator
) -> None:
    recorded = run("count", "hi", "--record", "tape")
    first, *rest = Path("tape").read_text().splitlines(keepends=True)
    Path("tape").write_text(first.replace(simulator.base_url, "http://gateway.example") + rest[0])
    same(recorded, run("count", "hi", "--replay", "tape"))


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_what_cannot_be_unpacked_is_told_as_without_a_cassette(
    run: Run, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    packed = response("200 OK", b"{not packed}", content_encoding=coding)
    with FaultyServer(replying(packed)) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.base_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
        plain, recorded = run("ask", "hi"), run("ask", "hi", "--record", "tape")
    assert (plain.code, recorded.stderr) == (76, plain.stderr)
    assert len(Path("tape").read_text().splitlines()) <= 2
