"""MCP servers that the API asks: how they are named, and where their tokens come from."""

import sys
from typing import Any

import pytest

from claude_cli.errors import ConfigError, UsageError
from claude_cli.tools.mcp.connector import Connectors, read_connector
from claude_cli.values.secrecy import REDACTED

URL = "https://docs.example.com/mcp"
PRINTS = [sys.executable, "-c", "print('secret-1'); print('more')"]


def connectors(row: Any = None, environ: dict[str, str] | None = None) -> Connectors:
    found = Connectors({} if row is None else {"docs": row}, environ or {})
    found.add(f"docs={URL}")
    return found


def completed(found: Connectors) -> dict[str, Any]:
    body: dict[str, Any] = {}
    found.put_into(body)
    sent = found.complete(body)
    assert body["mcp_servers"][0].get("authorization_token", REDACTED) == REDACTED
    server: dict[str, Any] = sent["mcp_servers"][0]
    return server


@pytest.mark.parametrize(
    "text",
    [
        *("", "docs", "=", "=https://x", "docs=", "a b=https://x", "a/b=https://x", "x" * 65),
        *(
            "docs=http://example.com",
            "docs=file:///etc/passwd",
            "docs=https://",
            "docs=https://a b",
        ),
        *("docs=https://me:secret@example.com/", "docs=example.com"),
    ],
)
def test_what_names_no_server_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError):
        read_connector(text, {})


@pytest.mark.parametrize(
    "row",
    [
        *("text", ["list"], {"token": "x"}, {"token-env": 3}, {"token-env": ""}, {"url": 3}),
        *({"token-command": "pass show"}, {"token-command": []}, {"token-command": [3]}),
        {"token-env": "A", "token-command": ["b"]},
        {"url": "https://elsewhere.example.com", "token-env": "A"},
    ],
)
def test_a_table_that_is_at_fault_is_a_wrong_configuration(row: Any) -> None:
    with pytest.raises(ConfigError, match="docs"):
        connectors(row)


def test_a_server_is_used_by_one_toolset_beside_what_the_request_has() -> None:
    body: dict[str, Any] = {
        "mcp_servers": [{"name": "docs", "url": "https://old"}, {"name": "other"}],
        "tools": [{"name": "mine"}, {"type": "mcp_toolset", "mcp_server_name": "docs"}],
    }
    found = connectors()
    found.put_into(body)
    found.put_into(body)
    assert body == {
        "mcp_servers": [{"name": "other"}, {"type": "url", "url": URL, "name": "docs"}],
        "tools": [{"name": "mine"}, {"type": "mcp_toolset", "mcp_server_name": "docs"}],
    }
    assert found.drop("docs") and not found.drop("docs")
    odd: dict[str, Any] = {"mcp_servers": ["odd", 3], "tools": "odd"}
    connectors().put_into(odd)
    assert odd["mcp_servers"][:2] == ["odd", 3] and len(odd["tools"]) == 1
    empty: dict[str, Any] = {}
    found.put_into(empty)
    assert empty == {}


def test_the_url_may_stand_in_the_table() -> None:
    found = Connectors({"docs": {"url": URL}})
    meant = [found.are_meant(text) for text in ("docs", f"x={URL}", "mcp.json", "x=y")]
    assert meant == [True, True, False, False]
    assert read_connector("docs", {"docs": {"url": URL}}).url == URL


def test_a_token_comes_from_a_variable_or_the_first_line_of_a_command() -> None:
    server = completed(connectors({"token-env": "DOCS"}, {"DOCS": "secret-0"}))
    assert server == {**server, "authorization_token": "secret-0", "url": URL}
    server = completed(connectors({"token-command": PRINTS}))
    assert server["authorization_token"] == "secret-1"
    assert "authorization_token" not in completed(connectors())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"token-env": "DOCS"}, "DOCS is not set"),
        ({"token-env": "ODD"}, "spaces"),
        ({"token-command": ["/nowhere/at-all"]}, "cannot be started"),
        (
            {"token-command": [sys.executable, "-c", "raise SystemExit('no key')"]},
            "python[^ ]*: no key",
        ),
        ({"token-command": [sys.executable, "-c", "print()"]}, "python[^ ]* printed none"),
    ],
)
def test_a_token_that_cannot_be_had_is_told(row: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as raised:
        completed(connectors(row, {"ODD": "two words"}))
    assert "two words" not in raised.value.message


def test_a_command_is_asked_once_and_no_shell_reads_it(tmp_path: Any) -> None:
    asked = tmp_path / "asked; touch here"
    code = "import sys; open(sys.argv[1], 'a').write('x'); print('t')"
    found = connectors({"token-command": [sys.executable, "-c", code, str(asked)]})
    assert [completed(found)["authorization_token"] for _ in range(2)] == ["t", "t"]
    assert asked.read_text() == "x"


def test_a_token_goes_to_no_other_server_of_that_name() -> None:
    found = connectors({"token-env": "DOCS"}, {"DOCS": "secret-0"})
    entry = {"type": "url", "name": "docs", "authorization_token": REDACTED}
    body = {"mcp_servers": [{**entry, "url": "https://evil.example.com"}, "odd", {**entry}]}
    assert "secret" not in str(found.complete(body))
