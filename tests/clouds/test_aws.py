"""AWS keys: the environment's own, and those that botocore finds."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claude_cli.clouds.aws import Chain, key_in
from claude_cli.errors import AccessDenied, ClaudeCliError, ConfigError, Unreachable
from claude_cli.types import AwsKey
from tests.clouds.conftest import Program
from tests.faulty_server import FaultyServer, Script, json_response, replying_once, response

pytest.importorskip("botocore")

Failure = type[ClaudeCliError]
REFUSED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
    b"<Message>not yours</Message></Error></ErrorResponse>"
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """AWS's config file, which has nothing in it yet."""
    path = tmp_path / "aws-config"
    path.touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "nothing"))
    return path


def test_a_whole_key_of_the_environment_is_taken() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": ""}
    assert key_in(environ) == AwsKey("A", "s", None)
    assert key_in(environ | {"AWS_SESSION_TOKEN": "t"}) == AwsKey("A", "s", "t")
    assert key_in({"AWS_SESSION_TOKEN": "t"}) is None


@pytest.mark.parametrize("there", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_key_is_told_with_the_missing_half(there: str) -> None:
    with pytest.raises(ConfigError, match=f"{there} is set, and AWS_[A-Z_]+ is not") as raised:
        key_in({there: "canary"})
    assert "canary" not in raised.value.message


PROCESS = """
import json, pathlib
path = pathlib.Path.home() / "asked"
times = len(path.read_text()) + 1 if path.exists() else 1
path.write_text("x" * times)
print(json.dumps({"Version": 1, "AccessKeyId": "A", "SecretAccessKey": f"s{times}"}))
"""


def test_the_process_of_a_profile_is_asked_once_and_again_for_a_new_key(
    config: Path, program: Program
) -> None:
    path = program("give-key", PROCESS)
    config.write_text(f"[profile work]\nregion = eu-west-3\ncredential_process = {path}\n")
    chain = Chain("work")
    assert chain.region == "eu-west-3"
    keys = [chain.fetch(anew).secret_key for anew in (False, False, True, False)]
    assert keys == ["s1", "s1", "s2", "s2"]


def test_a_process_that_fails_is_a_wrong_configuration(config: Path, program: Program) -> None:
    path = program("give-key", "raise SystemExit('no luck')")
    config.write_text(f"[profile work]\ncredential_process = {path}\n")
    with pytest.raises(ConfigError, match="no luck"):
        Chain("work").fetch(False)


def credentials(secret: str, *, lasting: timedelta) -> bytes:
    ends = datetime.now(UTC) + lasting
    told = {"AccessKeyId": "A", "SecretAccessKey": secret, "Token": "t"}
    return json_response(
        {**told, "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}, connection="close"
    )


def test_a_container_gives_a_key_and_another_when_it_ends(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes, hours = timedelta(minutes=5), timedelta(hours=5)
    first, second = credentials("s1", lasting=minutes), credentials("s2", lasting=hours)
    with FaultyServer(replying_once(first), replying_once(second)) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.base_url}/key")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in")
        chain = Chain(None)
        keys = [chain.fetch(False) for _ in range(3)]
    assert keys[-1] == keys[-2] == AwsKey("A", "s2", "t")
    assert all(b"Authorization: let-me-in" in request for request in server.requests)


def test_a_container_that_gives_none_is_a_wrong_configuration(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(replying_once(response("403 Forbidden"))) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.base_url)
        with pytest.raises(ConfigError):
            Chain(None).fetch(False)


@pytest.mark.parametrize(
    ("script", "failure", "words"),
    [
        (
            replying_once(response("403 Forbidden", REFUSED, content_type="text/xml")),
            AccessDenied,
            "AccessDenied.*not yours",
        ),
        (lambda wire: wire.close(), Unreachable, "no credentials can be had"),
    ],
    ids=["refused", "closed"],
)
def test_a_role_that_is_not_given_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch, script: Script, failure: Failure, words: str
) -> None:
    config.with_name("token").write_text("of the web")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(config.with_name("token")))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with FaultyServer(script) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.base_url)
        with pytest.raises(failure, match=words):
            Chain(None).fetch(False)


def test_who_is_not_logged_in_is_told_how(config: Path) -> None:
    config.write_text(
        "[profile work]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_account_id = 1\nsso_role_name = r\nregion = eu-west-1\n"
    )
    with pytest.raises(AccessDenied) as raised:
        Chain("work").fetch(False)
    assert raised.value.hint == "aws sso login"


def test_a_profile_that_is_not_there_is_named(config: Path) -> None:
    with pytest.raises(ConfigError, match="nobody"):
        Chain("nobody").fetch(False)


def test_a_profile_goes_before_the_key_of_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "E")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "e")
    config.write_text("[profile work]\naws_access_key_id = P\naws_secret_access_key = p\n")
    assert Chain("work").fetch(False) == AwsKey("P", "p", None)


def test_no_credentials_at_all_name_the_next_step(config: Path) -> None:
    with pytest.raises(ConfigError, match="no AWS credentials were found") as raised:
        Chain(None).fetch(False)
    assert "aws sso login" in (raised.value.hint or "")


def test_without_botocore_the_line_that_installs_it_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(ConfigError, match="botocore is not installed") as raised:
        Chain(None)
    assert raised.value.hint == "pip install 'claude-cli[bedrock]'"
    assert raised.value.code == 78
