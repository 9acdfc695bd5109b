"""The tools of one run: loaded for a model, approved by the user, run, and told on stderr."""

import json
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.question import McpFlags, ToolFlags
from claude_cli.config import Config
from claude_cli.errors import ConfigError, UsageError
from claude_cli.models import catalog
from claude_cli.types import ContentBlock, JSONValue, Message, RequestBody
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.tools.consent import Approvals, Ask, Decision, Verdict
    from claude_cli.tools.mcp.connector import Complete, Connectors
    from claude_cli.tools.mcp.servers import McpServers, Running
    from claude_cli.tools.specs import Toolbox
    from claude_cli.tools.tool import ToolOutcome, ToolSpec

SERVER_TOOLS = ("web_search", "web_fetch", "code_execution")
SHORT_INPUT = 80

Done = TypeVar("Done")


class Tools:
    """What `-T`, `--mcp` and `--mcp-url` named. Close it: files and servers are processes."""

    def __init__(
        self,
        flags: ToolFlags,
        connection: ConnectionFlags,
        notices: Notices,
        mcp: McpFlags | None = None,
    ) -> None:
        self.max_turns = flags.max_turns
        self._flags = flags
        self._connectors: Connectors | None = None
        self._connection = connection
        self._notices = notices
        self._toolbox: Toolbox | None = None
        self._approvals: Approvals | None = None
        self._servers: McpServers | None = None
        self._following = Lock()
        self.asking = Lock()
        """Held while the user is asked about a call: several turns may call at once."""
        self._met: set[str] = set()
        """What runs MCP servers and was shown to the user who was asked about a call."""
        for spec in mcp.mcp_url or () if mcp else ():
            self.connectors.add(spec)
        if mcp and mcp.mcp:  # now: no program that is started before them gets their credentials
            self._mcp.read(mcp.mcp)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._toolbox:
            self._toolbox.close()
        if self._servers:
            self._servers.close()

    @property
    def runs_any(self) -> bool:
        """Whether there is a tool that runs on this machine."""
        return bool(self._toolbox and any(tool.runner for tool in self._toolbox.tools))

    @property
    def all(self) -> Sequence["ToolSpec"]:
        """The tools that were loaded."""
        return self._toolbox.tools if self._toolbox else ()

    @property
    def servers(self) -> Sequence["Running"]:
        """The MCP servers that run."""
        return self._servers.running if self._servers else ()

    @property
    def connectors(self) -> "Connectors":
        """The MCP servers that the API is to ask; there may be more of them later."""
        if self._connectors is None:
            from claude_cli.tools.mcp.connector import TABLE, Connectors

            self._connectors = Connectors(self._connection.config.table(TABLE))
        return self._connectors

    @property
    def complete(self) -> "Complete | None":
        """Puts their tokens into a body; None where there is none."""
        return self._connectors.complete if self._connectors else None

    def name_connectors(self, body: RequestBody) -> None:
        """Name them in a request."""
        if self._connectors:
            self._connectors.put_into(body)

    def definitions(self, model: str) -> list[dict[str, Any]] | None:
        """Load the tools as `model` takes them, and return the request's `tools`; None where
        nobody named any. What servers changed meanwhile is followed.

        Raises UsageError, InputError and InputUnreadable for what is no tool, ConfigError for what
        is no MCP server.
        """
        if self._toolbox is None:
            if not (self._flags.tool or self._servers):
                return None
            self._load(model)
        else:
            self._follow()
        assert self._toolbox
        return self._toolbox.definitions

    def start_servers(self, specs: Sequence[str]) -> None:
        """Start MCP servers; raises as `McpServers.read`."""
        self._mcp.read(specs)
        self._tell(self._spinning(self._mcp.start))

    def end_server(self, name: str) -> None:
        """End an MCP server, or name it no more to the API. Raises UsageError where there is none
        of that name."""
        if self._connectors and self._connectors.drop(name):
            return
        if self._servers is None:
            raise UsageError("no MCP server is running", hint="--mcp FILE starts some")
        self._servers.drop(name)

    def followed(self, offered: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The tools of a request, with those of servers that changed theirs as they are now."""
        with self._following:
            before = self._of_servers()
            if not self._follow():
                return offered
            now = self._of_servers()
        names = [tool.get("name") for tool in offered]
        kept = [
            now.get(name, tool)
            for name, tool in zip(names, offered, strict=True)
            if name in now or name not in before
        ]
        return [*kept, *(tool for name, tool in now.items() if name not in names)]

    def runnable_calls(self, message: Message) -> list[ContentBlock]:
        """The calls that wait for a result, if all can run here; else none."""
        calls = [block for block in message.get("content", []) if block["type"] == "tool_use"]
        toolbox = self._toolbox
        if toolbox is None or not all(toolbox.can_run(call.get("name", "")) for call in calls):
            return []
        return calls

    def answer(self, calls: list[ContentBlock]) -> tuple[list[ContentBlock], bool]:
        """Ask for consent, run the calls, report them. Returns the results, and whether the user
        wants to stop."""
        from claude_cli.tools.runner import run_calls
        from claude_cli.tools.tool import Status

        assert self._toolbox and self._approvals, "only the calls of loaded tools come here"
        tools = self._toolbox.tools
        outcomes = self._spinning(lambda: run_calls(tools, calls, self._decide))
        with self.asking:
            for call, outcome in zip(calls, outcomes, strict=True):
                self._notices.notice(_line(call, outcome))
        quits = any(outcome.status is Status.QUIT for outcome in outcomes)
        return [outcome.block for outcome in outcomes], quits

    def _load(self, model: str) -> None:
        from claude_cli.tools.specs import load_tools

        self._approvals = _approvals(self._flags.approve, self._connection.config, self._ask)
        newest = {name: catalog.server_tool(name, model) for name in SERVER_TOOLS}
        known = {name: fields for name, fields in newest.items() if fields}
        self._toolbox = load_tools(self._flags.tool or (), known, lambda: self._servers)
        self._tell(self._toolbox.notices)
        if self._servers:
            self._tell(self._spinning(self._servers.start))

    @property
    def _mcp(self) -> "McpServers":
        """The MCP servers of the run; there may be none yet."""
        if self._servers is None:
            from claude_cli.turn.mcp import mcp_servers

            self._servers = mcp_servers(self._connection, self._notices)
        return self._servers

    def _follow(self) -> bool:
        """Ask servers that changed their tools what they have now; return whether any did."""
        servers = self._servers
        if servers is None or not servers.have_changed:
            return False
        self._tell(self._spinning(servers.refresh))
        return True

    def _of_servers(self) -> dict[str | None, dict[str, Any]]:
        """Definitions by name."""
        return {t.name: t.definition for t in self._servers.tools} if self._servers else {}

    def _decide(self, name: str, tool_input: JSONValue) -> "Verdict":
        """The spinner is no neighbour for a question."""
        assert self._approvals
        with self.asking:
            self._notices.spinner.stop()
            self._notices.status_line.erase()  # the bar of a comparison
            verdict = self._approvals.decide(name, tool_input)
            self._notices.spinner.start()
            return verdict

    def _ask(self, name: str, tool_input: JSONValue) -> "Decision":
        """Ask the user; what runs an MCP server is shown before its first call."""
        from claude_cli.tools.consent import Decision
        from claude_cli.ui.editor.consent import ask_user

        behind = self._servers.behind(name) if self._servers else None
        about = behind if behind and behind not in self._met else None
        if behind:
            self._met.add(behind)
        return Decision(ask_user(name, tool_input, about))

    def _spinning(self, work: Callable[[], Done]) -> Done:
        """A sign of life while `work` takes its time."""
        self._notices.spinner.start()
        try:
            return work()
        finally:
            self._notices.spinner.stop()

    def _tell(self, notes: Iterable[str]) -> None:
        for note in notes:
            self._notices.notice(note)


def _approvals(policy: str, config: Config, ask: "Ask") -> "Approvals":
    """The rules of `--approve` and of the config file. Raises ConfigError where one is none."""
    from claude_cli.tools.consent import Approvals
    from claude_cli.ui.editor.consent import can_ask

    rules = config.table("tools").get("approve", {})
    if not isinstance(rules, dict):
        raise ConfigError(f"{config.path}: tools.approve is no table", hint="[tools.approve]")
    try:
        return Approvals(policy, rules, ask if can_ask() else None)
    except ConfigError as error:
        raise ConfigError(f"{config.path}: {error.message}") from error


def _line(call: ContentBlock, outcome: "ToolOutcome") -> str:
    short = json.dumps(call.get("input"), ensure_ascii=False)
    if len(short) > SHORT_INPUT:
        short = short[: SHORT_INPUT - 1] + "…"
    ended = outcome.status.value + (f": {outcome.detail}" if outcome.detail else "")
    return f"{outcome.name} {short} · {outcome.seconds:.1f} s · {ended}"
