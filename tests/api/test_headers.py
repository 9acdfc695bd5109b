"""The header lines of a request: exactly one credential, the user's over ours, no line breaks."""

import pytest

from claude_cli.api.authorizer import FixedCredential
from claude_cli.api.connection import Connection
from claude_cli.api.headers import redact
from claude_cli.api.platforms import Call
from claude_cli.errors import ConfigError
from claude_cli.values.secrecy import REDACTED, is_secret, named_secrets

KEY = "sk-ant-canary-0123456789"


def lines(*own: tuple[str, str], betas: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    connection = Connection(
        "https://api.example",
        authorizer=FixedCredential("x-api-key", KEY),
        headers=own,
        betas=betas,
        user_agent="claude-cli/1.2",
    )
    call = connection.prepare(Call("POST", "/v1/messages", {}))
    return connection.authorized_lines(call, connection.url(call.path))


def test_what_every_request_says() -> None:
    assert lines() == [
        ("accept", "application/json"),
        ("user-agent", "claude-cli/1.2"),
        ("anthropic-version", "2023-06-01"),
        ("content-type", "application/json"),
        ("x-api-key", KEY),
    ]


def test_a_request_without_body_has_no_content_type() -> None:
    names = dict(Connection("https://api.example").header_lines())
    assert "content-type" not in names


@pytest.mark.parametrize(
    "own",
    [
        [("X-API-KEY", "mine")],
        [("Authorization", "Bearer mine")],
        [("x-api-key", "first"), ("AUTHORIZATION", "mine")],
        [("authorization", "first"), ("X-Api-Key", "mine")],
    ],
)
def test_exactly_one_credential_is_sent_the_users_last(own: list[tuple[str, str]]) -> None:
    sent = [
        value.removeprefix("Bearer ")
        for name, value in lines(*own)
        if name.lower() in ("x-api-key", "authorization")
    ]
    assert sent == ["mine"]


def test_the_users_header_replaces_ours_whatever_its_case_and_the_last_one_wins() -> None:
    sent = lines(("User-Agent", "first"), ("USER-AGENT", "last"), ("X-Extra", "1"))
    assert [value for name, value in sent if name == "user-agent"] == ["last"]
    assert ("x-extra", "1") in sent


def test_betas_are_one_line_without_doubles() -> None:
    sent = lines(
        ("Anthropic-Beta", "b-2, c-3 ,,"), ("anthropic-beta", "a-1,d-4"), betas=("a-1", "b-2")
    )
    assert [value for name, value in sent if name == "anthropic-beta"] == ["a-1,b-2,c-3,d-4"]


@pytest.mark.parametrize(
    "name", ["", "x y", "x:", "x\n", "é", "content-length", "Transfer-Encoding"]
)
def test_what_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        lines((name, "value"))


@pytest.mark.parametrize(
    "value", ["", " a", "a ", "a\nb", "a\r\nx: y", "\0", "a\x7f", "caf\u00e9", "“a”"]
)
def test_a_value_that_no_header_can_carry_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        lines(("x-token", value.replace("a", "hunter2")))
    assert "hunter2" not in str(raised.value)
    assert "x-token" in str(raised.value)


@pytest.mark.parametrize("secret", [f"{KEY}\n", f" {KEY}", f"{KEY[:9]}\x00{KEY[9:]}"])
def test_a_malformed_key_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ConfigError) as raised:
        FixedCredential("x-api-key", secret)
    assert KEY[:9] not in str(raised.value)


def test_a_value_may_hold_spaces_and_tabs_inside() -> None:
    assert ("x-note", "one two\tthree") in lines(("X-Note", "one two\tthree"))


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("x-api-key", True),
        ("Authorization", True),
        ("Proxy-Authorization", True),
        ("Set-Cookie", True),
        ("CF-Access-Client-Secret", True),
        ("x-amz-security-token", True),
        ("anthropic-ratelimit-input-tokens-remaining", False),
        ("request-id", False),
        ("content-type", False),
    ],
)
def test_secret_headers_are_redacted(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
    assert redact([(name, "value")]) == [(name, REDACTED if secret else "value")]


def test_the_secrets_to_look_for_are_the_bare_ones() -> None:
    own = [
        ("authorization", f"Bearer {KEY}"),
        ("x-api-key", "7-chars"),
        ("x-key", "8-chars!"),
        ("accept", "*/*"),
    ]
    assert named_secrets(own) == [KEY, "8-chars!"]


def test_no_repr_shows_a_secret() -> None:
    connection = Connection(
        "https://api.example",
        authorizer=FixedCredential("x-api-key", KEY),
        headers=(("x-token", "hunter2-hunter2"),),
        proxy="http://me:hunter2@proxy.example",
    )
    assert KEY not in repr(connection)
    assert "hunter2" not in repr(connection)
