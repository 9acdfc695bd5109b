"""`auth`: a key is tried, kept and forgotten, and never shown."""

import os
import pty
import re
import select
import stat
import sys
import termios
import time
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import CANARY, Run, Spawn
from tests.controlling_terminal import ControllingTerminal
from tests.faulty_server import FaultyServer, Wire, error_response, replying_once

KEY = "sk-ant-stored-0123456789"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config" / "key"


@pytest.fixture
def keyless(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The simulator without a key in the environment."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    return simulator


def test_a_key_from_a_pipe_is_tried_kept_and_used(keyless: Simulator, run: Run, file: Path) -> None:
    ran = run("auth", "login", "--store", "file", stdin=f"{KEY}\r\nmore\n".encode())
    assert (ran.code, ran.stdout) == (0, b"")
    assert KEY not in ran.stderr
    assert "****6789" in ran.stderr
    assert keyless.requests[-1].path == "/v1/models"
    assert keyless.requests[-1].query == {"limit": ["1"]}
    assert keyless.requests[-1].headers["x-api-key"] == KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("ask", "hi").code == 0
    assert keyless.requests[-1].headers["x-api-key"] == KEY


def test_a_key_that_is_refused_is_not_kept(run: Run, file: Path) -> None:
    def refuse(wire: Wire) -> None:
        wire.read_request()
        wire.send(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")

    with FaultyServer(refuse) as server:
        login = ["auth", "login", "--store", "file", "--base-url", server.base_url]
        ran = run(*login, stdin=KEY.encode())
    assert ran.code == 77
    assert not file.exists()


def test_no_check_makes_no_call(keyless: Simulator, run: Run, file: Path) -> None:
    assert run("auth", "login", "--no-check", "--store", "file", stdin=KEY.encode()).code == 0
    assert keyless.requests == []
    assert file.read_text() == f"{KEY}\n"


@pytest.mark.parametrize(
    ("stdin", "code"), [(b"", 78), (b"\n", 78), (b"sk 1\n", 78), (b"x" * 5000, 65)]
)
def test_what_is_no_key_is_refused(run: Run, file: Path, stdin: bytes, code: int) -> None:
    ran = run("auth", "login", "--no-check", "--store", "file", stdin=stdin)
    assert ran.code == code
    assert not file.exists()


def test_a_key_may_be_as_long_as_a_line(run: Run, file: Path) -> None:
    login = ("auth", "login", "--no-check", "--store", "file")
    assert run(*login, stdin=b"x" * 4096 + b"\n").code == 65
    assert run(*login, stdin=b"x" * 4095 + b"\n").code == 0
    assert file.read_text() == f"{'x' * 4095}\n"


def test_a_new_key_takes_the_place_of_the_old(run: Run, file: Path) -> None:
    run("auth", "login", "--no-check", "--store", "file", stdin=b"sk-old")
    run("auth", "login", "--no-check", "--store", "file", stdin=b"sk-new")
    assert file.read_text() == "sk-new\n"


def test_logout_forgets_and_tells_of_what_is_left(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("auth", "login", "--no-check", "--store", "file", stdin=KEY.encode())
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    ran = run("auth", "logout")
    assert ran.code == 0
    assert "ANTHROPIC_API_KEY in the environment is still set" in ran.stderr
    assert not file.exists()
    assert "no key was kept" in run("auth", "logout").stderr


def test_status_lists_what_there_is_the_one_that_is_sent_first(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("auth", "login", "--no-check", "--store", "file", stdin=KEY.encode())
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "short")
    ran = run("auth", "status", "--format", "json")
    assert ran.json == [
        {"source": "ANTHROPIC_AUTH_TOKEN", "key": "****", "used": True, "problem": None},
        {"source": str(file), "key": "****6789", "used": False, "problem": None},
    ]
    assert KEY not in run("auth", "status").text


def test_status_without_any_key_is_a_configuration_error(run: Run) -> None:
    ran = run("auth", "status")
    assert ran.code == 78
    assert "auth login" in ran.stderr


def test_a_key_command_of_a_profile_is_asked(keyless: Simulator, run: Run, file: Path) -> None:
    file.parent.mkdir(parents=True)
    command = f"['{sys.executable}', '-c', 'print(\"sk-of-work\")']"
    (file.parent / "config.toml").write_text(f"[profiles.work]\nkey-command = {command}\n")
    ran = run("ask", "--profile", "work", "hi")
    assert (ran.code, ran.stderr) == (0, "")
    assert keyless.requests[-1].headers["x-api-key"] == "sk-of-work"
    assert run("ask", "hi").code == 78


def test_config_set_takes_a_key_command(run: Run) -> None:
    assert run("config", "set", "key-command", "pass show anthropic").code == 0
    assert run("config", "get", "key-command").text == "pass show anthropic\n"


def test_two_credentials_in_the_environment_are_told_once(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "tok")
    ran = run("ask", "hi")
    assert ran.stderr.count("are both set") == 1
    assert "authorization" not in simulator.requests[-1].headers


def test_a_key_file_that_others_can_read_stops_the_request(
    keyless: Simulator, run: Run, file: Path
) -> None:
    run("auth", "login", "--no-check", "--store", "file", stdin=KEY.encode())
    file.chmod(0o644)
    ran = run("ask", "hi")
    assert ran.code == 78
    assert "chmod 600" in ran.stderr
    assert keyless.requests == []


def test_on_a_terminal_the_key_is_not_shown_and_its_place_is_asked(
    spawn: Spawn, file: Path
) -> None:
    master, slave = pty.openpty()
    process = spawn(
        "auth", "login", "--no-check",
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(slave), os.O_RDWR)),
    )  # fmt: skip
    os.close(slave)
    seen = typed_at(master, b"not shown", KEY.encode() + b"\n")
    seen += typed_at(master, b"[Y/n]", b"\n")
    assert process.wait(timeout=20) == 0
    os.close(master)
    assert KEY.encode() not in seen
    assert file.read_text() == f"{KEY}\n"


def test_a_key_that_is_typed_is_in_its_file_and_nowhere_else(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with ControllingTerminal("auth", "login", "--debug") as terminal:
        terminal.wait_for("API key (it is not shown): ")
        terminal.type(f"{KEY}\n")
        terminal.wait_for("[Y/n] ")
        about = Path(f"/proc/{terminal.process.pid}")
        if about.exists():
            seen = (about / "cmdline").read_bytes() + (about / "environ").read_bytes()
            assert b"login" in seen and KEY.encode() not in seen
            assert re.search(r"Max core file size +[01] ", (about / "limits").read_text())
        terminal.type("\n")
        assert terminal.wait() == 0
    assert simulator.requests[-1].headers["x-api-key"] == KEY
    assert KEY not in terminal.received
    assert "x-api-key: [redacted]" in terminal.received
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and KEY in path.read_text()]
    assert holding == [file]


@pytest.mark.parametrize(("answer", "code"), [("YES\n", 0), ("n\n", 2), ("\x04", 2), ("\x03", -2)])
def test_in_a_narrow_window_the_same_is_asked(
    monkeypatch: pytest.MonkeyPatch, file: Path, answer: str, code: int
) -> None:
    monkeypatch.delenv("COLUMNS")
    with ControllingTerminal("auth", "login", "--no-check") as terminal:
        terminal.resize(5, 20)
        terminal.wait_for("API key (it is not shown): ")
        before = terminal.modes()
        terminal.type(f"{KEY}\n")
        terminal.wait_for("[Y/n] ")
        terminal.type(answer)
        assert terminal.wait() == code
        assert terminal.modes()[3] == before[3] | termios.ECHO
    assert KEY not in terminal.received
    assert file.exists() == (code == 0)


def test_an_interrupt_while_the_key_is_typed_brings_the_echo_back(file: Path) -> None:
    with ControllingTerminal("auth", "login", "--no-check") as terminal:
        terminal.wait_for("API key (it is not shown): ")
        assert not terminal.modes()[3] & termios.ECHO
        terminal.type(f"{KEY[:9]}\x03")
        assert terminal.wait() == -2
        assert terminal.modes()[3] & termios.ECHO
    assert KEY[:9] not in terminal.received
    assert not file.exists()


def typed_at(master: int, question: bytes, answer: bytes) -> bytes:
    """Wait for the question, type the answer, and return what was on the screen until then."""
    seen, deadline = b"", time.monotonic() + 20
    while question not in seen and time.monotonic() < deadline:
        if select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 4096)
    assert question in seen, seen
    os.write(master, answer)
    return seen


def test_login_without_a_network_names_the_way_without_a_check(run: Run, file: Path) -> None:
    server = ["--base-url", "http://127.0.0.1:9", "--retries", "0"]
    ran = run("auth", "login", "--store", "file", *server, stdin=KEY.encode())
    assert ran.code == 69
    assert "hint: --no-check keeps the key without trying it" in ran.stderr
    assert not file.exists()


def test_the_status_of_a_key_can_be_tried(simulator: Simulator, run: Run) -> None:
    ran = run("auth", "status", "--check")
    assert ran.code == 0, ran.stderr
    assert f"{simulator.base_url} takes it" in ran.stderr
    assert [request.path for request in simulator.requests] == ["/v1/models"]


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_a_token_of_a_login_goes_as_a_bearer_token_with_its_beta(
    keyless: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "sk-ant-oat01-0123456789")
    assert run("ask", "hi", "--beta", "mine-1").code == 0
    headers = keyless.requests[-1].headers
    assert headers["authorization"] == "Bearer sk-ant-oat01-0123456789"
    assert headers["anthropic-beta"] == "mine-1,oauth-2025-04-20"
    assert "x-api-key" not in headers


AWS_KEY = {"AWS_ACCESS_KEY_ID": "AKIDAKIDAKID", "AWS_SECRET_ACCESS_KEY": "canary-secret"}
FOUNDRY_KEY = {"ANTHROPIC_FOUNDRY_API_KEY": "canary-key-0123"}


@pytest.mark.parametrize(
    ("platform", "environ", "where", "source", "key"),
    [
        ("bedrock", AWS_KEY, "region=eu-west-1", "AWS_ACCESS_KEY_ID", "****AKID"),
        ("aws", AWS_KEY, "region=eu-west-1 workspace_id=w", "AWS_ACCESS_KEY_ID", "****AKID"),
        ("foundry", FOUNDRY_KEY, "resource=r", "ANTHROPIC_FOUNDRY_API_KEY", "****0123"),
        ("bedrock", {"AWS_PROFILE": "work"}, "region=eu-west-1", "AWS profile work", None),
        (
            *("vertex", {"ANTHROPIC_VERTEX_PROJECT_ID": "p"}, "region=eu-west-1 project=p"),
            *("application-default credentials", None),
        ),
    ],
)
def test_the_status_of_a_platform_tells_where_and_as_whom(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    environ: dict[str, str],
    where: str,
    source: str,
    key: str | None,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = ("--region", "eu-west-1", "--resource", "r", "--workspace-id", "w")
    ran = run("auth", "status", "--platform", platform, *settings, "--format", "json")
    assert ran.code == 0, ran.stderr
    expected = {"platform": platform, "where": where, "source": source, "key": key}
    assert ran.json == [{**expected, "account": None}]


def test_a_profile_that_is_asked_for_outranks_the_keys_of_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*AWS_KEY, "AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE"):
        monkeypatch.setenv(name, "other")
    where = ("--platform", "bedrock", "--region", "eu-west-1", "--format", "json")
    [row] = run("auth", "status", *where).json
    assert row["source"] == "AWS_BEARER_TOKEN_BEDROCK"
    [row] = run("auth", "status", *where, "--aws-profile", "work").json
    assert (row["source"], row["key"]) == ("AWS profile work", None)


@pytest.mark.parametrize(("fault", "code"), [(None, 0), ("403", 77)])
def test_the_status_of_a_platform_can_be_tried(
    simulator: Simulator,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    fault: str | None,
    code: int,
) -> None:
    for name, value in AWS_KEY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    line = ("--platform", "bedrock", "--region", "eu-west-1", "--base-url")
    if fault is None:
        ran = run("auth", "status", "--check", *line, simulator.base_url)
        assert simulator.requests[-1].path.endswith("/count-tokens")
    else:
        refusal = error_response("403 Forbidden", "permission_error")
        with FaultyServer(replying_once(refusal)) as server:
            ran = run("auth", "status", "--check", *line, server.base_url)
    assert ran.code == code, ran.stderr
    assert ("takes it" in ran.stderr) is (code == 0)
    assert "canary" not in ran.stderr + ran.text


IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::123456789012:user/me</Arn>
    <UserId>AIDA</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
</GetCallerIdentityResponse>"""


def xml(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    ("reply", "account"),
    [
        (xml(IDENTITY), "123456789012"),
        (xml(b"<html>"), None),
        (xml(b"<ErrorResponse/>", "403 Forbidden"), None),
        (b"", None),
    ],
)
def test_a_platform_of_aws_that_is_tried_tells_whose_account_it_is(
    simulator: Simulator,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    reply: bytes,
    account: str | None,
) -> None:
    for name, value in AWS_KEY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "canary-token")
    with FaultyServer(replying_once(reply)) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.base_url)
        line = ("--platform", "bedrock", "--region", "eu-west-1", "--base-url", simulator.base_url)
        ran = run("auth", "status", "--check", "--format", "json", *line)
    assert ran.code == 0, ran.stderr
    assert ran.json[0]["account"] == account
    (asked,) = sts.requests
    assert asked.startswith(b"POST / HTTP/1.1\r\n")
    assert asked.endswith(b"\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15")
    assert b"/eu-west-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;" in asked
    assert ("the AWS account is not known" in ran.stderr) is (not reply.startswith(b"HTTP/1.1 200"))
    assert "canary" not in ran.stderr + ran.text


def test_nobody_is_asked_whose_key_of_bedrock_it_is(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "canary-key-0123")
    line = ("--platform", "bedrock", "--region", "eu-west-1", "--base-url", simulator.base_url)
    ran = run("auth", "status", "--check", *line)
    assert ran.code == 0, ran.stderr
    assert ran.stderr.count("to --platform direct: not used for bedrock") == 1
    assert "AWS_BEARER_TOKEN_BEDROCK" in ran.text and "ACCOUNT" not in ran.text
    free = run("auth", "status", "--check", "--simulate", *line[:4])
    assert free.code == 0, free.stderr


def test_a_token_of_aws_that_no_header_can_carry_is_told_and_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**AWS_KEY, "AWS_SESSION_TOKEN": "canary-tök"}.items():
        monkeypatch.setenv(name, value)
    ran = run("auth", "status", "--check", "--platform", "bedrock", "--region", "eu-west-1")
    assert ran.code == 78, ran.stderr
    assert "x-amz-security-token" in ran.stderr
    assert "canary" not in ran.stderr + ran.text
