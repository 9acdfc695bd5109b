"""`--mcp` → tools: the servers are started, several at a time, and asked what they have."""

import os
import shlex
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from claude_cli.child.replies import NoReply
from claude_cli.errors import UsageError
from claude_cli.tools.mcp.channel import Channel, Heard, ServerGone
from claude_cli.tools.mcp.config import Remote, ServerEntry, server_entries
from claude_cli.tools.mcp.mapping import map_tools, output_of
from claude_cli.tools.mcp.protocol import RpcError
from claude_cli.tools.mcp.server import McpServer
from claude_cli.tools.mcp.stdio import StdioChannel
from claude_cli.tools.tool import Output, Status, ToolSpec
from claude_cli.types import JSONValue

STARTED_AT_ONCE: Final = 3

ConnectRemote: TypeAlias = Callable[[Remote, Heard], Channel]
"""Opens a channel to a server over HTTP. Raises ServerGone."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """The runner of one tool of a server; `name` is the server's own."""

    server: McpServer
    name: str
    seconds: float

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        arguments = tool_input if isinstance(tool_input, dict) else {}
        try:
            return output_of(self.server.call(self.name, arguments, stop))
        except RpcError as error:
            return _failed(f"the MCP server {self.server.name} answered: {error.message}")
        except ServerGone as error:
            return _failed(f"the MCP server {self.server.name} is gone: {error}")
        except NoReply:
            what = f"timed out after {self.seconds:g} s"
            return Output(what, Status.TIMED_OUT, what)


def load_mcp(
    specs: Iterable[str],
    connect_remote: ConnectRemote,
    open_: ExitStack,
    on_progress: Callable[[str], None],
) -> tuple[list[ToolSpec], list[str]]:
    """Start the servers that `specs` name; return their tools and notices for the user.

    A server that cannot be started is left out, and a notice says so. `open_` ends the others.
    Raises ConfigError and InputUnreadable, before any server is started; UsageError where two
    servers have one name.
    """
    entries = [entry for spec in specs for entry in server_entries(spec, os.environ)]
    _check_names(entries)
    servers = [
        McpServer(
            entry.name,
            _connector(entry, connect_remote),
            seconds=entry.seconds,
            on_progress=on_progress,
        )
        for entry in entries
    ]
    for server in servers:
        open_.callback(server.close)
    stop = threading.Event()
    with ThreadPoolExecutor(STARTED_AT_ONCE) as pool:
        try:
            found = [*pool.map(partial(_tools_of, stop), entries, servers)]
        finally:
            stop.set()
    return [t for tools, _ in found for t in tools], [n for _, notes in found for n in notes]


def _connector(entry: ServerEntry, connect_remote: ConnectRemote) -> Callable[[Heard], Channel]:
    place = entry.place
    if isinstance(place, Remote):
        return lambda heard: connect_remote(place, heard)
    return lambda heard: StdioChannel(place, heard)


def _tools_of(
    stop: threading.Event, entry: ServerEntry, server: McpServer
) -> tuple[list[ToolSpec], list[str]]:
    try:
        tools = server.tools(stop)
    except (ServerGone, RpcError, NoReply) as error:
        why = str(error) or "it did not answer in time"
        server.close()
        return [], [f"the MCP server {entry.name} is left out: {why}"]
    mapped, notes = map_tools(entry.name, tools)
    origin = origin_of(entry)
    return [
        ToolSpec(definition, McpTool(server, name, entry.seconds), origin)
        for name, definition in mapped
    ], notes


def origin_of(entry: ServerEntry) -> str:
    """What the user is told to be behind a tool: the exact command, or the URL."""
    place = entry.place
    return place.url if isinstance(place, Remote) else shlex.join(place.argv)


def _check_names(entries: Iterable[ServerEntry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise UsageError(f"two MCP servers are called {entry.name}", hint="--mcp FILE:SERVER")
        seen.add(entry.name)


def _failed(what: str) -> Output:
    return Output(what, Status.FAILED, " ".join(what.split())[:200])
