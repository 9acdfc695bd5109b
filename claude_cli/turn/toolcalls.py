"""The tools of one run: loaded for a model, approved by the user, run, and told on stderr."""

import json
from typing import TYPE_CHECKING, Any, Self

from claude_cli.commandline.flags.question import ToolFlags
from claude_cli.config import Config
from claude_cli.errors import ConfigError
from claude_cli.models import catalog
from claude_cli.types import ContentBlock, JSONValue, Message
from claude_cli.ui.notices import Notices

if TYPE_CHECKING:
    from claude_cli.tools.consent import Approvals, Decision
    from claude_cli.tools.specs import Toolbox
    from claude_cli.tools.tool import ToolOutcome

SERVER_TOOLS = ("web_search", "web_fetch", "code_execution")
SHORT_INPUT = 80


class Tools:
    """What `-T` named. Close it: Python files have a process of their own."""

    def __init__(self, flags: ToolFlags, config: Config, notices: Notices) -> None:
        self.max_turns = flags.max_turns
        self._flags = flags
        self._config = config
        self._notices = notices
        self._toolbox: Toolbox | None = None
        self._approvals: Approvals | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._toolbox:
            self._toolbox.close()

    @property
    def runs_any(self) -> bool:
        """Whether there is a tool that runs on this machine."""
        return bool(self._toolbox and any(tool.runner for tool in self._toolbox.tools))

    def definitions(self, model: str) -> list[dict[str, Any]]:
        """Load the tools as `model` takes them and return the request's `tools`.

        Raises UsageError, InputError and InputUnreadable for what is no tool.
        """
        if not self._flags.tool:
            return []
        if self._toolbox is None:
            from claude_cli.tools.specs import load_tools

            self._approvals = _approvals(self._flags.approve, self._config)

            newest = {name: catalog.server_tool(name, model) for name in SERVER_TOOLS}
            known = {name: fields for name, fields in newest.items() if fields}
            self._toolbox = load_tools(self._flags.tool, known)
            for notice in self._toolbox.notices:
                self._notices.notice(notice)
        return self._toolbox.definitions

    def runnable_calls(self, message: Message) -> list[ContentBlock]:
        """The calls that wait for a result, if all can run here; else none."""
        calls = [block for block in message.get("content", []) if block["type"] == "tool_use"]
        toolbox = self._toolbox
        if toolbox is None or not all(toolbox.can_run(call.get("name", "")) for call in calls):
            return []
        return calls

    def answer(self, calls: list[ContentBlock]) -> tuple[list[ContentBlock], bool]:
        """Ask, run and tell; return the results, and whether the user wants no more of this."""
        from claude_cli.tools.runner import run_calls
        from claude_cli.tools.tool import Status

        assert self._toolbox and self._approvals, "only the calls of loaded tools come here"
        outcomes = run_calls(self._toolbox.tools, calls, self._approvals.decide)
        for call, outcome in zip(calls, outcomes, strict=True):
            self._notices.notice(_line(call, outcome))
        quits = any(outcome.status is Status.QUIT for outcome in outcomes)
        return [outcome.block for outcome in outcomes], quits


def _approvals(policy: str, config: Config) -> "Approvals":
    """The rules of `--approve` and of the config file. Raises ConfigError where one is none."""
    from claude_cli.tools.consent import Approvals
    from claude_cli.ui.editor.consent import can_ask

    rules = config.table("tools").get("approve", {})
    if not isinstance(rules, dict):
        raise ConfigError(f"{config.path}: tools.approve is no table", hint="[tools.approve]")
    try:
        return Approvals(policy, rules, _ask if can_ask() else None)
    except ConfigError as error:
        raise ConfigError(f"{config.path}: {error.message}") from error


def _ask(name: str, tool_input: JSONValue) -> "Decision":
    from claude_cli.tools.consent import Decision
    from claude_cli.ui.editor.consent import ask_user

    return Decision(ask_user(name, tool_input))


def _line(call: ContentBlock, outcome: "ToolOutcome") -> str:
    short = json.dumps(call.get("input"), ensure_ascii=False)
    if len(short) > SHORT_INPUT:
        short = short[: SHORT_INPUT - 1] + "…"
    ended = outcome.status.value + (f": {outcome.detail}" if outcome.detail else "")
    return f"{outcome.name} {short} · {outcome.seconds:.1f} s · {ended}"
