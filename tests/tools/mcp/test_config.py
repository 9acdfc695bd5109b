"""`--mcp FILE[:SERVER]`: which servers it names, and what is wrong with the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import ConfigError, InputUnreadable
from claude_cli.tools.mcp.config import Remote, ServerEntry, server_entries
from claude_cli.tools.mcp.stdio import ServerCommand


def written(path: Path, **servers: Any) -> str:
    path.write_text(json.dumps({"mcpServers": servers}))
    return str(path)


def test_a_file_names_all_its_servers(tmp_path: Path) -> None:
    spec = written(
        tmp_path / "m.json",
        files={"command": "files", "args": ["--root", "${ROOT:-/srv}"], "env": {"T": "${TOKEN}"}},
        web={"type": "http", "url": "https://x.org/${TOKEN}", "headers": {"A": "b"}, "timeout": 5},
        bare={"url": "http://127.0.0.1:1/mcp"},
    )
    assert server_entries(spec, {"TOKEN": "t"}) == [
        ServerEntry(
            "files",
            ServerCommand(("files", "--root", "/srv"), {"T": "t"}),
            "files --root '${ROOT:-/srv}'",
        ),
        ServerEntry("web", Remote("https://x.org/t", {"A": "b"}), "https://x.org/${TOKEN}", 5),
        ServerEntry("bare", Remote("http://127.0.0.1:1/mcp"), "http://127.0.0.1:1/mcp"),
    ]


def test_one_server_alone_is_expanded(tmp_path: Path) -> None:
    spec = written(tmp_path / "m.json", a={"command": "a"}, b={"command": "${NOT_SET}"})
    [entry] = server_entries(f"{spec}:a", {})
    assert entry.name == "a"


def test_a_file_whose_name_has_a_colon_wins(tmp_path: Path) -> None:
    written(tmp_path / "m.json", b={"command": "one"})
    spec = written(tmp_path / "m.json:b", c={"command": "other"})
    assert [entry.name for entry in server_entries(spec, {})] == ["c"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[" * 200_000, "is not JSON"),
        ("[]", "has no mcpServers"),
        ('{"mcpServers": []}', "has no mcpServers"),
        ('{"mcpServers": {"a b": {"command": "x"}}}', "a name has letters"),
        ('{"mcpServers": {"a": 3}}', "is no table"),
        ('{"mcpServers": {"a": {}}}', "command is a text"),
        ('{"mcpServers": {"a": {"command": "x", "args": "y"}}}', "args is a list"),
        ('{"mcpServers": {"a": {"command": "x", "env": {"A": 1}}}}', "env is a table"),
        ('{"mcpServers": {"a": {"command": "x", "timeout": true}}}', "timeout is a number"),
        ('{"mcpServers": {"a": {"command": "x", "timeout": -1}}}', "timeout is a number"),
        ('{"mcpServers": {"a": {"type": "carrier pigeon"}}}', "its type is none of"),
        ('{"mcpServers": {"a": {"type": "sse", "url": "https://x"}}}', "its type is none of"),
        ('{"mcpServers": {"a": {"command": "${X}"}}}', "needs the variable X"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        server_entries(str(path), {})
    assert reason in raised.value.message and "m.json" in raised.value.message


def test_a_server_that_is_not_in_the_file_is_told(tmp_path: Path) -> None:
    spec = written(tmp_path / "m.json", a={"command": "a"})
    with pytest.raises(ConfigError, match="has no MCP server b") as raised:
        server_entries(f"{spec}:b", {})
    assert raised.value.hint == "it has a"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable):
        server_entries(str(tmp_path / "none.json"), {})


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    spec = written(
        tmp_path / "m.json",
        a={"command": "a", "env": {"T": "canary"}},
        b={"url": "https://x.org", "headers": {"Authorization": "canary"}},
    )
    assert "canary" not in repr(server_entries(spec, {}))
