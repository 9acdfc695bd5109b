"""The curl command: a shell gives curl exactly what was meant, and the key is a variable."""

import shutil
import subprocess
from itertools import pairwise

import pytest

from claude_cli.curl import curl_command, left_out
from claude_cli.values.secrecy import is_secret
from tests.conftest import CANARY, Run

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")

SHOW = """
curl() { for word in "$@"; do printf '%s\\037' "$word"; done; printf '\\036'; cat; }
"""
NASTY = 'it\'s $HOME `id` "q" \\ $(id) !! %s'


def seen_by_curl(command: str) -> tuple[list[str], str]:
    """The arguments and the stdin that a shell would give to curl."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/nobody", "ANTHROPIC_API_KEY": "a key"}
    ran = subprocess.run(
        ["sh", "-c", SHOW + command], env=environment, capture_output=True, check=True
    )
    words, _, body = ran.stdout.decode().partition("\x1e")
    return words.split("\x1f")[:-1], body


def headers_of(words: list[str]) -> list[str]:
    return [value for flag, value in pairwise(words) if flag == "-H"]


def test_url_headers_and_body_arrive_as_they_are() -> None:
    url = "https://example.com/a b/v1/messages?x='1'"
    body = '{"text": "' + NASTY + '\\nEND_OF_BODY\\n"}'
    words, stdin = seen_by_curl(curl_command(url, [("X-Note", NASTY)], body))
    assert url in words
    assert headers_of(words) == [f"X-Note: {NASTY}"]
    assert words[-2:] == ["--data-binary", "@-"]
    assert stdin == body + "\n"


@pytest.mark.parametrize("name", ["x-api-key", "X-API-Key"])
def test_the_key_is_a_shell_variable(name: str) -> None:
    command = curl_command("https://example.com", [(name, "sk-ant-real")], "{}")
    assert "sk-ant-real" not in command
    assert headers_of(seen_by_curl(command)[0]) == [f"{name}: a key"]


@pytest.mark.parametrize("name", ["Authorization", "Proxy-Authorization"])
def test_no_other_credential_is_printed(name: str) -> None:
    command = curl_command("https://example.com", [(name, "Bearer real")], "{}")
    assert "real" not in command
    assert "$" in command


def test_each_value_that_is_left_out_has_a_variable() -> None:
    headers = [
        ("x-api-key", CANARY),
        ("authorization", f"Bearer {CANARY}"),
        ("Authorization", f"Basic {CANARY}"),
        ("x-gateway-token", CANARY),
        ("x-note", "hi"),
    ]
    found = dict(left_out(headers, is_secret))
    assert found == {
        "x-api-key": "$ANTHROPIC_API_KEY",
        "authorization": "$ANTHROPIC_AUTH_TOKEN",
        "Authorization": "$AUTHORIZATION",
        "x-gateway-token": "$X_GATEWAY_TOKEN",
    }
    command = curl_command("https://example.com", headers, "{}", is_secret=is_secret)
    assert CANARY not in command
    assert all(f'{variable}"' in command for variable in found.values())


def test_a_typed_secret_is_told_to_be_left_out(run: Run) -> None:
    ran = run("ask", "hi", "--curl", "-H", f"X-Api-Key: {CANARY}", "-H", "X-Note: a")
    notice = "the value of the header x-api-key is left out: put it into $ANTHROPIC_API_KEY\n"
    assert ran.stderr == notice
    assert CANARY not in ran.text


def test_a_secret_of_the_environment_is_told_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"X-Gateway-Token: {CANARY}")
    assert (
        "x-gateway-token is left out: put it into $X_GATEWAY_TOKEN"
        in run("ask", "hi", "--curl").stderr
    )


def test_of_the_usual_key_nothing_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    assert run("ask", "hi", "--curl").stderr == ""


def test_a_header_without_a_value_is_sent_as_such() -> None:
    """curl takes `Name:` as the wish not to send that header."""
    words, _ = seen_by_curl(curl_command("https://example.com", [("X-Empty", "")], "{}"))
    assert headers_of(words) == ["X-Empty;"]


def test_options_come_before_the_headers() -> None:
    words, _ = seen_by_curl(
        curl_command("https://example.com", [], "{}", {"--max-time": 5, "--proxy": None})
    )
    assert words[words.index("--max-time") + 1] == "5"
    assert "--proxy" not in words


@pytest.mark.parametrize("name", ["x-`id`-token", "x-$(id)-key", "x-'-secret", "1-token"])
def test_a_header_name_is_no_part_of_the_shell(name: str) -> None:
    command = curl_command("https://example.com", [(name, "value")], "{}", is_secret=lambda _: True)
    [header] = headers_of(seen_by_curl(command)[0])
    assert header == f"{name}: "


@pytest.mark.parametrize(
    ("proxy", "expected", "user"),
    [
        ("http://me:secret@proxy:8080", "http://proxy:8080", "me:"),
        ("http://me%40home:se`id`cret@proxy", "http://proxy", "me@home:"),
        ("http://secret@proxy:8080/", "http://proxy:8080/", ""),
    ],
)
def test_the_password_of_a_proxy_is_a_variable(
    run: Run, proxy: str, expected: str, user: str
) -> None:
    ran = run("ask", "hi", "--curl", "--proxy", proxy)
    words, _ = seen_by_curl("PROXY_PASSWORD=pw\n" + ran.text)
    assert words[words.index("--proxy") + 1] == expected
    assert words[words.index("--proxy-user") + 1] == f"{user}pw"
    assert "cret" not in ran.text
    assert "$PROXY_PASSWORD" in ran.stderr


def test_a_proxy_without_a_password_is_named_as_it_is(run: Run) -> None:
    ran = run("ask", "hi", "--curl", "--proxy", "http://proxy:8080")
    words, _ = seen_by_curl(ran.text)
    assert words[words.index("--proxy") + 1] == "http://proxy:8080"
    assert "--proxy-user" not in words
