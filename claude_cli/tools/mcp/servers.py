"""`--mcp` → tools: the servers of one run, started several at a time, asked what they have."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from claude_cli.child.replies import NoReply
from claude_cli.errors import UsageError
from claude_cli.tools.mcp.channel import Channel, Heard, ServerGone, Unreached
from claude_cli.tools.mcp.config import Remote, ServerEntry, server_entries
from claude_cli.tools.mcp.mapping import map_tools, output_of
from claude_cli.tools.mcp.protocol import RpcError
from claude_cli.tools.mcp.server import MOST_TOOLS, McpServer
from claude_cli.tools.mcp.stdio import StdioChannel
from claude_cli.tools.tool import Output, Status, ToolSpec
from claude_cli.types import JSONValue
from claude_cli.values.secrecy import without

STARTED_AT_ONCE: Final = 3

ConnectRemote: TypeAlias = Callable[[Remote, Heard], Channel]
"""Opens a channel to a server over HTTP. Raises ServerGone."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """The runner of one tool of a server; `name` is the server's own. `secrets`: what is to be in
    no failure, for that is sent and kept."""

    server: McpServer
    name: str
    seconds: float
    secrets: Sequence[str] = field(default=(), repr=False)

    def run(self, tool_input: JSONValue, stop: threading.Event) -> Output:
        arguments = tool_input if isinstance(tool_input, dict) else {}
        try:
            return output_of(self.server.call(self.name, arguments, stop))
        except RpcError as error:
            return self._failed(f"answered: {error.message}")
        except ServerGone as error:
            return self._failed(f"is gone: {error}")
        except Unreached as error:
            return self._failed(f"did not answer: {error}")
        except NoReply:
            what = f"timed out after {self.seconds:g} s"
            return Output(what, Status.TIMED_OUT, what)

    def _failed(self, how: str) -> Output:
        what = without(self.secrets, f"the MCP server {self.server.name} {how}")
        return Output(what, Status.FAILED, " ".join(what.split())[:200])


@dataclass(slots=True)
class Running:
    """A server that was started, and the tools that it has."""

    entry: ServerEntry
    server: McpServer
    tools: list[ToolSpec] = field(default_factory=list)


class McpServers:
    """The servers of one run, by name. Close it: they are processes, or hold sessions."""

    def __init__(
        self,
        connect_remote: ConnectRemote,
        *,
        introduce: Callable[[ServerEntry], None] = lambda entry: None,
        on_progress: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`introduce` is given every server that is read, and may refuse it; `on_progress` is told
        what calls report, on any thread."""
        self._connect_remote = connect_remote
        self._introduce = introduce
        self._on_progress = on_progress
        self._running: dict[str, Running] = {}
        self._waiting: list[ServerEntry] = []

    @property
    def running(self) -> Sequence[Running]:
        return [*self._running.values()]

    @property
    def tools(self) -> list[ToolSpec]:
        """The tools of all servers; where two have one name, the first of them."""
        found: dict[str | None, ToolSpec] = {}
        for one in self._running.values():
            for tool in one.tools:
                found.setdefault(tool.name, tool)
        return [*found.values()]

    def read(self, specs: Iterable[str]) -> None:
        """Read which servers `specs`, FILE or FILE:SERVER, name, and start none yet.

        Raises ConfigError and InputUnreadable; UsageError where two have one name.
        """
        entries = [entry for spec in specs for entry in server_entries(spec, os.environ)]
        self._check_names(entries)
        for entry in entries:
            self._introduce(entry)
        self._waiting += entries

    def start(self) -> list[str]:
        """Start the servers that were read; return notices for the user.

        A server that cannot be started is left out, and a notice says so.
        """
        entries, self._waiting = self._waiting, []
        started = [Running(entry, self._server(entry)) for entry in entries]
        self._running |= {one.entry.name: one for one in started}
        try:
            return _list_all(started)
        except BaseException:
            for one in started:
                one.tools = []
            raise
        finally:
            for one in started:
                if not one.tools:
                    self._running.pop(one.entry.name)
                    one.server.close()

    def drop(self, name: str) -> None:
        """End a server. Raises UsageError where there is none of that name."""
        one = self._running.pop(name, None)
        if one is None:
            known = ", ".join(self._running) or "none"
            raise UsageError(f"no MCP server {name} is running", hint=f"running: {known}")
        one.server.close()

    @property
    def have_changed(self) -> bool:
        """Whether a server said that its tools are others now."""
        return any(one.server.tools_changed for one in self._running.values())

    def refresh(self) -> list[str]:
        """Ask the servers that changed their tools what they have now; return notices."""
        return _list_all([one for one in self._running.values() if one.server.tools_changed])

    def behind(self, tool: str) -> str | None:
        """What runs a tool, in words for the user; None for one of no server."""
        for one in self._running.values():
            if any(spec.name == tool for spec in one.tools):
                return f"the MCP server {one.entry.name} is {one.entry.shown}"
        return None

    def close(self) -> None:
        """End all servers, at the same time: each may take its seconds."""
        servers = [one.server for one in self._running.values()]
        self._running.clear()
        if servers:
            with ThreadPoolExecutor(len(servers)) as pool:
                for server in servers:
                    pool.submit(server.close)

    def _server(self, entry: ServerEntry) -> McpServer:
        def connect(heard: Heard) -> Channel:
            if isinstance(entry.place, Remote):
                return self._connect_remote(entry.place, heard)
            return StdioChannel(entry.place, heard)

        return McpServer(entry.name, connect, seconds=entry.seconds, on_progress=self._on_progress)

    def _check_names(self, entries: Iterable[ServerEntry]) -> None:
        seen = {*self._running, *(entry.name for entry in self._waiting)}
        for entry in entries:
            if entry.name in seen:
                hint = "--mcp FILE:SERVER"
                raise UsageError(f"two MCP servers are called {entry.name}", hint=hint)
            seen.add(entry.name)


def _list_all(servers: Sequence[Running]) -> list[str]:
    """Ask each server for its tools, and return notices. An interrupt ends the asking."""
    stop = threading.Event()
    with ThreadPoolExecutor(STARTED_AT_ONCE) as pool:
        try:
            notes = [*pool.map(lambda one: _list(one, stop), servers)]
        finally:
            stop.set()
    return [note for of_server in notes for note in of_server]


def _list(one: Running, stop: threading.Event) -> list[str]:
    name = one.entry.name
    try:
        described = one.server.tools(stop)
    except (ServerGone, Unreached, RpcError, NoReply) as error:
        one.tools = []
        return [f"the MCP server {name} is left out: {str(error) or 'it did not answer in time'}"]
    mapped, notes = map_tools(name, described[:MOST_TOOLS])
    if len(described) > MOST_TOOLS:
        notes.append(f"{name} has more than {MOST_TOOLS:,} tools: the first of them are offered")
    entry = one.entry
    one.tools = [
        ToolSpec(
            definition,
            McpTool(one.server, its_name, entry.seconds, entry.place.secrets),
            entry.shown,
        )
        for its_name, definition in mapped
    ]
    return notes if one.tools else [*notes, f"the MCP server {name} has no tools"]
