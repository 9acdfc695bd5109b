"""What a `batch` command line asks for, and the job on which it is carried out."""

from dataclasses import dataclass, field
from pathlib import Path

from claude_cli.api.client import ApiClient
from claude_cli.commandline.flags.batch import LiveFlags, ResultFlags, RowFlags, SendFlags
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.output import VerbosityFlags
from claude_cli.commandline.flags.question import ContentFlags, ToolFlags
from claude_cli.commandline.flags.request import RequestFlags
from claude_cli.jobs.store import Job
from claude_cli.ui.notices import Notices


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """A command line of `batch run`, or of `batch submit`, which has none of the last three."""

    input: str | None
    words: list[str]
    rows: RowFlags
    content: ContentFlags
    request: RequestFlags
    tools: ToolFlags
    send: SendFlags
    verbosity: VerbosityFlags
    connection: ConnectionFlags
    live: LiveFlags = field(default_factory=LiveFlags)
    results: ResultFlags = field(default_factory=ResultFlags)
    poll: float = 60.0
    """Seconds between two looks at a batch."""

    @property
    def input_path(self) -> str | None:
        """INPUT as an absolute path; None for stdin and --each."""
        if self.rows.each is not None or self.input in (None, "-"):
            return None
        return str(Path(str(self.input)).absolute())


@dataclass(frozen=True, slots=True)
class Run:
    """A job at work: the command line that asked for it, the client, and where notices go."""

    asked: BatchAsked
    client: ApiClient
    job: Job
    notices: Notices
