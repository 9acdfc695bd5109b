"""The same command line on every platform: asked, streamed, counted, with tools, in a batch."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from claude_cli.disk.paths import config_file
from claude_cli.simulator.server.server import Simulator
from claude_cli.simulator.wire.aws_frames import frame
from tests.conftest import Run
from tests.faulty_server import FaultyServer, Wire, json_response, replying_once

PLATFORMS = ["bedrock", "mantle", "aws", "vertex", "google", "foundry"]
PREFIXES = {"mantle": "/anthropic", "foundry": "/anthropic", "vertex": "/v1"}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_SESSION_TOKEN": "canary-token",
    "AWS_REGION": "eu-west-1",
    "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1",
    "ANTHROPIC_FOUNDRY_API_KEY": "canary-key",
    "ANTHROPIC_FOUNDRY_RESOURCE": "res",
    "ANTHROPIC_VERTEX_PROJECT_ID": "p",
    "ANTHROPIC_GOOGLE_CLOUD_PROJECT": "p",
    "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "wrkspc_1",
    "CLOUD_ML_REGION": "global",
}
TOKEN = ("-H", "Authorization: Bearer canary-bearer")
PROFILE = ("--aws-profile", "work")


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def simulated(run: Run, platform: str, *line: str) -> Any:
    ran = run(line[0], "--simulate", "--platform", platform, *line[1:])
    assert ran.code == 0, ran.stderr
    return ran


def test_a_question_is_answered(run: Run, platform: str) -> None:
    for command in ("ask", "stream"):
        ran = simulated(run, platform, command, "hi", "-m", "claude-opus-5")
        assert ran.stdout.startswith(b'You said: "hi"')
    line = ("ask", "hi", "-m", "claude-opus-5", "--format", "json")
    assert json.loads(simulated(run, platform, *line).stdout)["model"] == "claude-opus-5"
    whole = simulated(run, platform, "ask", "hi", "--no-stream")
    assert whole.stdout.startswith(b'You said: "hi"')


def test_a_request_is_counted(run: Run, platform: str) -> None:
    assert int(simulated(run, platform, "count", "hi", "-m", "claude-opus-5").stdout) > 0


UNCOUNTED = json_response(
    {"message": "The provided model doesn't support counting tokens."},
    "400 Bad Request",
    x_amzn_errortype="ValidationException",
)


@pytest.mark.parametrize(
    ("replies", "code"),
    [((UNCOUNTED, json_response({"inputTokens": 17})), 0), ((UNCOUNTED, UNCOUNTED), 65)],
)
def test_bedrock_counts_by_the_models_id_and_then_by_its_profiles(
    run: Run, clouds: None, replies: tuple[bytes, ...], code: int
) -> None:
    def refuse_first(wire: Wire) -> None:
        for reply in replies:
            wire.read_request()
            wire.send(reply)

    with FaultyServer(refuse_first) as there:
        line = ("count", "hi", "--platform", "bedrock", "-m", "claude-opus-5")
        ran = run(*line, "--base-url", there.base_url)
    assert (ran.code, ran.stdout) == (code, b"17\n" if code == 0 else b"")
    paths = [request.split()[1].decode() for request in there.requests]
    named = [f"{profile}anthropic.claude-opus-5" for profile in ("", "eu.")]
    assert paths == [f"/model/{name}/count-tokens" for name in named]
    assert code == 0 or "hint: Bedrock counts no tokens of this model" in ran.stderr


def test_an_answer_fits_its_schema_and_is_cached(run: Run, platform: str) -> None:
    if platform != "mantle":
        schema = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}'
        ran = simulated(run, platform, "ask", "hi", "--schema", schema, "--cache", "5m")
        assert json.loads(ran.stdout).keys() == {"n"}


def test_a_live_batch_is_asked_there(run: Run, platform: str, tmp_path: Any) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"a": 1}\n{"a": 2}\n')
    ran = run(
        *("batch", "run", "--live", "--simulate", "--platform", platform),
        *(str(rows), "say {a}", "--format", "text"),
    )
    assert ran.code == 0, ran.stderr
    assert ran.stdout.count(b"You said") == 2


def test_a_hosted_batch_where_there_is_none_names_what_works(run: Run, tmp_path: Any) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"a": 1}\n')
    ran = run("batch", "run", "--simulate", "--platform", "vertex", str(rows), "say {a}")
    assert ran.code == 65
    assert "vertex does not serve /v1/messages/batches" in ran.stderr
    assert "hint: batch --live" in ran.stderr


def test_what_would_be_sent_is_shown_without_a_place_or_a_key(run: Run, platform: str) -> None:
    ran = run("ask", "hi", "--platform", platform, "--dry-run")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout)["messages"]
    assert "POST https://" in ran.stderr
    command = run("ask", "hi", "--platform", platform, "--curl").stdout.decode()
    assert command.startswith("curl ") and "canary" not in command


SIGNED = '--aws-sigv4 aws:amz:eu-west-1:{} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
SESSION = ' -H "x-amz-security-token: $AWS_SESSION_TOKEN"'
BEDROCK_KEY, AWS_KEY = "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"
GCLOUD = '-H "authorization: Bearer $(gcloud auth application-default print-access-token)"'


@pytest.mark.parametrize(
    ("name", "variables", "flags", "credential"),
    [
        ("bedrock", (), (), SIGNED.format("bedrock")),
        ("bedrock", ("AWS_SESSION_TOKEN",), (), SIGNED.format("bedrock") + SESSION),
        ("bedrock", (BEDROCK_KEY,), (), f'-H "authorization: Bearer ${BEDROCK_KEY}"'),
        ("bedrock", (BEDROCK_KEY,), PROFILE, SIGNED.format("bedrock") + SESSION),
        ("mantle", (), (), SIGNED.format("bedrock-mantle")),
        ("mantle", (BEDROCK_KEY,), (), f'-H "authorization: Bearer ${BEDROCK_KEY}"'),
        ("aws", (BEDROCK_KEY,), (), SIGNED.format("aws-external-anthropic")),
        ("vertex", (), (), GCLOUD),
        ("google", (), (), GCLOUD),
        ("foundry", (), (), '-H "x-api-key: $ANTHROPIC_FOUNDRY_API_KEY"'),
    ],
)
def test_the_curl_command_has_the_credential_of_its_platform(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    variables: tuple[str, ...],
    flags: tuple[str, ...],
    credential: str,
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, "canary")
    ran = run("ask", "hi", "--platform", name, "--region", "eu-west-1", "--curl", *flags)
    assert f"  {credential} \\\n  --data-binary" in ran.text
    assert ("aws configure export-credentials" in ran.stderr) is bool(flags)


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def there(simulator: Simulator, platform: str) -> tuple[str, ...]:
    url = simulator.base_url + PREFIXES.get(platform, "")
    token = TOKEN if platform in ("vertex", "google") else ()
    return ("--platform", platform, "--base-url", url, "-m", "claude-opus-5", *token)


def test_what_was_spent_is_told_by_platform(simulator: Simulator, run: Run, clouds: None) -> None:
    where = there(simulator, "foundry")
    assert run("ask", "hi").code == run("ask", "hi", *where).code == 0
    Path("rows.txt").write_text("hi\n")
    ran = run("batch", "run", "--live", "rows.txt", *where)
    assert ran.code == 0, ran.stderr
    rows = run("usage", "--by", "platform", "--format", "json").json
    assert {row["platform"]: row["requests"] for row in rows} == {"direct": 1, "foundry": 2}


def test_a_hosted_batch_where_there_is_none_is_refused_before_anything_is_counted(
    simulator: Simulator, run: Run, clouds: None
) -> None:
    Path("rows.txt").write_text("hi\n")
    ran = run("batch", "run", "rows.txt", *there(simulator, "foundry"))
    assert (ran.code, "hint: batch --live" in ran.stderr, simulator.requests) == (65, True, [])


def test_live_jobs_are_listed_where_there_are_no_batches(
    simulator: Simulator, run: Run, clouds: None
) -> None:
    Path("rows.txt").write_text("hi\n")
    where = there(simulator, "foundry")[:4]
    assert run("batch", "run", "--live", "rows.txt", *where, "-m", "claude-opus-5").code == 0
    ran = run("batch", "list", "--format", "json", *where)
    assert (ran.code, [row["state"] for row in ran.json]) == (0, ["finished"]), ran.stderr


def test_no_secret_is_told_at_any_level(
    simulator: Simulator, run: Run, clouds: None, platform: str
) -> None:
    for level in ("-v", "--debug"):
        ran = run("ask", "hi", level, *there(simulator, platform))
        assert ran.code == 0, ran.stderr
        assert "canary" not in ran.stderr and b"canary" not in ran.stdout


@pytest.mark.parametrize(
    ("fault", "code"), [("429", 75), ("400", 65), ("403", 77), ("503", 75), ("error", 75)]
)
def test_a_failure_has_the_code_of_its_kind(
    simulator: Simulator, run: Run, clouds: None, platform: str, fault: str, code: int
) -> None:
    simulator.inject(fault)
    ran = run("ask", "hi", "--retries", "0", *there(simulator, platform))
    assert ran.code == code, ran.stderr


@pytest.mark.parametrize(
    ("exception", "code"),
    [
        ("throttlingException", 75),
        ("modelStreamErrorException", 75),
        ("validationException", 65),
        ("accessDeniedException", 77),
        ("somethingNewException", 75),
    ],
)
def test_an_exception_in_a_stream_of_bedrock_has_the_code_of_its_kind(
    simulator: Simulator, run: Run, clouds: None, exception: str, code: int
) -> None:
    simulator.inject(f"error={exception}x1")
    ran = run("ask", "hi", *there(simulator, "bedrock"))
    assert ran.code == code, ran.stderr


def damaged(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


FIRST = frame({":message-type": "event", ":event-type": "chunk"}, b'{"bytes": "e30="}')
LARGE = (2**32 - 1).to_bytes(4)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (damaged(FIRST, 8), 76),  # the checksum of the lengths
        (damaged(FIRST, len(FIRST) - 1), 76),  # that of the whole
        (bytes(4) + FIRST[4:8] + crc32(bytes(4) + FIRST[4:8]).to_bytes(4) + FIRST[12:], 76),
        (LARGE + FIRST[4:8] + crc32(LARGE + FIRST[4:8]).to_bytes(4) + FIRST[12:], 76),
        (FIRST[:7], 75),
        (FIRST[:20], 75),
        (FIRST[:-3], 75),
        (frame({":message-type": "event", ":event-type": "chunk"}, b'{"bytes": "%"}'), 76),
    ],
)
def test_a_damaged_frame_breaks_the_protocol_and_a_cut_one_may_be_tried_again(
    run: Run, clouds: None, sent: bytes, code: int
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
    reply = head + b"connection: close\r\n\r\n" + sent
    with FaultyServer(replying_once(reply)) as server:
        line = ("ask", "hi", "--platform", "bedrock", "-m", "claude-opus-5", "--retries", "0")
        ran = run(*line, "--base-url", server.base_url)
    assert ran.code == code, ran.stderr
    assert ran.stdout == b""


def test_a_passing_failure_is_tried_again(
    simulator: Simulator, run: Run, clouds: None, platform: str
) -> None:
    simulator.inject("503x1")
    assert run("ask", "hi", *there(simulator, platform)).code == 0


def test_a_stream_that_breaks_is_kept_as_partial(
    simulator: Simulator, run: Run, clouds: None, platform: str
) -> None:
    simulator.inject("cut=2")
    ran = run("stream", "hi", *there(simulator, platform))
    assert ran.code == 75
    assert ran.stdout.startswith(b"You ")


def test_a_session_moves_between_platforms(simulator: Simulator, run: Run, clouds: None) -> None:
    assert run("ask", "one", "--name", "s", *there(simulator, "bedrock")).code == 0
    for platform in PLATFORMS:
        ran = run("ask", "again", "-r", "s", *there(simulator, platform))
        assert ran.code == 0, ran.stderr
    assert len(simulator.requests[-1].body["messages"]) == 13


def test_variables_of_the_direct_api_are_told_and_not_used(
    simulator: Simulator, run: Run, clouds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    ran = run("ask", "hi", *there(simulator, "bedrock"))
    assert ran.code == 0
    assert "to --platform direct: not used for bedrock" in ran.stderr


def test_a_profile_names_platform_and_place(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[profiles.work]\nplatform = "vertex"\nregion = "eu"\nproject = "p1"\n')
    ran = run("ask", "hi", "--profile", "work", "-m", "claude-opus-5", "--dry-run")
    assert ran.code == 0, ran.stderr
    assert "POST https://aiplatform.eu.rep.googleapis.com/v1/projects/p1/" in ran.stderr


@pytest.mark.parametrize(
    ("platform", "missing"),
    [
        ("bedrock", "AWS_REGION"),
        ("vertex", "CLOUD_ML_REGION"),
        ("foundry", "ANTHROPIC_FOUNDRY_RESOURCE"),
        ("google", "ANTHROPIC_GOOGLE_CLOUD_PROJECT"),
    ],
)
def test_what_is_missing_is_78(run: Run, platform: str, missing: str) -> None:
    ran = run("ask", "hi", "--platform", platform)
    assert ran.code == 78
    assert missing in ran.stderr


@pytest.mark.parametrize("status", ["499", "501"])
def test_what_was_cancelled_or_is_not_implemented_is_not_asked_again(
    simulator: Simulator, run: Run, clouds: None, status: str
) -> None:
    simulator.inject(f"{status}x1")
    ran = run("ask", "hi", *there(simulator, "vertex"))
    assert ran.code == 75, ran.stderr
    assert len(simulator.requests) == 1


def test_the_ledger_knows_the_platform_and_its_price(
    simulator: Simulator, run: Run, clouds: None, tmp_path: Path
) -> None:
    lines = [("-m", "claude-opus-5"), there(simulator, "vertex"), there(simulator, "bedrock")]
    told = [run("ask", "hi", "--format", "json", *line).json["claude_cli"] for line in lines]
    costs = [Decimal(str(one["cost_usd"])) for one in told]
    assert costs[0] == costs[1] and costs[2] == costs[0] * Decimal("1.1")
    (ledger,) = (tmp_path / "home").rglob("ledger.jsonl")
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [entry["platform"] for entry in entries] == ["direct", "vertex", "bedrock"]
    assert [Decimal(entry["cost_usd"]) for entry in entries] == costs
    summed = run("usage", "--by", "platform", "--format", "json").json
    assert [(row["platform"], row["requests"]) for row in summed] == [
        ("bedrock", 1),
        ("direct", 1),
        ("vertex", 1),
    ]


DEPLOYED = """
[aliases]
ours = "haiku"
[platform-models]
haiku = "claude-opus-5"
old = "claude-3-opus"
"""


@pytest.fixture
def deployed(tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(DEPLOYED)


@pytest.mark.parametrize("name", ["haiku", "ours"])
def test_the_name_of_a_deployment_is_sent_and_its_model_has_the_facts(
    run: Run, clouds: None, deployed: None, name: str
) -> None:
    ran = run("ask", "hi", "--platform", "foundry", "-m", name, "--temperature", "0.5", "--dry-run")
    assert (ran.json["model"], ran.json["max_tokens"]) == ("haiku", 16_000)
    assert "warning: claude-opus-5 takes no temperature" in ran.stderr


def test_the_name_of_a_deployment_has_the_price_of_its_model(
    run: Run, clouds: None, deployed: None, tmp_path: Path
) -> None:
    reply = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "model": "haiku",
        "content": [{"type": "text", "text": "x"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1_000_000, "output_tokens": 0},
    }
    with FaultyServer(replying_once(json_response(reply))) as server:
        line = ("ask", "hi", "--platform", "foundry", "--base-url", server.base_url, "-m", "haiku")
        ran = run(*line, "--no-stream", "--format", "json")
    assert ran.json["claude_cli"]["cost_usd"] == 5
    (ledger,) = (tmp_path / "home").rglob("ledger.jsonl")
    entry = json.loads(ledger.read_text())
    assert entry["model"] == "haiku"
    assert Decimal(entry["cost_usd"]) == Decimal(5)


def test_what_is_known_of_a_deployment_holds_in_a_batch_too(
    run: Run, clouds: None, deployed: None, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"a": 1}\n')
    line = ("batch", "run", "--live", "--platform", "foundry", str(rows), "say {a}", "-m", "old")
    ran = run(*line, "--dry-run")
    assert "claude-3-opus was retired" in ran.stderr
    assert json.loads(ran.stdout.splitlines()[0])["params"]["max_tokens"] == 4096


@pytest.mark.parametrize(
    "body",
    [
        {"message": "invalid beta flag"},
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "Invalid beta flag"},
        },
    ],
)
def test_a_beta_that_a_model_does_not_take_is_sought_among_those_that_were_sent(
    run: Run, clouds: None, body: dict[str, Any]
) -> None:
    refusal = json_response(body, "400 Bad Request", x_amzn_errortype="ValidationException")
    with FaultyServer(replying_once(refusal)) as server:
        line = ("ask", "hi", "--platform", "bedrock", "--base-url", server.base_url)
        ran = run(*line, "--beta", "made-up-1", "--thinking", "2000", "-m", "claude-sonnet-4-5")
    assert ran.code == 65
    assert "hint: this model does not take one of: made-up-1" in ran.stderr


STREAMED = b"".join(
    b"data: " + json.dumps(event).encode() + b"\n\n"
    for event in (
        {"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "recoded"},
        },
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
        {"type": "message_stop"},
    )
)


@pytest.mark.parametrize(
    ("kind", "sent", "code", "told"),
    [
        (b"text/event-stream", STREAMED, 0, ""),
        (b"text/event-stream", b"<html>", 76, "with text/event-stream: <html>"),
        (b"application/vnd.amazon.eventstream", STREAMED, 76, "a damaged frame"),
    ],
)
def test_server_sent_events_where_frames_are_due_are_read_if_they_are_called_so(
    run: Run, clouds: None, kind: bytes, sent: bytes, code: int, told: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: " + kind + b"\r\n\r\n"
    with FaultyServer(replying_once(head + sent)) as server:
        line = ("ask", "hi", "--platform", "bedrock", "--base-url", server.base_url)
        ran = run(*line, "-m", "claude-opus-5", "--retries", "0")
    assert ran.code == code, ran.stderr
    assert told in ran.stderr
    assert ran.stdout == (b"recoded\n" if code == 0 else b"")


def test_a_session_leaves_behind_what_the_next_platform_does_not_serve(
    simulator: Simulator, run: Run, clouds: None
) -> None:
    searched = ("-T", "web_search", "--tool-choice", "any", "--thinking", "off", "--effort", "low")
    ran = run("ask", "search the web", "--name", "s", "-m", "claude-opus-5", *searched)
    assert ran.code == 0, ran.stderr
    assert "web_search_tool_result" in run("sessions", "show", "s", "--format", "json").text
    ran = run("ask", "again", "-r", "s", *there(simulator, "bedrock"))
    assert ran.code == 0, ran.stderr
    assert ran.stderr.count("what this session has from the web search tool is not sent") == 1
    sent = json.dumps(simulator.requests[-1].body)
    assert '"web_search' not in sent and '"tools"' not in sent
    assert "search the web" in sent
    back = run("ask", "and now", "-r", "s", "-m", "claude-opus-5")
    assert back.code == 0, back.stderr
    assert "web_search_tool_result" in json.dumps(simulator.requests[-1].body)
    typed = run("ask", "x", "-r", "s", "-T", "web_search", *there(simulator, "bedrock"))
    assert typed.code == 65


def test_a_workspace_of_the_direct_api_is_a_header_and_no_other_platform(
    simulator: Simulator, run: Run
) -> None:
    line = ("ask", "hi", "--workspace-id", "wrkspc_1")
    assert run(*line).code == 0
    assert simulator.requests[-1].headers["anthropic-workspace-id"] == "wrkspc_1"
    assert run(*line, "--dry-run").stderr == ""
    command = run(*line, "--curl").text
    assert "x-api-key: $ANTHROPIC_API_KEY" in command and "anthropic-workspace-id" in command


def test_a_name_of_the_platform_is_simulated_as_the_model_that_the_config_file_tells(
    run: Run, platform: str
) -> None:
    flags = ("ask", "--simulate", "--platform", platform, "-m", "our-own", "--format", "json")
    unknown = run(*flags, "hi")
    assert (unknown.code, "hint: [platform-models] in the config" in unknown.stderr) == (65, True)
    config_file().parent.mkdir(parents=True)
    config_file().write_text('[platform-models]\nour-own = "claude-opus-5"\n')
    assert run(*flags, "hi").json["model"] == "claude-opus-5"


def test_a_hosted_batch_knows_it_too(run: Run) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text('[platform-models]\nour-own = "claude-opus-5"\n')
    Path("rows.csv").write_text("a\nhello\n")
    line = ("batch", "run", "--simulate", "--poll", "0.01", "rows.csv", "say {a}")
    ran = run(*line, "-m", "our-own")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.text)["result"]["message"]["model"] == "claude-opus-5"
