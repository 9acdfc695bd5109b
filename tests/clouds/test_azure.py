"""Tokens for Foundry: from `az`, from a managed identity, and what is told where there are none."""

import os
import sys
import time

import pytest

from claude_cli.clouds.azure import EXTRA, LOGIN, fetch
from claude_cli.errors import AccessDenied, ClaudeCliError, ConfigError
from tests.clouds.conftest import Program
from tests.faulty_server import FaultyServer, json_response, replying

PRINTS = """
import json, os, sys
words = sys.argv[1:]
assert words[:2] == ["account", "get-access-token"], words
assert words[-2:] == ["--resource", "https://ai.azure.com"], words
assert "ANTHROPIC_API_KEY" not in os.environ
print(json.dumps({"accessToken": "e1", "expires_on": 2000000000}))
"""


def failure() -> ClaudeCliError:
    with pytest.raises(ClaudeCliError) as raised:
        fetch(os.environ)
    return raised.value


def test_az_is_asked_without_our_keys(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-1")
    program("az", PRINTS)
    assert fetch(os.environ) == ("e1", 2000000000.0)


def test_a_token_whose_end_is_not_told_is_short_lived(program: Program) -> None:
    program("az", """print('{"accessToken": "e1", "expires_on": "soon"}')""")
    expires = fetch(os.environ).expires
    assert expires is not None and expires <= time.time() + 300


@pytest.mark.parametrize(
    "text", ["raise SystemExit('Please run az login')", "print('{}')", "print('[]')", "print('x')"]
)
def test_an_az_without_a_login_is_told(program: Program, text: str) -> None:
    program("az", text)
    error = failure()
    assert isinstance(error, AccessDenied)
    assert error.hint == LOGIN
    assert ("Please run" in error.message) == ("Please run" in text)


def test_an_az_that_cannot_be_started_is_told(program: Program) -> None:
    program("az", "").write_bytes(b"\0")
    error = failure()
    assert isinstance(error, ConfigError)
    assert error.message == "az cannot be started: Exec format error"
    assert error.hint == EXTRA


def test_a_managed_identity_is_asked(monkeypatch: pytest.MonkeyPatch, program: Program) -> None:
    pytest.importorskip("azure.identity")
    program("az", "raise SystemExit('this must not be asked')")
    ends = str(int(time.time()) + 3600)
    told = {"access_token": "m1", "expires_on": ends, "resource": "r", "token_type": "Bearer"}
    with FaultyServer(replying(json_response(told))) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.base_url}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "let-me-in")
        token = fetch(os.environ)
    assert token == ("m1", float(ends))
    assert b"resource=https" in server.requests[-1]
    assert b"x-identity-header: let-me-in" in server.requests[-1].lower()


def test_a_chain_that_finds_nobody_names_the_next_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("azure.identity")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    error = failure()
    assert isinstance(error, AccessDenied)
    assert error.hint == LOGIN
    assert "\n" not in error.message


def test_without_az_and_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    error = failure()
    assert isinstance(error, ConfigError)
    assert error.hint is not None and error.hint.startswith(EXTRA)
