"""MCP servers as children: what they offer and answer, and the ways in which they fail."""

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from claude_cli.errors import ConfigError, UsageError
from claude_cli.tools.mcp import server as mcp_server
from claude_cli.tools.mcp.channel import Channel, Heard
from claude_cli.tools.mcp.config import Remote
from claude_cli.tools.mcp.servers import McpServers
from claude_cli.tools.tool import Output, Status, ToolSpec
from tests.tools.calls import is_gone, number_in
from tests.tools.mcp.broken import WAYS

SERVER = str(Path(__file__).with_name("scripted_server.py"))


def no_remote(place: Remote, heard: Heard) -> Channel:
    raise AssertionError(f"{place} is not to be reached")


class Loaded:
    """The tools of one scripted server, and what was said about it."""

    def __init__(self, folder: Path, open_: ExitStack, *manner: str, **fields: Any) -> None:
        entry = {"command": sys.executable, "args": [SERVER, *manner], **fields}
        path = folder / "mcp.json"
        path.write_text(json.dumps({"mcpServers": {"sums": entry}}))
        self.progress: list[str] = []
        self.servers = McpServers(no_remote, on_progress=self.progress.append)
        open_.callback(self.servers.close)
        self.servers.read([str(path)])
        self.notes = self.servers.start()

    @property
    def tools(self) -> list[ToolSpec]:
        return self.servers.tools

    def call(self, name: str = "mcp__sums__add", **arguments: Any) -> Output:
        [tool] = [tool for tool in self.tools if tool.name == name]
        assert tool.runner
        return tool.runner.run(arguments or {"a": 2, "b": 3}, threading.Event())


@pytest.fixture
def open_() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def words(output: Output) -> str:
    if isinstance(output.content, str):
        return output.content
    return "".join(block.get("text", "") for block in output.content)


def test_the_tools_of_a_server_are_ours(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_)
    assert [tool.name for tool in loaded.tools] == ["mcp__sums__add", "mcp__sums__environment"]
    assert loaded.tools[0].definition["description"] == "Adds two numbers."
    assert SERVER in loaded.tools[0].origin
    assert loaded.notes == []
    assert loaded.call() == Output([{"type": "text", "text": "5"}])


def test_a_server_of_the_modern_era_is_understood(tmp_path: Path, open_: ExitStack) -> None:
    assert words(Loaded(tmp_path, open_, "modern").call()) == "5"


def test_a_server_sees_a_few_variables_and_no_key(
    tmp_path: Path, open_: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("SHELL", "() { evil; }")
    loaded = Loaded(tmp_path, open_, env={"GIVEN": "yes"})
    seen = json.loads(words(loaded.call("mcp__sums__environment", x=1)))
    assert seen["GIVEN"] == "yes" and "PATH" in seen
    assert "canary" not in json.dumps(seen) and "SHELL" not in seen
    assert seen.keys() <= {"HOME", "LOGNAME", "PATH", "TERM", "USER", "GIVEN", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("manner", "result"),
    [
        ("answers twice", "first"),
        ("answers with a wrong id", "found"),
        ("writes garbage", "all the same"),
        ("floods stderr", "calm"),
    ],
)
def test_what_a_server_does_beside_its_answer_harms_nothing(
    tmp_path: Path, open_: ExitStack, manner: str, result: str
) -> None:
    loaded = Loaded(tmp_path, open_, manner)
    assert words(loaded.call()) == result
    assert words(loaded.call()) == result


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("dies", "exit status 7"),
        ("floods stdout", "a line of more than 16 MB"),
        ("answers with 100 MB", "a line of more than 16 MB"),
        ("floods with garbage", "no messages"),
        ("refuses", "no such tool"),
    ],
)
def test_a_call_that_fails_tells_the_model_why(
    tmp_path: Path, open_: ExitStack, manner: str, reason: str
) -> None:
    output = Loaded(tmp_path, open_, manner).call()
    assert output.status is Status.FAILED
    assert reason in words(output) and reason in output.detail


def test_a_server_that_died_is_started_again_once(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_, "dies")
    assert "out of memory" in words(loaded.call())
    assert "exit status 7" in words(loaded.call())
    assert "not started again" in words(loaded.call())


def test_a_call_that_hangs_is_given_up_and_the_server_lives(
    tmp_path: Path, open_: ExitStack
) -> None:
    loaded = Loaded(tmp_path, open_, "hangs", timeout=0.3)
    started = time.monotonic()
    assert loaded.call().status is Status.TIMED_OUT
    assert time.monotonic() - started < 20


def test_a_server_may_ask_for_a_sign_of_life_and_nothing_else(
    tmp_path: Path, open_: ExitStack
) -> None:
    pong, refused = json.loads(words(Loaded(tmp_path, open_, "asks back").call()))
    assert pong["result"] == {}
    assert refused["error"]["code"] == -32601


def test_progress_is_told_and_a_change_of_tools_is_followed(
    tmp_path: Path, open_: ExitStack
) -> None:
    loaded = Loaded(tmp_path, open_, "changes its tools")
    before = [tool.name for tool in loaded.tools]
    assert not loaded.servers.have_changed
    loaded.call()
    assert loaded.progress == ["sums: half way", "sums: 3 of 4"]
    assert loaded.servers.have_changed
    assert loaded.servers.refresh() == []
    assert [tool.name for tool in loaded.tools] == [*before, "mcp__sums__added"]
    assert not loaded.servers.have_changed


def test_pages_without_end_come_to_one(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_, "has pages without end")
    assert len(loaded.tools) == mcp_server.MOST_PAGES == 100


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("cannot start", "no such database"),
        ("speaks an unknown version", "a version of MCP that is not known"),
    ],
)
def test_a_server_that_cannot_be_used_is_left_out_and_told(
    tmp_path: Path, open_: ExitStack, manner: str, reason: str
) -> None:
    loaded = Loaded(tmp_path, open_, manner)
    assert loaded.tools == []
    [note] = loaded.notes
    assert "sums is left out" in note and reason in note


def test_a_program_that_is_not_there_is_left_out_and_told(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_, command="/nonexistent/server", args=[])
    assert loaded.notes == [
        "the MCP server sums is left out: cannot start /nonexistent/server: "
        "No such file or directory"
    ]


def test_a_server_that_says_nothing_is_left_out(
    tmp_path: Path, open_: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_server, "START_SECONDS", 0.3)
    loaded = Loaded(tmp_path, open_, "hangs at the start")
    assert loaded.notes == ["the MCP server sums is left out: it did not answer in time"]


def test_nothing_that_a_server_started_is_left(tmp_path: Path) -> None:
    with ExitStack() as open_:
        loaded = Loaded(tmp_path, open_, "leaves a child")
        child = int(words(loaded.call()))
        assert not is_gone(child, seconds=0.05)
    assert is_gone(child)


def test_a_server_without_tools_is_told_and_ended(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_, "has no tools")
    assert loaded.notes == ["the MCP server sums has no tools"]
    assert is_gone(number_in(Path("started")))
    assert loaded.servers.running == []


def test_two_servers_of_one_name_are_refused(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_)
    with pytest.raises(UsageError, match="two MCP servers are called sums"):
        loaded.servers.read([str(tmp_path / "mcp.json")])


def test_a_server_that_was_dropped_can_be_added_again(tmp_path: Path, open_: ExitStack) -> None:
    loaded = Loaded(tmp_path, open_)
    loaded.servers.drop("sums")
    assert loaded.tools == []
    with pytest.raises(UsageError, match="no MCP server sums is running"):
        loaded.servers.drop("sums")
    loaded.servers.read([str(tmp_path / "mcp.json")])
    loaded.servers.start()
    assert words(loaded.call()) == "5"


def test_of_two_tools_with_one_name_the_first_counts(tmp_path: Path, open_: ExitStack) -> None:
    path = tmp_path / "two.json"
    odd = {"command": sys.executable, "args": [SERVER, "has a tool called y__add"]}
    plain = {"command": sys.executable, "args": [SERVER]}
    path.write_text(json.dumps({"mcpServers": {"x": odd, "x__y": plain}}))
    servers = McpServers(no_remote)
    open_.callback(servers.close)
    servers.read([str(path)])
    servers.start()
    [double, other] = servers.tools
    assert (double.name, other.name) == ("mcp__x__y__add", "mcp__x__y__environment")
    assert "y__add" in double.origin


def test_no_way_to_break_the_protocol_costs_more_than_the_call(
    tmp_path: Path, open_: ExitStack
) -> None:
    loaded = Loaded(tmp_path, open_, "breaks the protocol", timeout=20)
    assert len(WAYS) > 30
    for line in WAYS:
        output = loaded.call(line=line)
        if output.status is Status.FAILED:
            assert words(output) and words(output).isprintable(), line[:80]
        assert words(loaded.call()) == "5", line[:80]


def test_of_ten_thousand_tools_as_many_are_offered_as_a_request_takes(
    tmp_path: Path, open_: ExitStack
) -> None:
    loaded = Loaded(tmp_path, open_, "has ten thousand tools")
    assert len(loaded.tools) == mcp_server.MOST_TOOLS == 1000
    assert loaded.notes == ["sums has more than 1,000 tools: the first of them are offered"]


def test_what_a_hostile_tool_is_called_is_a_plain_word(tmp_path: Path, open_: ExitStack) -> None:
    [tool] = Loaded(tmp_path, open_, "has a hostile tool").tools
    assert tool.name
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", tool.name)


def test_a_bad_file_is_told_before_any_server_is_started(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    touch = {"command": "touch", "args": [str(marker)]}
    good.write_text(json.dumps({"mcpServers": {"a": touch}}))
    bad.write_text('{"mcpServers": {"b": {"command": "${NOT_SET_AT_ALL}"}}}')
    servers = McpServers(no_remote)
    with pytest.raises(ConfigError, match="NOT_SET_AT_ALL"):
        servers.read([str(good), str(bad)])
    assert servers.start() == []
    assert not marker.exists()
