"""What of our environment a child process gets to see."""

import ast
import base64
import json
import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

import claude_cli
from claude_cli.child import environment
from claude_cli.child.environment import keep_from_children, without_credentials
from claude_cli.child.run import run


@pytest.mark.parametrize(
    "name",
    [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "anthropic_api_key",
        "OLD_ANTHROPIC_API_KEY_2",
        "CLAUDE_CODE_OAUTH_TOKEN",
    ],
)
def test_no_credential_of_the_api_is_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret")
    assert "secret" not in without_credentials().values()


def test_a_key_is_recognised_by_its_look_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_OWN_NAME", "sk-ant-api03-canary")
    assert "MY_OWN_NAME" not in without_credentials()


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_in_force", set())


KEY = "gw_Zk3+x/9-canary"
BASIC = f"user:{KEY}".encode()


def encodings() -> dict[str, str]:
    copies = {
        f"b64_{n}": base64.b64encode(b"a" * n + KEY.encode() + b"z").decode() for n in range(3)
    }
    return copies | {
        "plain": KEY,
        "inside": f"--header=x-api-key:{KEY} --verbose",
        "url": f"https://x/?key={quote(KEY, safe='')}",
        "urlsafe": base64.urlsafe_b64encode(BASIC).decode(),
        "unpadded": base64.b64encode(BASIC).decode().rstrip("="),
        "windows": base64.b64encode(KEY.encode("utf-16-le")).decode(),
        "hex": KEY.encode().hex(),
        "HEX": f"0x{KEY.encode().hex().upper()}",
        "json": json.dumps({"token": KEY}),
    }


@pytest.mark.parametrize("name", encodings())
def test_no_copy_of_the_key_in_force_is_passed_on_whatever_it_is_called(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_NAME", encodings()[name])
    assert "PLAIN_NAME" in without_credentials()
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", KEY)
    assert "PLAIN_NAME" not in without_credentials()
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN")
    keep_from_children([KEY])
    assert "PLAIN_NAME" not in without_credentials()


@pytest.mark.parametrize("more", range(12))
@pytest.mark.parametrize("before", range(3))
def test_a_key_of_any_length_is_found_between_other_bytes(
    before: int, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = KEY + "q" * more
    copy = base64.b64encode(b"a" * before + key.encode() + b"\xffz").decode()
    monkeypatch.setenv("PLAIN_NAME", copy)
    keep_from_children([key])
    assert "PLAIN_NAME" not in without_credentials()


def test_an_encoded_key_is_recognised_by_how_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASIC", base64.b64encode(b"me:sk-ant-api03-canary").decode())
    monkeypatch.setenv("HEX", b"sk-ant-api03".hex())
    assert not {"BASIC", "HEX"} & without_credentials().keys()


def test_a_key_that_is_an_ordinary_word_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    monkeypatch.setenv("EXAMPLE", "xyz")
    keep_from_children(["", "y"])
    assert without_credentials()["EXAMPLE"] == "xyz"


def test_all_else_stays_and_what_the_manifest_adds_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "mine")
    monkeypatch.setenv("UNITS", "imperial")
    environment = without_credentials({"UNITS": "metric"})
    assert (environment["GITHUB_TOKEN"], environment["UNITS"]) == ("mine", "metric")


def test_no_process_is_started_without_saying_what_it_sees() -> None:
    for path in Path(claude_cli.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("subprocess."):
                told = {keyword.arg for keyword in call.keywords}
                assert "env" in told or "taskkill" in ast.unparse(call), f"{path}:{call.lineno}"


def test_a_child_sees_no_credential_unless_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    show = [sys.executable, "-c", "import os; print(os.environ.get('ANTHROPIC_API_KEY'))"]
    assert run(show, seconds=30).stdout == "None\n"
    assert run(show, seconds=30, env=os.environ).stdout == f"{KEY}\n"
