"""MCP servers over Streamable HTTP: what is sent, what is understood, what they get wrong."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from claude_cli.api.network.plain import PlainHttp
from claude_cli.tools.mcp.channel import Channel, Heard, Unreached
from claude_cli.tools.mcp.config import Remote
from claude_cli.tools.mcp.http import HttpChannel
from claude_cli.tools.mcp.servers import McpServers
from claude_cli.tools.tool import Output, Status
from tests.tools.mcp.broken import WAYS
from tests.tools.mcp.scripted_http import ScriptedHttp, scripted_http


@pytest.fixture
def http() -> Iterator[ScriptedHttp]:
    with scripted_http() as server:
        yield server


def connect(place: Remote, heard: Heard) -> Channel:
    return HttpChannel(place, PlainHttp().open, heard)


class Loaded:
    """The tools of one scripted server, and what was said about it."""

    def __init__(self, http: ScriptedHttp, manner: str = "behaves", **fields: Any) -> None:
        entry = {"type": "http", "url": http.url(manner), **fields}
        Path("mcp.json").write_text(json.dumps({"mcpServers": {"sums": entry}}))
        self.progress: list[str] = []
        self.servers = McpServers(connect, on_progress=self.progress.append)
        self.servers.read(["mcp.json"])
        self.notes = self.servers.start()

    def call(self, **arguments: Any) -> Output:
        tool = next(tool for tool in self.servers.tools if tool.name == "mcp__sums__add")
        assert tool.runner
        return tool.runner.run(arguments or {"a": 2, "b": 3}, threading.Event())


def words(output: Output) -> str:
    if isinstance(output.content, str):
        return output.content
    return "".join(block.get("text", "") for block in output.content)


def test_a_session_is_opened_used_and_ended(http: ScriptedHttp) -> None:
    loaded = Loaded(http, headers={"Authorization": "Bearer t", "mcp-session-id": "stolen"})
    assert words(loaded.call()) == "5"
    loaded.servers.close()
    asked = [(method, message.get("method")) for method, _, message in http.seen]
    assert asked == [
        ("POST", "initialize"),
        ("POST", "notifications/initialized"),
        ("POST", "tools/list"),
        ("POST", "tools/call"),
        ("DELETE", None),
    ]
    first, *others = [headers for _, headers, _ in http.seen]
    assert first["accept"] == "application/json, text/event-stream"
    assert first["authorization"] == "Bearer t"
    assert "mcp-protocol-version" not in first
    for headers in others:
        assert headers["mcp-session-id"] == "s1"
        assert headers["mcp-protocol-version"] == "2025-06-18"


def test_a_server_of_the_modern_era_has_no_session(http: ScriptedHttp) -> None:
    loaded = Loaded(http, "modern")
    assert words(loaded.call()) == "5"
    loaded.servers.close()
    method, headers, message = http.seen[-1]
    assert (method, message["method"]) == ("POST", "tools/call")
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert (headers["mcp-method"], headers["mcp-name"]) == ("tools/call", "add")
    assert "mcp-session-id" not in headers
    assert message["params"]["_meta"]["progressToken"]


def test_a_stream_may_say_other_things_before_the_response(http: ScriptedHttp) -> None:
    loaded = Loaded(http, "streams")
    assert words(loaded.call()) == "5"
    assert loaded.progress == ["sums: 1 of 2"]
    assert {"jsonrpc": "2.0", "id": "theirs", "result": {}} in [seen[2] for seen in http.seen]


def test_a_session_that_the_server_forgot_is_opened_again(http: ScriptedHttp) -> None:
    loaded = Loaded(http, "forgets us")
    assert words(loaded.call()) == "5"
    assert http.sessions == 2


def test_a_server_that_forgets_every_session_costs_the_call_and_is_tried_again(
    http: ScriptedHttp,
) -> None:
    loaded = Loaded(http, "forgets us again and again")
    for sessions in (2, 4, 6):
        output = loaded.call()
        assert output.status is Status.FAILED
        assert "ended the session" in words(output)
        assert http.sessions == sessions


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("wants a credential", "HTTP 401: it wants a credential, which headers in its file"),
        ("redirects", "HTTP 307: it redirects, and no redirect is followed"),
        ("fails", "HTTP 502"),
        ("speaks html", "what it sent holds no response"),
        ("floods", "it sent more than 16 MB"),
        ("floods a stream", "a line of more than 16 MB"),
        ("sends a bomb", "it sent more than 16 MB"),
        ("lies about its encoding", "no sense can be made"),
    ],
)
def test_a_server_that_cannot_be_used_is_left_out(
    http: ScriptedHttp, manner: str, reason: str
) -> None:
    loaded = Loaded(http, manner)
    assert loaded.servers.tools == []
    [note] = loaded.notes
    assert "sums is left out" in note and reason in note


class Sized:
    """A response of so many bytes, its message behind blanks, or comments."""

    status_code = 200

    def __init__(self, size: int, kind: str) -> None:
        self.headers = {"content-type": kind}
        self._size = size
        self._is_stream = kind == "text/event-stream"

    def iter_bytes(self) -> Iterator[bytes]:
        message = b'{"jsonrpc":"2.0","id":1,"result":{}}'
        end = b"data: " + message + b"\n\n" if self._is_stream else message
        full, rest = divmod(self._size - len(end), 1024 * 1024)
        for size in [*[1024 * 1024] * full, rest]:
            blanks = b" " * size
            yield b":" + blanks[2:] + b"\n" if self._is_stream else blanks
        yield end


@pytest.mark.parametrize(
    ("kind", "most", "told"),
    [
        ("application/json", 16 * 1024 * 1024, "16 MB"),
        ("text/event-stream", 64 * 1024 * 1024, "64 MB"),
    ],
)
def test_a_response_may_be_as_large_as_its_limit_and_no_byte_larger(
    kind: str, most: int, told: str
) -> None:
    def ask(size: int) -> Any:
        channel = HttpChannel(
            Remote("http://x", {}), lambda *_: nullcontext(Sized(size, kind)), lambda message: None
        )
        return channel.ask({"id": 1, "method": "tools/call", "params": {}}, 60, threading.Event())

    assert ask(most)["result"] == {}
    with pytest.raises(Unreached, match=f"it sent more than {told}"):
        ask(most + 1)


def test_a_server_that_nobody_runs_is_left_out() -> None:
    with scripted_http() as http:
        pass
    [note] = Loaded(http).notes
    assert "sums is left out" in note and "127.0.0.1" in note


def test_a_response_that_never_comes_costs_the_call_and_is_not_asked_for_again(
    http: ScriptedHttp,
) -> None:
    assert "holds no response" in words(Loaded(http, "streams no response").call())
    assert [message.get("method") for *_, message in http.seen].count("tools/call") == 1


def test_a_call_that_hangs_is_cancelled(http: ScriptedHttp) -> None:
    loaded = Loaded(http, "hangs", timeout=0.3)
    began = time.monotonic()
    assert loaded.call().status is Status.TIMED_OUT
    assert time.monotonic() - began < 5
    call = next(seen[2] for seen in http.seen if seen[2].get("method") == "tools/call")
    assert http.seen[-1][2]["method"] == "notifications/cancelled"
    assert http.seen[-1][2]["params"] == {"requestId": call["id"]}


@pytest.mark.parametrize("streamed", [False, True])
def test_no_way_to_break_the_protocol_costs_more_than_the_call(
    http: ScriptedHttp, streamed: bool
) -> None:
    loaded = Loaded(http, "breaks the protocol", timeout=20)
    for line in WAYS:
        output = loaded.call(line=line, streamed=streamed)
        if output.status is Status.FAILED:
            assert words(output) and words(output).isprintable(), line[:80]
        assert words(loaded.call()) == "5", line[:80]


def test_a_redirect_takes_our_header_nowhere(http: ScriptedHttp) -> None:
    with scripted_http() as other:
        loaded = Loaded(
            http, f"leads to {other.server_port}", headers={"Authorization": "Bearer t"}
        )
        assert loaded.servers.tools == []
        assert "sums is left out" in loaded.notes[0]
        assert other.seen == []
