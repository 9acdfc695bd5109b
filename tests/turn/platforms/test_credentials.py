"""Credentials of clouds in a run: renewed once where they are refused, and told to nobody."""

import json
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.simulator.server.server import Simulator
from claude_cli.turn.platforms.credentials import source_of
from claude_cli.turn.platforms.place import ROWS, place_of
from tests.conftest import Run, Spawn
from tests.faulty_server import PEM, FaultyServer, Wire, json_response, replying_once
from tests.test_secrets import hits

pytest.importorskip("botocore")
pytest.importorskip("google.auth")

EXPIRED = {
    "bedrock": "403x1:x-amzn-errortype=ExpiredTokenException",
    "vertex": "401x1",
    "foundry": "401x1",
}
"""How each cloud says, once, that a credential has expired."""
PREFIXES = {"bedrock": "", "vertex": "/v1", "foundry": "/anthropic"}
COUNTS = """
import os, pathlib, sys
path = pathlib.Path(sys.argv[0] + ".asked")
times = len(path.read_text()) + 1 if path.exists() else 1
path.write_text("x" * times)
"""
AWS_KEY = f"""{COUNTS}
import json
key = {{"AccessKeyId": "AKID", "SecretAccessKey": "canary-aws"}}
print(json.dumps({{"Version": 1, **key, "SessionToken": f"canary-{{times}}"}}))
"""
GOOGLE_TOKEN = f"""{COUNTS}
print(f"canary-{{times}}")
"""
AZURE_TOKEN = f"""{COUNTS}
import json
print(json.dumps({{"accessToken": f"canary-{{times}}", "expires_on": 2000000000}}))
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


@pytest.fixture(params=EXPIRED)
def cloud(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A platform, and a login there whose every token is another one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    config = tmp_path / "aws-config"
    process = program(tmp_path / "bin" / "give-key", AWS_KEY)
    config.write_text(f"[default]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setitem(sys.modules, "google.auth", None)
    program(tmp_path / "bin" / "gcloud", GOOGLE_TOKEN)
    program(tmp_path / "bin" / "az", AZURE_TOKEN)
    monkeypatch.setenv("CLOUD_ML_REGION", "global")
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "p")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_RESOURCE", "res")
    name: str = request.param
    monkeypatch.setenv("CLAUDE_CLI_PLATFORM", name)
    monkeypatch.setenv("ANTHROPIC_MODEL", "claude-opus-5")
    return name


@pytest.fixture
def there(simulator: Simulator, cloud: str) -> tuple[str, ...]:
    return ("--base-url", simulator.base_url + PREFIXES[cloud])


def tokens(simulator: Simulator) -> list[str]:
    """The number of the token with which each question came; what is counted is no question."""
    asked = [r.headers for r in simulator.requests if "count" not in r.path]
    return [headers.get("x-amz-security-token", headers["authorization"])[-1] for headers in asked]


def test_a_credential_that_has_expired_is_renewed_once(
    simulator: Simulator, run: Run, cloud: str, there: tuple[str, ...]
) -> None:
    simulator.inject(EXPIRED[cloud])
    ran = run("ask", "hi", "--retries", "0", *there)
    assert ran.code == 0, ran.stderr
    assert tokens(simulator) == ["1", "2"]


def test_one_that_is_refused_again_ends_the_run(
    simulator: Simulator, run: Run, cloud: str, there: tuple[str, ...]
) -> None:
    simulator.inject(EXPIRED[cloud].replace("x1", "x9", 1))
    ran = run("ask", "hi", *there)
    assert ran.code == 77
    assert tokens(simulator) == ["1", "2"]


def test_it_may_expire_in_the_middle_of_a_live_batch(
    simulator: Simulator, run: Run, cloud: str, there: tuple[str, ...], tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"a": {n}}}\n' for n in range(3)))
    simulator.inject("slow=0x1", EXPIRED[cloud])
    line = (str(rows), "say {a}", "--format", "text", "--concurrency", "1")
    ran = run("batch", "run", "--live", *line, *there)
    assert ran.code == 0, ran.stderr
    assert ran.stdout.count(b"You said") == 3
    assert tokens(simulator) == ["1", "1", "2", "2"]


def test_it_may_expire_in_the_middle_of_a_tool_loop_and_no_tool_sees_it(
    simulator: Simulator, run: Run, cloud: str, there: tuple[str, ...], tmp_path: Path
) -> None:
    tool = {"name": "look", "description": "looks", "input_schema": {"type": "object"}}
    Path("tools.json").write_text(json.dumps([{**tool, "command": ["sh", "-c", LOOK]}]))
    simulator.inject("slow=0x1", EXPIRED[cloud])
    asked = ("ask", "look", "-T", "tools.json", "--approve", "always", "--tool-choice", "any")
    ran = run(*asked, "--thinking", "off", "--name", "s", "--debug", *there)
    assert ran.code == 0, ran.stderr
    assert tokens(simulator) == ["1", "1", "2"]
    seen = json.dumps(simulator.requests[-1].body)
    assert "PATH=" in seen and "canary" not in seen
    assert hits("canary", tmp_path / "home", ran) == []


SECRETS = {
    "bedrock": "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "foundry": "IDENTITY_HEADER",
}
ENDPOINTS = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "IDENTITY_ENDPOINT")


@pytest.mark.parametrize("cloud", SECRETS, indirect=True)
def test_what_a_token_is_asked_for_with_is_told_to_nobody_either(
    simulator: Simulator,
    run: Run,
    cloud: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The server of tokens, a fake, repeats the secret in what it refuses with."""
    pytest.importorskip("azure.identity")
    secret = "canary-0123456789"

    def repeat(wire: Wire) -> None:
        wire.read_request()
        wire.send(json_response({"message": secret}, "400 No", connection="close"))

    with FaultyServer(repeat) as server:
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "nothing"))
        for name in ENDPOINTS:
            monkeypatch.setenv(name, server.base_url)
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        monkeypatch.setenv(SECRETS[cloud], secret)
        ran = run("ask", "hi", "--debug", "--retries", "0")
    assert ran.code in (77, 78)
    assert hits(secret, tmp_path / "home", ran) == []


def test_the_libraries_write_nothing_of_their_own(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("azure.identity")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    process = spawn("ask", "hi", "--platform", "foundry", "--resource", "r")
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 77
    assert [line.partition(":")[0] for line in stderr.decode().splitlines()] == ["error", "hint"]


LOOK = "env; for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done 2>/dev/null"
CANARY = uuid4().hex  # other processes, which a tool sees as well, name no such word
OF_ENVIRONMENT = {
    "bedrock": {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "AWS_SESSION_TOKEN": f"{CANARY}-2",
    },
    "mantle": {"AWS_BEARER_TOKEN_BEDROCK": CANARY},
    "aws": {"ANTHROPIC_AWS_API_KEY": CANARY, "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1"},
    "foundry": {"ANTHROPIC_FOUNDRY_API_KEY": CANARY, "ANTHROPIC_FOUNDRY_RESOURCE": "r"},
}


@pytest.mark.parametrize("platform", OF_ENVIRONMENT)
def test_a_key_of_the_environment_reaches_no_tool_no_file_and_no_output(
    simulator: Simulator,
    run: Run,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in OF_ENVIRONMENT[platform].items():
        monkeypatch.setenv(name, value)
    tool = {"name": "look", "description": "looks", "input_schema": {"type": "object"}}
    Path("tools.json").write_text(json.dumps([{**tool, "command": ["sh", "-c", LOOK]}]))
    asked = ("ask", "look", "-T", "tools.json", "--approve", "always", "--tool-choice", "any")
    url = simulator.base_url + ("/anthropic" if platform in ("mantle", "foundry") else "")
    where = ("--platform", platform, "--region", "eu-west-1", "--base-url", url)
    line = (*asked, "--thinking", "off", "--name", "s", "-m", "claude-opus-5", *where)
    ran = run(*line, "--debug")
    assert ran.code == 0, ran.stderr
    seen = json.dumps(simulator.requests[-1].body)
    assert "PATH=" in seen and CANARY not in seen
    shown = [run("ask", "hi", *where, kind) for kind in ("--curl", "--dry-run")]
    shown.append(run("auth", "status", *where))
    assert hits(CANARY, tmp_path / "home", ran, *shown) == []


@pytest.fixture
def person(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[str, ...]:
    """Vertex AI, and the file that `gcloud auth application-default login` leaves."""
    pytest.importorskip("google.oauth2.credentials")
    login = tmp_path / "login.json"
    secrets = {"client_secret": "canary-client-1", "refresh_token": "canary-refresh-1"}
    login.write_text(json.dumps({"type": "authorized_user", "client_id": "me", **secrets}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(login))
    where = ("--platform", "vertex", "--region", "global", "--project", "p")
    return (*where, "--base-url", f"{simulator.base_url}/v1", "-m", "claude-opus-5")


def test_tokens_of_google_are_fetched_through_the_proxy(run: Run, person: tuple[str, ...]) -> None:
    with FaultyServer(replying_once(json_response({}, "403 Forbidden"))) as proxy:
        ran = run("ask", "hi", *person, "--proxy", proxy.base_url, "--retries", "0")
    assert ran.code == 69, ran.stderr
    assert proxy.requests[0].startswith(b"CONNECT oauth2.googleapis.com:443 ")
    assert "canary" not in ran.stderr


@pytest.mark.parametrize("trusted", [True, False])
def test_the_authorities_of_a_ca_bundle_are_trusted_for_tokens_too(
    run: Run,
    person: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    trusted: bool,
) -> None:
    key = service_account_key()
    token = json_response({"access_token": "ya29.t", "expires_in": 3600, "token_type": "Bearer"})
    with FaultyServer(replying_once(token), tls=True) as server:
        account = {
            "type": "service_account",
            "client_email": "me@p.iam.gserviceaccount.com",
            "private_key": key,
            "token_uri": f"{server.base_url}/token",
        }
        (tmp_path / "login.json").write_text(json.dumps(account))
        bundle = ("--ca-bundle", str(PEM)) if trusted else ()
        ran = run("ask", "hi", *person, *bundle, "--retries", "0")
    assert ran.code == (0 if trusted else 69), ran.stderr
    assert len(server.requests) == (1 if trusted else 0)
    assert key.splitlines()[1] not in ran.stderr


def test_a_server_of_tokens_that_repeats_a_secret_gets_it_nowhere(
    run: Run, person: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"error": "invalid_grant", "error_description": "canary-refresh-1 canary-client-1"}

    def answer(wire: Wire) -> None:
        wire.read_request()
        wire.send(json_response(told, "400 Bad Request"))

    with FaultyServer(answer) as server:
        monkeypatch.setattr(
            "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{server.base_url}/token"
        )
        ran = run("ask", "hi", *person, "--debug")
    assert ran.code == 77, ran.stderr
    assert "gcloud auth application-default login" in ran.stderr
    assert hits("canary", tmp_path / "home", ran) == []


def service_account_key() -> str:
    rsa: Any = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    forms: Any = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem: bytes = key.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
    )
    return pem.decode()


@pytest.mark.parametrize(
    "name", ["InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed"]
)
def test_a_clock_that_is_wrong_is_thought_of(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in OF_ENVIRONMENT["bedrock"].items():
        monkeypatch.setenv(variable, value)
    why = {"message": "Signature expired: 20261130T000000Z is now earlier than 20261130T010000Z"}
    refusal = json_response(why, "403 Forbidden", x_amzn_errortype=name)
    with FaultyServer(replying_once(refusal)) as server:
        line = ("--platform", "bedrock", "--region", "eu-west-1", "--base-url", server.base_url)
        ran = run("ask", "hi", "-m", "claude-opus-5", *line)
    assert ran.code == 77
    assert "is the clock of this machine right?" in ran.stderr
    assert len(server.requests) == 1


def test_two_platforms_that_are_switched_on_are_refused_and_a_flag_decides(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for switch in ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"):
        monkeypatch.setenv(switch, "1")
    ran = run("ask", "hi", "--dry-run")
    assert ran.code == 78
    assert "CLAUDE_CODE_USE_BEDROCK and CLAUDE_CODE_USE_VERTEX are both set" in ran.stderr
    assert run("ask", "hi", "--dry-run", "--platform", "foundry").code == 0
    monkeypatch.setenv("CLAUDE_CLI_PLATFORM", "vertex")
    assert run("ask", "hi", "--dry-run").code == 0


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.skip_auth])
def test_a_gateway_that_adds_the_credential_is_asked_without_one(name: str) -> None:
    variable = str(ROWS[name].skip_auth)
    place = place_of(name, ConnectionFlags(), {}, offline=True)
    keys = dict.fromkeys(("AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"), "key")
    source = source_of(place, ConnectionFlags(), {variable: "1", **keys})
    hidden: list[object] = []
    assert (source.called, source.make(hidden.append)) == (f"none: {variable} is set", None)
    assert not hidden
