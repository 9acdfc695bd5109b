"""The rows of a batch: where they come from, how they are sent, where the results go."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

import typer

from claude_cli.commandline.completion_kinds import one_of
from claude_cli.commandline.flags.connection import ConnectionFlags
from claude_cli.commandline.flags.marks import EVERYDAY, ONCE, PATH, in_panel
from claude_cli.commandline.flags.output import Budget, VerbosityFlags
from claude_cli.commandline.flags.question import ContentFlags, ToolFlags
from claude_cli.commandline.flags.request import RequestFlags

Option = typer.Option

Fault = Literal["failed", "refused", "cut", "mismatched"]
"""What can be wrong with the answer to a row, the worst first: of a refusal there is little to use,
of a cut answer more. `mismatched`: it does not fit --schema."""

FAULTS: tuple[Fault, ...] = get_args(Fault)

Input = Annotated[
    str | None,
    typer.Argument(
        metavar="[INPUT]", show_default=False, help="A JSONL, CSV, TSV or text file; - is stdin."
    ),
    PATH,
]
RowPrompt = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROMPT]...", show_default=False, help="The question; {field} is the row's."
    ),
    PATH,
]
Poll = Annotated[
    float,
    Option(
        "--poll", metavar="SECONDS", min=0.01, max=86_400, help="Longest pause between two looks."
    ),
    EVERYDAY,
]


Resubmit = Annotated[
    Literal["failed", "all"] | None,
    Option(
        "--resubmit",
        rich_help_panel="Guards",
        help="Send rows of this job again, and pay for them again; failed is `batch retry` "
        "with --only failed.",
    ),
]
Only = Annotated[
    str | None,
    Option(
        "--only",
        metavar="KIND,...",
        autocompletion=one_of(*FAULTS),
        help=f"Which rows: {', '.join(FAULTS[:-1])} or {FAULTS[-1]} (does not fit --schema). "
        "Default: all of these.",
    ),
    EVERYDAY,
]


class RetryFlags(NamedTuple):
    """What a retry asks once more."""

    only: Only = None
    resubmit: Annotated[
        Literal["failed"] | None,
        Option(
            "--resubmit",
            rich_help_panel="Guards",
            help="Where the batch of an earlier retry got lost, send its rows once more; there "
            "may be two bills.",
        ),
    ] = None


@in_panel("Rows")
class RowFlags(NamedTuple):
    """Where the rows of a batch come from."""

    input_kind: Annotated[
        Literal["jsonl", "csv", "tsv", "lines"] | None,
        Option("--input", help="What INPUT is. Default: by its suffix, else by its first line."),
        EVERYDAY,
    ] = None
    each: Annotated[
        str | None,
        Option(
            "--each",
            metavar="GLOB|FOLDER",
            help="In place of INPUT: one request for each file, which is attached.",
        ),
        EVERYDAY,
        PATH,
    ] = None
    id_field: Annotated[
        str | None,
        Option("--id-field", metavar="NAME", help="The field that is the custom_id of a row."),
    ] = None


@in_panel("Guards")
class SendFlags(NamedTuple):
    """What stands between the rows and the bill, and what may be sent again."""

    dry_run: Annotated[
        bool,
        Option("--dry-run", help="Print the requests as JSONL and send nothing."),
        EVERYDAY,
        ONCE,
    ] = False
    max_cost: Annotated[
        float | None,
        Option("--max-cost", metavar="USD", min=0, help="Refuse what could cost more."),
        EVERYDAY,
    ] = None
    budget: Budget = None
    adopt: Annotated[
        str | None,
        Option("--adopt", metavar="BATCH", help="The batch of this job whose reply got lost."),
    ] = None
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line."""


@in_panel("Live")
class LiveFlags(NamedTuple):
    """Answers now, at full price."""

    live: Annotated[
        bool,
        Option("--live", help="Ask row by row, now and at full price, not as a batch."),
        EVERYDAY,
        ONCE,
    ] = False
    concurrency: Annotated[
        int, Option("--concurrency", metavar="N", min=1, max=256, help="Rows at a time.")
    ] = 8


@in_panel("Output")
class ResultFlags(NamedTuple):
    """Where the results of a batch go, and what is noted of them."""

    output: Annotated[
        str | None,
        Option("-O", "--output", metavar="OUT", help="A file. Default: stdout."),
        EVERYDAY,
        PATH,
    ] = None
    result_format: Annotated[
        Literal["jsonl", "csv", "text"],
        Option("--format", help="The API's results, a table with the input's columns, or answers."),
        EVERYDAY,
    ] = "jsonl"
    ledger: Annotated[
        bool, Option("--ledger/--no-ledger", help="Note the cost in the ledger (see `usage`).")
    ] = True
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line."""


class BatchAsked(NamedTuple):
    """A command line of `batch run`: its groups, in the order of the help. `batch submit` has no
    `live`, `results` and `poll`: they are as if unset."""

    input: Input = None
    prompt: RowPrompt = None
    rows: RowFlags = RowFlags()
    content: ContentFlags = ContentFlags()
    request: RequestFlags = RequestFlags()
    tools: ToolFlags = ToolFlags()
    send: SendFlags = SendFlags()
    live: LiveFlags = LiveFlags()
    results: ResultFlags = ResultFlags()
    verbosity: VerbosityFlags = VerbosityFlags()
    connection: ConnectionFlags = ConnectionFlags()
    resubmit: Resubmit = None
    poll: Poll = 60.0

    @property
    def words(self) -> list[str]:
        return self.prompt or []

    @property
    def input_path(self) -> str | None:
        """INPUT as an absolute path; None for stdin and --each."""
        if self.rows.each is not None or self.input in (None, "-"):
            return None
        return str(Path(str(self.input)).absolute())

    @property
    def keeps_ledger(self) -> bool:
        """Whether the cost is noted; what no API answered has none."""
        return self.results.ledger and not self.connection.is_free

    @property
    def pause(self) -> float:
        """Seconds between two looks at a batch, at most."""
        return self.connection.pace(self.poll)
