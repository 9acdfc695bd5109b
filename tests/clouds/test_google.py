"""Google's application-default credentials: a service account, the metadata server, gcloud."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from claude_cli.api.network.plain import PlainHttp
from claude_cli.clouds.google import EXTRA, LOGIN, Credentials
from claude_cli.errors import (
    AccessDenied,
    ClaudeCliError,
    ConfigError,
    ProtocolError,
    TemporaryFailure,
    Unreachable,
)
from tests.clouds.conftest import Program
from tests.faulty_server import FaultyServer, json_response, replying, response

pytest.importorskip("google.auth")
serialization: Any = pytest.importorskip("cryptography.hazmat.primitives.serialization")
rsa: Any = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")

TOKEN = json_response({"access_token": "ya29.t1", "expires_in": 3600, "token_type": "Bearer"})
Account = Callable[[str], None]


@pytest.fixture(scope="module")
def private_key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def account(private_key: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Put the file of a service account in place, whose tokens come from a URL."""

    def write(token_uri: str) -> None:
        path = tmp_path / "account.json"
        path.write_text(json.dumps(service_account(private_key, token_uri)))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))

    return write


def service_account(private_key: Any, token_uri: str) -> dict[str, str]:
    """The file's text, with the key in it."""
    pem = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "of-the-account",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "me@of-the-account.iam.gserviceaccount.com",
        "token_uri": token_uri,
    }


def credentials() -> Credentials:
    return Credentials(PlainHttp().send)


def test_a_service_account_signs_for_its_token(account: Account, private_key: Any) -> None:
    jwt: Any = pytest.importorskip("google.auth.jwt")
    with FaultyServer(replying(TOKEN)) as server:
        account(f"{server.base_url}/token")
        found = credentials()
        token = found.fetch()
    assert token.value == "ya29.t1"
    assert token.expires is not None and 3500 < token.expires - time.time() < 3700
    assert (found.project, found.quota_project) == ("of-the-account", None)
    assert found.account == "me@of-the-account.iam.gserviceaccount.com"
    form = parse_qs(server.requests[0].rpartition(b"\r\n\r\n")[2].decode())
    public = private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = jwt.decode(form["assertion"][0], certs=public, verify=True, audience=None)
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"


def failure() -> ClaudeCliError:
    with pytest.raises(ClaudeCliError) as raised:
        credentials().fetch()
    return raised.value


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (json_response({"error": "invalid_grant"}, "400 Bad Request"), AccessDenied),
        (response("200 OK", b"<html>"), ProtocolError),
        (response("503 Service Unavailable", b"later"), TemporaryFailure),
    ],
)
def test_a_token_that_is_refused_is_told_by_its_kind(
    account: Account, reply: bytes, kind: type[ClaudeCliError]
) -> None:
    with FaultyServer(replying(reply)) as server:
        account(f"{server.base_url}/token")
        error = failure()
    assert type(error) is kind
    if kind is AccessDenied:
        assert error.hint == LOGIN


def test_a_token_server_that_is_not_there_is_unreachable(account: Account) -> None:
    account("http://127.0.0.1:9/token")
    assert type(failure()) is Unreachable


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A metadata server, as a machine of Google has one."""
    flavor = {"metadata_flavor": "Google"}
    with FaultyServer(replying(json_response(json.loads(METADATA), **flavor))) as server:
        for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP"):
            monkeypatch.setenv(name, f"127.0.0.1:{server.port}")
        monkeypatch.delenv("NO_GCE_CHECK")
        # google-auth reads these two when it is imported, which may have been in another test.
        monkeypatch.setattr(f"{METADATA_MODULE}._NO_GCE_CHECK", False)
        monkeypatch.setattr(f"{METADATA_MODULE}._GCE_METADATA_HOST", f"127.0.0.1:{server.port}")
        yield server


METADATA_MODULE = "google.auth.compute_engine._metadata"
METADATA = '{"access_token": "ya29.m", "expires_in": 3600, "email": "e", "scopes": ["s"]}'


def test_a_machine_of_google_asks_its_metadata_server(metadata: FaultyServer) -> None:
    assert credentials().fetch().value == "ya29.m"
    asked = metadata.requests[-1]
    assert b"/computeMetadata/v1/instance/service-accounts/" in asked
    assert b"metadata-flavor: google" in asked.lower()


def test_without_any_login_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure()
    assert isinstance(error, ConfigError)
    assert error.hint == LOGIN


def test_without_a_metadata_server_the_next_step_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_GCE_CHECK")
    for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP"):
        monkeypatch.setenv(name, "127.0.0.1:9")
    error = failure()
    assert isinstance(error, ConfigError)
    assert error.hint == LOGIN


def test_a_file_that_is_no_login_is_a_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "account.json").write_text('{"type": "nothing"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    assert isinstance(failure(), ConfigError)


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)


PRINTS = """
import os, sys
assert sys.argv[1:] == ["auth", "application-default", "print-access-token"], sys.argv
assert "ANTHROPIC_API_KEY" not in os.environ
print("ya29.g")
"""


def test_gcloud_prints_a_token_where_the_library_is_not_installed(
    no_library: None, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-1")
    program("gcloud", PRINTS)
    assert credentials().fetch().value == "ya29.g"


@pytest.mark.parametrize("text", ["raise SystemExit('You are not logged in')", "print()"])
def test_a_gcloud_without_a_login_is_told(no_library: None, program: Program, text: str) -> None:
    program("gcloud", text)
    error = failure()
    assert isinstance(error, AccessDenied)
    assert error.hint == LOGIN
    assert ("not logged in" in error.message) == ("not logged in" in text)


def test_without_library_and_gcloud_the_extra_is_named(no_library: None) -> None:
    error = failure()
    assert isinstance(error, ConfigError)
    assert error.hint == EXTRA
