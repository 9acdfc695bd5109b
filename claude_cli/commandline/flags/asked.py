"""A command line that asks, as one value: what `ask`, `stream`, `chat` and `count` share."""

from typing import NamedTuple

from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.marks import flags_of
from claude_cli.commandline.flags.output import (
    OutputFlags,
    PreviewFlags,
    SpendingFlags,
    VerbosityFlags,
)
from claude_cli.commandline.flags.question import (
    ContentFlags,
    McpFlags,
    Prompt,
    SessionFlags,
    ToolFlags,
)
from claude_cli.commandline.flags.request import RequestFlags


class Asked(NamedTuple):
    """Its groups, in the order of the help; one that a command does not have is as if unset."""

    prompt: Prompt = None
    content: ContentFlags = ContentFlags()
    request: RequestFlags = RequestFlags()
    tools: ToolFlags = ToolFlags()
    mcp: McpFlags = McpFlags()
    session: SessionFlags = SessionFlags()
    guard: SpendingFlags = SpendingFlags()
    preview: PreviewFlags = PreviewFlags()
    output: OutputFlags = OutputFlags()
    verbosity: VerbosityFlags = VerbosityFlags()
    connection: ConnectionFlags = ConnectionFlags()
    given: frozenset[str] = frozenset()
    """Flags of all its groups that were typed on the command line."""

    @property
    def words(self) -> list[str]:
        return self.prompt or []

    @property
    def keeps_ledger(self) -> bool:
        """Whether the cost is noted; what no API answered has none."""
        return self.guard.ledger and not self.connection.is_free


def flag_names() -> set[str]:
    """The parameter names of every flag that a group has, those of `batch` and `chat` too."""
    from claude_cli.commandline.flags.batch import BatchAsked
    from claude_cli.commandline.flags.question import ChatFlags

    return {flag.name for group in (Asked, ChatFlags, BatchAsked) for flag in flags_of(group)}
