"""A command line that asks, as one value: what `ask`, `stream`, `chat` and `count` share."""

from dataclasses import dataclass, field

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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Asked:
    """Its groups, in the order of the help; one that a command does not have is as if unset."""

    prompt: Prompt = None
    content: ContentFlags = field(default_factory=ContentFlags)
    request: RequestFlags = field(default_factory=RequestFlags)
    tools: ToolFlags = field(default_factory=ToolFlags)
    mcp: McpFlags = field(default_factory=McpFlags)
    session: SessionFlags = field(default_factory=SessionFlags)
    guard: SpendingFlags = field(default_factory=SpendingFlags)
    preview: PreviewFlags = field(default_factory=PreviewFlags)
    output: OutputFlags = field(default_factory=OutputFlags)
    verbosity: VerbosityFlags = field(default_factory=VerbosityFlags)
    connection: ConnectionFlags = field(default_factory=ConnectionFlags)
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
