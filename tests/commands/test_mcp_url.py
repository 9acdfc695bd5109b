"""`--mcp-url`: MCP servers that the API asks, in every command that asks."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_cli.simulator.server.server import Simulator
from tests.conftest import Run
from tests.faulty_server import FaultyServer, json_response, replying_once
from tests.test_secrets import hits

URL = "https://docs.example.com/mcp"
DOCS = ("--mcp-url", f"docs={URL}")
SECRET = "canary-token-of-the-connector"
SERVER = {"type": "url", "url": URL, "name": "docs"}


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[mcp-url.docs]\ntoken-env = "DOCS_TOKEN"\n')
    monkeypatch.setenv("DOCS_TOKEN", SECRET)


def asked(simulator: Simulator) -> Any:
    return simulator.requests[-1].body


def test_a_server_is_asked_and_what_it_did_is_shown(simulator: Simulator, run: Run) -> None:
    ran = run("ask", "use docs", *DOCS, "-v")
    assert ran.code == 0, ran.stderr
    assert "docs.look_up" in ran.stderr and "mcp: 1 result" in ran.stderr
    assert asked(simulator)["mcp_servers"] == [SERVER]
    toolset = {"type": "mcp_toolset", "mcp_server_name": "docs"}
    assert asked(simulator)["tools"] == [toolset]
    assert simulator.requests[-1].headers["anthropic-beta"] == "mcp-client-2025-11-20"


def test_it_stands_beside_other_tools_and_is_counted(simulator: Simulator, run: Run) -> None:
    assert run("stream", "hi", *DOCS, "-T", "web_search").code == 0
    kinds = [tool["type"] for tool in asked(simulator)["tools"]]
    assert kinds == ["web_search_20260318", "mcp_toolset"]
    assert int(run("count", "hi", *DOCS).stdout) > int(run("count", "hi").stdout)


def test_the_token_is_sent_and_told_to_nobody(
    simulator: Simulator, run: Run, token: None, tmp_path: Path
) -> None:
    Path("tools.json").write_text(
        json.dumps(
            {
                "name": "show",
                "description": "x",
                "input_schema": {"type": "object"},
                "command": ["env"],
            }
        )
    )
    own = ("-T", "tools.json", "--approve", "always")
    ran = [
        run("ask", "use show", "--name", "s", *DOCS, *own, "--debug", "--record", "tape"),
        run("ask", "hi", *DOCS, "--dry-run"),
        run("ask", "hi", *DOCS, "--curl"),
        run("count", "hi", *DOCS, "--debug"),
        run("chat", *DOCS, "--debug", stdin=b"use docs\n/mcp\n/set\n"),
    ]
    assert [each.code for each in ran] == [0] * 5, [each.stderr for each in ran]
    sent = [r.body for r in simulator.requests if "mcp_servers" in r.body]
    tokens = {server["authorization_token"] for body in sent for server in body["mcp_servers"]}
    assert tokens == {SECRET}
    assert "PATH=" in json.dumps(sent[1]["messages"])
    assert SECRET not in json.dumps([body["messages"] for body in sent])
    assert hits(SECRET, tmp_path, *ran) == []
    assert ran[1].json["mcp_servers"] == [{**SERVER, "authorization_token": "[redacted]"}]
    played = run("ask", "use show", *DOCS, *own, "--replay", "tape")
    assert played.code == 0, played.stderr


def test_each_model_of_a_comparison_is_offered_the_server(
    simulator: Simulator, run: Run, token: None
) -> None:
    models = ("-m", "claude-opus-5", "-m", "claude-haiku-4-5")
    ran = run("compare", "use docs", *DOCS, *models)
    assert ran.code == 0, ran.stderr
    asked = [r.body for r in simulator.requests if r.path == "/v1/messages"]
    assert len(asked) == 2
    assert all(body["mcp_servers"][0]["authorization_token"] == SECRET for body in asked)


def test_a_server_that_repeats_the_token_gets_it_nowhere(
    simulator: Simulator, run: Run, token: None, tmp_path: Path
) -> None:
    refusal = {"type": "error", "error": {"type": "invalid_request_error", "message": SECRET}}
    with FaultyServer(replying_once(json_response(refusal, "400 Bad Request"))) as server:
        ran = run("ask", "hi", *DOCS, "--debug", "--base-url", server.base_url)
    assert ran.code == 65
    assert hits(SECRET, tmp_path, ran) == []


def test_no_token_is_fetched_where_nothing_is_sent(
    simulator: Simulator, run: Run, token: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCS_TOKEN")
    assert run("ask", "hi", *DOCS, "--dry-run").code == 0
    assert run("ask", "use docs", *DOCS, "--simulate").code == 0
    ran = run("ask", "hi", *DOCS)
    assert ran.code == 78
    assert "the token of the MCP server docs: DOCS_TOKEN is not set" in ran.stderr
    assert simulator.requests == []


@pytest.mark.parametrize("beta", [(), ("--beta", "mcp-client-2026-09-15")])
def test_what_a_server_did_is_kept_and_sent_back(
    simulator: Simulator, run: Run, beta: tuple[str, ...]
) -> None:
    first = run("ask", "use docs", "--name", "s", *DOCS, *beta, "--format", "json")
    answer = [block["type"] for block in first.json["content"]]
    assert {"mcp_tool_use", "mcp_tool_result"} <= {*answer}
    assert ("mcp_tool_listing" in answer) is bool(beta)
    for named in (DOCS, ()):
        ran = run("ask", "and now?", "-r", "s", *named)
        assert ran.code == 0, ran.stderr
        assert asked(simulator)["messages"][1]["content"] == first.json["content"]
        betas = simulator.requests[-1].headers["anthropic-beta"].split(",")
        assert "mcp-client-2025-11-20" in betas
        assert ("mcp-client-2026-09-15" in betas) is bool(beta)
    assert "tools" not in asked(simulator) and "mcp_servers" not in asked(simulator)
    shown = run("sessions", "show", "s").text
    assert "look_up" in shown and "simulated" in shown


def test_the_query_of_its_url_is_sent_and_told_to_nobody(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    url = f"{URL}?key={SECRET}"
    named = ("--mcp-url", f"docs={url}")
    ran = [
        run("ask", "hi", *named, "--debug", "--record", "tape"),
        run("ask", "hi", *named, "--dry-run"),
        run("ask", "hi", *named, "--curl"),
        run("chat", stdin=f"/mcp docs={url}\nhi\n/set\n".encode()),
    ]
    assert [each.code for each in ran] == [0] * 4
    asked = [r.body["mcp_servers"][0]["url"] for r in simulator.requests]
    assert asked == [url] * 2
    assert f"docs  asked by the API  {URL}?[redacted]" in ran[3].stderr + ran[3].text
    assert hits(SECRET, tmp_path, *ran) == []
    assert run("ask", "hi", *named, "--replay", "tape").code == 0


def test_a_token_of_a_body_is_not_shown_by_set(
    simulator: Simulator, run: Run, tmp_path: Path
) -> None:
    servers = json.dumps([{**SERVER, "authorization_token": SECRET}])
    ran = run("chat", "-o", f"mcp_servers:={servers}", stdin=b"/set\n")
    assert '"authorization_token": "[redacted]"' in ran.stderr
    assert hits(SECRET, tmp_path, ran) == []


def test_what_the_api_would_refuse_is_not_saved(run: Run, tmp_path: Path) -> None:
    ran = run("ask", "hi", "--mcp-url", f"docs=https://me:{SECRET}@x", "--save", "mine")
    assert ran.code == 2
    assert hits(SECRET, tmp_path, ran) == []


def test_a_chat_names_and_drops_servers(simulator: Simulator, run: Run) -> None:
    lines = f"/mcp docs={URL}\nuse docs\n/mcp drop docs\nhi\n/mcp docs=http://x\n"
    ran = run("chat", "--keep-going", stdin=lines.encode())
    assert f"docs  asked by the API  {URL}" in ran.stderr + ran.text
    with_it, without = (r.body for r in simulator.requests if r.path == "/v1/messages")
    assert with_it["mcp_servers"] == [SERVER]
    assert "mcp_servers" not in without and "tools" not in without


@pytest.mark.parametrize("platform", ["bedrock", "mantle", "vertex"])
def test_a_platform_without_the_connector_refuses_it(run: Run, platform: str) -> None:
    ran = run("ask", "hi", *DOCS, "--simulate", "--platform", platform)
    assert ran.code == 65
    assert "hint: --mcp starts MCP servers on this machine" in ran.stderr


def test_a_session_leaves_the_connector_behind(simulator: Simulator, run: Run) -> None:
    assert run("ask", "use docs", "--name", "s", *DOCS, "-m", "claude-opus-5").code == 0
    ran = run("ask", "hi", "-r", "s", "--platform", "vertex", "--dry-run")
    assert ran.code == 0, ran.stderr
    assert '"mcp_tool' not in ran.text
    assert "what this session has from the MCP connector is not sent" in ran.stderr


@pytest.mark.parametrize("url", ["https://[::1", "https://", "https://a:b/", "https://?x", "a.org"])
def test_what_is_no_url_is_refused(run: Run, url: str) -> None:
    ran = run("ask", "hi", "--dry-run", "--mcp-url", f"docs={url}")
    assert (ran.code, ran.stdout) == (2, b"")
