"""The flags that commands share, as frozen dataclasses.

A group says what was typed (or came from the environment or the config file), not what it means:
`request.py` and the workers give it meaning. Unset is `None`, so that it is never sent. Groups
have neither `==` nor a `repr` of their own: making those costs every start of the program 2 ms.
"""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.defaults import select_profile, select_template
from claude_cli.commandline.help import EVERYDAY
from claude_cli.errors import UsageError

Option = typer.Option

Prompt = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROMPT]...", show_default=False, help="The question; - reads it from stdin."
    ),
]
Format = Literal["markdown", "text", "json", "events"]


@dataclass(frozen=True, eq=False, repr=False)
class ContentFlags:
    """What is asked: the parts of the user turn and what surrounds it."""

    panel: ClassVar[str] = "What is asked"

    attach: Annotated[
        list[str] | None,
        Option(
            "-a",
            "--attach",
            metavar="SPEC",
            help="Attach a file, an https:// URL, a file_… id or - for stdin; "
            "SPEC;type=MIME says what it is (repeatable).",
        ),
        EVERYDAY,
    ] = None
    system: Annotated[
        str | None,
        Option("-s", "--system", metavar="TEXT", help="System prompt; @PATH reads a file."),
        EVERYDAY,
    ] = None
    prefill: Annotated[
        str | None,
        Option("--prefill", metavar="TEXT", help="The start of the answer, for older models."),
    ] = None
    edit: Annotated[
        bool, Option("-e", "--edit", help="Write the prompt in $VISUAL or $EDITOR.")
    ] = False
    no_stdin: Annotated[
        bool, Option("--no-stdin", help="Do not read stdin, even when it is a pipe.")
    ] = False
    lossy: Annotated[
        bool,
        Option("--lossy", help="Replace bytes of the input that are not UTF-8 by U+FFFD."),
    ] = False
    body: Annotated[
        str | None,
        Option("--body", metavar="FILE", help="Start from a whole request body; - is stdin."),
    ] = None
    template: Annotated[
        str | None,
        Option(
            "-t",
            "--template",
            metavar="NAME|FILE",
            is_eager=True,
            callback=select_template,
            autocompletion=offered("templates"),
            help="A saved prompt and its flags (see `templates`).",
        ),
    ] = None
    field: Annotated[
        list[str] | None,
        Option(
            "-p", "--field", metavar="NAME=VALUE", help="Fill {NAME} of the template (repeatable)."
        ),
    ] = None
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line: they outrank --body and a session."""


@dataclass(frozen=True, eq=False, repr=False)
class RequestFlags:
    """How it is answered: the parameters of the Messages API."""

    panel: ClassVar[str] = "How it is answered"

    model: Annotated[
        str | None,
        Option(
            "-m",
            "--model",
            metavar="ID",
            envvar="ANTHROPIC_MODEL",
            autocompletion=offered("models"),
            help="Model id, or opus, sonnet, haiku: the newest of that line.",
        ),
        EVERYDAY,
    ] = None
    max_tokens: Annotated[
        int | None,
        Option("--max-tokens", metavar="N", min=0, help="Longest answer. [8192]"),
        EVERYDAY,
    ] = None
    temperature: Annotated[
        float | None,
        Option("--temperature", metavar="X", min=0, max=1, help="Randomness, 0 to 1."),
        EVERYDAY,
    ] = None
    top_p: Annotated[
        float | None, Option("--top-p", metavar="X", min=0, max=1, help="Nucleus sampling.")
    ] = None
    top_k: Annotated[
        int | None, Option("--top-k", metavar="N", min=0, help="Sample from the best N tokens.")
    ] = None
    stop: Annotated[
        list[str] | None,
        Option("--stop", metavar="TEXT", help="Stop where the answer says this (repeatable)."),
    ] = None
    thinking: Annotated[
        str | None,
        Option(
            "--thinking", metavar="off|adaptive|TOKENS", help="Whether, and how long, it thinks."
        ),
        EVERYDAY,
    ] = None
    effort: Annotated[
        Literal["low", "medium", "high", "xhigh", "max"] | None,
        Option("--effort", help="How hard it tries."),
    ] = None
    schema: Annotated[
        str | None,
        Option("--schema", metavar="FILE|JSON", help="Answer as JSON that fits this JSON Schema."),
    ] = None
    tool_choice: Annotated[
        str | None,
        Option("--tool-choice", metavar="auto|any|none|NAME", help="Which tool it must call."),
    ] = None
    no_parallel_tools: Annotated[
        bool, Option("--no-parallel-tools", help="At most one tool call at a time.")
    ] = False
    cache: Annotated[
        Literal["off", "5m", "1h"] | None,
        Option("--cache", help="Cache the prompt for the next turn. Default: off; chat: 5m."),
    ] = None
    service_tier: Annotated[
        Literal["auto", "standard_only"] | None,
        Option("--service-tier", help="Priority capacity, where there is some, or standard only."),
    ] = None
    user_id: Annotated[
        str | None, Option("--user-id", metavar="ID", help="An opaque id of your end user.")
    ] = None
    param: Annotated[
        list[str] | None,
        Option(
            "-o",
            "--param",
            metavar="PATH=TEXT",
            help="Set anything in the body: a.b=text or a.0.b:=JSON; wins over all (repeatable).",
        ),
    ] = None
    strict_model: Annotated[
        bool,
        Option("--strict-model", help="Refuse what the model is known to refuse, not only warn."),
    ] = False
    no_stream: Annotated[
        bool, Option("--no-stream", help="Ask for the whole answer in one piece.")
    ] = False
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line: they outrank --body and a session."""


@dataclass(frozen=True, eq=False, repr=False)
class ToolFlags:
    """Which tools the model may call, and what may run here."""

    panel: ClassVar[str] = "Tools"

    tool: Annotated[
        list[str] | None,
        Option(
            "-T",
            "--tool",
            metavar="SPEC",
            help="web_search, web_fetch, code_execution; a *.toml, *.json or *.py file "
            "of tools to run here (repeatable).",
        ),
    ] = None
    approve: Annotated[
        Literal["ask", "always", "never"],
        Option("--approve", help="Whether a call may run on this machine."),
    ] = "ask"
    max_turns: Annotated[
        int, Option("--max-turns", metavar="N", min=1, help="Most requests of one tool loop.")
    ] = 10


@dataclass(frozen=True, eq=False, repr=False)
class SessionFlags:
    """Which conversation a turn belongs to."""

    panel: ClassVar[str] = "Session"

    continue_: Annotated[
        bool, Option("-c", "--continue", help="Go on with the last session."), EVERYDAY
    ] = False
    resume: Annotated[
        str | None,
        Option(
            "-r",
            "--resume",
            metavar="NAME_OR_ID",
            autocompletion=offered("sessions"),
            help="Go on with that session.",
        ),
        EVERYDAY,
    ] = None
    name: Annotated[
        str | None, Option("--name", metavar="NAME", help="Name the new session."), EVERYDAY
    ] = None
    fork: Annotated[bool, Option("--fork", help="Go on in a copy of the session.")] = False
    history: Annotated[
        int | None,
        Option("--history", metavar="N", min=0, help="Send only the last N turns before this one."),
    ] = None
    no_save: Annotated[
        bool, Option("-n", "--no-save", help="Keep nothing of this turn."), EVERYDAY
    ] = False


@dataclass(frozen=True, eq=False, repr=False)
class ChatFlags:
    """What only `chat` has."""

    panel: ClassVar[str] = "Chat"

    keep_going: Annotated[
        bool,
        Option("--keep-going", help="In a pipe: go on after a failure, end with its exit code."),
    ] = False
    no_history: Annotated[
        bool, Option("--no-history", help="Do not remember what is typed for later chats.")
    ] = False


@dataclass(frozen=True, eq=False, repr=False)
class SpendingFlags:
    """What an answer may cost, where that is noted, and whether one that was cut will do."""

    panel: ClassVar[str] = "Guards"

    max_cost: Annotated[
        float | None,
        Option(
            "--max-cost", metavar="USD", min=0, help="Count first; refuse what could cost more."
        ),
    ] = None
    ledger: Annotated[
        bool, Option("--ledger/--no-ledger", help="Note the cost in the ledger (see `usage`).")
    ] = True
    allow_truncated: Annotated[
        bool, Option("--allow-truncated", help="Exit 0 where an answer was cut or refused.")
    ] = False


@dataclass(frozen=True, eq=False, repr=False)
class GuardFlags(SpendingFlags):
    """What stands between the request and the bill."""

    dry_run: Annotated[
        bool, Option("--dry-run", help="Print the request body as JSON and send nothing."), EVERYDAY
    ] = False
    curl: Annotated[
        bool, Option("--curl", help="Print the request as a curl command and send nothing.")
    ] = False


@dataclass(frozen=True, eq=False, repr=False)
class OutputFlags:
    """What reaches stdout and stderr."""

    panel: ClassVar[str] = "Output"

    format: Annotated[
        Format | None,
        Option("--format", help="Default: markdown on a terminal, text otherwise."),
        EVERYDAY,
    ] = None
    extract: Annotated[
        bool, Option("-x", "--extract", help="Print the first fenced code block alone."), EVERYDAY
    ] = False
    extract_last: Annotated[
        bool, Option("--extract-last", help="Print the last fenced code block alone.")
    ] = False
    usage: Annotated[
        bool, Option("-u", "--usage", help="Tell tokens, cost and times on stderr."), EVERYDAY
    ] = False
    show_thinking: Annotated[
        bool | None,
        Option(
            "--show-thinking/--hide-thinking",
            help="Thinking on stderr. Default: shown on a terminal.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True, eq=False, repr=False)
class RowFlags:
    """Where the rows of a batch come from."""

    panel: ClassVar[str] = "Rows"

    input_kind: Annotated[
        Literal["jsonl", "csv", "tsv", "lines"] | None,
        Option("--input", help="What INPUT is. Default: by its suffix, else by its first line."),
        EVERYDAY,
    ] = None
    each: Annotated[
        str | None,
        Option("--each", metavar="GLOB", help="No INPUT: a request for each file, attached."),
        EVERYDAY,
    ] = None
    id_field: Annotated[
        str | None,
        Option("--id-field", metavar="NAME", help="The field that is the custom_id of a row."),
    ] = None


@dataclass(frozen=True, eq=False, repr=False)
class SendFlags:
    """What stands between the rows and the bill, and what may be sent again."""

    panel: ClassVar[str] = "Guards"

    dry_run: Annotated[
        bool, Option("--dry-run", help="Print the requests as JSONL and send nothing."), EVERYDAY
    ] = False
    max_cost: Annotated[
        float | None,
        Option("--max-cost", metavar="USD", min=0, help="Refuse what could cost more."),
        EVERYDAY,
    ] = None
    adopt: Annotated[
        str | None,
        Option("--adopt", metavar="BATCH", help="The batch of this job whose reply got lost."),
    ] = None
    resubmit: Annotated[
        Literal["failed", "all"] | None,
        Option("--resubmit", help="Send rows of this job again, and pay for them again."),
    ] = None


@dataclass(frozen=True, eq=False, repr=False)
class LiveFlags:
    """Answers now, at full price."""

    panel: ClassVar[str] = "Live"

    live: Annotated[
        bool,
        Option("--live", help="Ask row by row, now and at full price, not as a batch."),
        EVERYDAY,
    ] = False
    concurrency: Annotated[
        int, Option("--concurrency", metavar="N", min=1, max=256, help="Rows at a time.")
    ] = 8


@dataclass(frozen=True, eq=False, repr=False)
class ResultFlags:
    """Where the results of a batch go, and what is noted of them."""

    panel: ClassVar[str] = "Output"

    output: Annotated[
        str | None,
        Option("-O", "--output", metavar="OUT", help="A file. Default: stdout."),
        EVERYDAY,
    ] = None
    result_format: Annotated[
        Literal["jsonl", "csv", "text"],
        Option("--format", help="The API's results, a table with the input's columns, or answers."),
        EVERYDAY,
    ] = "jsonl"
    ledger: Annotated[
        bool, Option("--ledger/--no-ledger", help="Note the cost in the ledger (see `usage`).")
    ] = True


@dataclass(frozen=True, eq=False, repr=False)
class VerbosityFlags:
    """How much claude-cli says of itself on stderr; every command has these."""

    panel: ClassVar[str] = "Notices"

    quiet: Annotated[bool, Option("-q", "--quiet", help="Errors only on stderr.")] = False
    verbose: Annotated[
        bool, Option("-v", "--verbose", help="Request and response headers, secrets redacted.")
    ] = False
    debug: Annotated[bool, Option("--debug", help="Bodies too; a traceback for errors.")] = False

    @property
    def level(self) -> Literal["quiet", "normal", "verbose", "debug"]:
        """The one word for it. Raises UsageError for flags that exclude each other."""
        if self.quiet and (self.verbose or self.debug):
            raise UsageError("-q and -v exclude each other")
        if self.quiet:
            return "quiet"
        return "debug" if self.debug else "verbose" if self.verbose else "normal"


@dataclass(frozen=True, eq=False, repr=False)
class ConnectionFlags:
    """How the API is reached, and as whom."""

    panel: ClassVar[str] = "Connection"

    profile: Annotated[
        str | None,
        Option(
            "--profile",
            metavar="NAME",
            envvar="CLAUDE_CLI_PROFILE",
            is_eager=True,
            callback=select_profile,
            autocompletion=offered("profiles"),
            help="Use [profiles.NAME] of the config file.",
        ),
    ] = None
    simulate: Annotated[
        bool, Option("--simulate", help="Ask a local simulator: no key, no cost."), EVERYDAY
    ] = False
    base_url: Annotated[
        str | None,
        Option("--base-url", metavar="URL", envvar="ANTHROPIC_BASE_URL", help="Where the API is."),
    ] = None
    beta: Annotated[
        list[str] | None,
        Option("--beta", metavar="NAME", help="Switch a beta on (repeatable)."),
    ] = None
    header: Annotated[
        list[str] | None,
        Option("-H", "--header", metavar="'NAME: VALUE'", help="Send a header (repeatable)."),
    ] = None
    env_file: Annotated[
        str | None, Option("--env-file", metavar="FILE", help="Read the key from a .env file.")
    ] = None
    timeout: Annotated[
        float | None,
        Option("--timeout", metavar="SECONDS", min=0.001, help="Longest silence. [600, then 300]"),
    ] = None
    max_time: Annotated[
        float | None,
        Option("--max-time", metavar="SECONDS", min=0.001, help="Longest request, all in all."),
    ] = None
    retries: Annotated[
        int, Option("--retries", metavar="N", min=0, help="Further tries after a passing failure.")
    ] = 2
    proxy: Annotated[str | None, Option("--proxy", metavar="URL", help="HTTP proxy.")] = None
    ca_bundle: Annotated[
        str | None, Option("--ca-bundle", metavar="FILE", help="Trust these certificates.")
    ] = None
    api_version: Annotated[
        str,
        Option(
            "--api-version",
            metavar="DATE",
            envvar="ANTHROPIC_VERSION",
            help="Value of the anthropic-version header.",
        ),
    ] = "2023-06-01"
    allow_insecure_http: Annotated[
        bool,
        Option("--allow-insecure-http", help="Send the key over plain http, beyond this machine."),
    ] = False


ListingFormat = Annotated[
    Literal["table", "json"],
    Option("--format", help="A table on a terminal, tab-separated text in a pipe; or JSON."),
]


def flag_names() -> set[str]:
    """The parameter names of every flag that a group of this module has."""
    groups = [value for value in globals().values() if dataclasses.is_dataclass(value)]
    return {field.name for group in groups for field in dataclasses.fields(group)} - {"given"}
