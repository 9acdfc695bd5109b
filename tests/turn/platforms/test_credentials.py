"""Credentials of clouds in a run: renewed once where they are refused, and told to nobody."""

import json
import os
import sys
from pathlib import Path

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run, Spawn
from tests.faulty_server import FaultyServer, Wire, json_response
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
    look = "env; for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done 2>/dev/null"
    tool = {"name": "look", "description": "looks", "input_schema": {"type": "object"}}
    Path("tools.json").write_text(json.dumps([{**tool, "command": ["sh", "-c", look]}]))
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
