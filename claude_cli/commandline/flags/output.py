"""What reaches stdout and stderr, what an answer may cost, and whether anything is sent."""

from typing import Annotated, Literal, NamedTuple

import typer

from claude_cli.commandline.flags.marks import (
    ANY_TYPE,
    EVERYDAY,
    HARMLESS,
    ONCE,
    PATH,
    Excludes,
    InChat,
    in_panel,
)

Option = typer.Option

Format = Literal["markdown", "text", "json", "events"]


Budget = Annotated[
    str | None,
    Option(
        "--budget",
        metavar="USD[/session|/day|/month]",
        help="Refuse what could cost more than is left of this, by the ledger.",
    ),
    ANY_TYPE,
]


@in_panel("Guards")
class SpendingFlags(NamedTuple):
    """What an answer may cost, where that is noted, and whether one that was cut will do."""

    max_cost: Annotated[
        float | None,
        Option(
            "--max-cost", metavar="USD", min=0, help="Count first; refuse what could cost more."
        ),
    ] = None
    budget: Budget = None
    ledger: Annotated[
        bool, Option("--ledger/--no-ledger", help="Note the cost in the ledger (see `usage`).")
    ] = True
    until_done: Annotated[
        bool,
        Option(
            "--until-done",
            help="Go on with an answer that is cut at max_tokens until it ends, at most "
            "--max-turns times.",
        ),
    ] = False
    allow_truncated: Annotated[
        bool, Option("--allow-truncated", help="Exit 0 where an answer was cut or refused.")
    ] = False


@in_panel("Guards")
class PreviewFlags(NamedTuple):
    """The request shown or kept, and not sent."""

    dry_run: Annotated[
        bool,
        Option("--dry-run", help="Print the request body as JSON and send nothing."),
        EVERYDAY,
        ONCE,
        Excludes(("curl",)),
    ] = False
    curl: Annotated[
        bool, Option("--curl", help="Print the request as a curl command and send nothing."), ONCE
    ] = False
    save: Annotated[
        str | None,
        Option("--save", metavar="NAME", help="Keep prompt and flags as a template; send nothing."),
        ONCE,
    ] = None


Theme = Annotated[
    str | None,
    Option("--theme", metavar="NAME", help="Code in a Pygments style, not the terminal's colours."),
]


@in_panel("Output")
class OutputFlags(NamedTuple):
    """What reaches stdout and stderr."""

    format: Annotated[
        Format | None,
        Option("--format", help="Default: markdown on a terminal, text otherwise."),
        EVERYDAY,
        HARMLESS,
    ] = None
    extract: Annotated[
        bool,
        Option("-x", "--extract", help="Print the first fenced code block alone."),
        EVERYDAY,
        HARMLESS,
        Excludes(("extract_last", "schema", "schema_list")),
    ] = False
    extract_last: Annotated[
        bool,
        Option("--extract-last", help="Print the last fenced code block alone."),
        HARMLESS,
        Excludes(("schema", "schema_list")),
    ] = False
    copy: Annotated[
        bool, Option("--copy", help="Put what is printed on the clipboard, too."), InChat("/copy")
    ] = False
    usage: Annotated[
        bool, Option("-u", "--usage", help="Tell tokens, cost and times on stderr."), EVERYDAY
    ] = False
    save_files: Annotated[
        str | None,
        Option(
            "--save-files",
            metavar="DIR",
            help="Save the files that code of the answer made in this folder.",
        ),
        PATH,
    ] = None
    show_thinking: Annotated[
        bool | None,
        Option(
            "--show-thinking/--hide-thinking",
            help="Thinking on stderr. Default: shown on a terminal.",
            show_default=False,
        ),
    ] = None
    theme: Theme = None


@in_panel("Notices")
class VerbosityFlags(NamedTuple):
    """How much claude-cli says of itself on stderr; every command has these."""

    quiet: Annotated[
        bool,
        Option("-q", "--quiet", help="Errors only on stderr."),
        Excludes(("verbose", "debug")),
    ] = False
    verbose: Annotated[
        bool, Option("-v", "--verbose", help="Request and response headers, secrets redacted.")
    ] = False
    debug: Annotated[bool, Option("--debug", help="Bodies too; a traceback for errors.")] = False

    @property
    def level(self) -> Literal["quiet", "normal", "verbose", "debug"]:
        """The one word for it."""
        if self.quiet:
            return "quiet"
        return "debug" if self.debug else "verbose" if self.verbose else "normal"


ListingFormat = Annotated[
    Literal["table", "json"],
    Option("--format", help="A table on a terminal, tab-separated text in a pipe; or JSON."),
]
DownloadTarget = Annotated[
    str, typer.Argument(metavar="[PATH]", help="A folder, a new file, or - for stdout."), PATH
]
