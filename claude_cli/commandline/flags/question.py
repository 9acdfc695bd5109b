"""What is asked, in which session, and with which tools."""

from typing import Annotated, Literal, NamedTuple

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.defaults import select_template
from claude_cli.commandline.flags.marks import (
    EVERYDAY,
    HARMLESS,
    ONCE,
    ONE_ONLY,
    PATH,
    SYSTEM,
    Body,
    Excludes,
    InChat,
    in_panel,
)
from claude_cli.config import NO_CONFIG, Config

Option = typer.Option

Prompt = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROMPT]...", show_default=False, help="The question; - reads it from stdin."
    ),
    PATH,  # decoded as a whole, where it is read
]

ToolSpecs = Annotated[
    list[str] | None,
    Option(
        "-T",
        "--tool",
        metavar="SPEC",
        help="web_search, web_fetch, code_execution; a *.toml, *.json or *.py file "
        "of tools to run here (repeatable).",
    ),
    PATH,
]

McpSpecs = Annotated[
    list[str] | None,
    Option(
        "--mcp",
        metavar="FILE[:SERVER]",
        help="Start the MCP servers of an mcpServers file, or one of them, and offer their "
        "tools (repeatable).",
    ),
    PATH,
]


@in_panel("What is asked")
class ContentFlags(NamedTuple):
    """What is asked: the parts of the user turn and what surrounds it."""

    attach: Annotated[
        list[str] | None,
        Option(
            "-a",
            "--attach",
            metavar="SPEC",
            help="Attach a file, a folder, a quoted pattern ('scans/*.pdf'), an https:// URL, "
            "a file_… id, clip: for the clipboard or - for stdin (repeatable). "
            "SPEC;type=MIME says what it is, "
            "PDF;pages=3-9,12 takes these pages, IMAGE;fit=no leaves it as it is, "
            "file_…;as=container is for code.",
        ),
        EVERYDAY,
        PATH,
        ONCE,
        InChat("/attach"),
    ] = None
    files_from: Annotated[
        str | None,
        Option(
            "--files-from",
            metavar="FILE",
            help="Attach the files that FILE names, a line or a NUL each; - is stdin.",
        ),
        PATH,
        ONCE,
    ] = None
    system: Annotated[
        str | None,
        Option("-s", "--system", metavar="TEXT", help="System prompt; @PATH reads a file."),
        EVERYDAY,
        Body("system"),
        SYSTEM,
        ONE_ONLY,
        HARMLESS,
        InChat("/system"),
    ] = None
    prefill: Annotated[
        str | None,
        Option("--prefill", metavar="TEXT", help="The start of the answer, for older models."),
        HARMLESS,
    ] = None
    edit: Annotated[
        bool, Option("-e", "--edit", help="Write the prompt in $VISUAL or $EDITOR."), ONCE
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
        PATH,
        ONCE,
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
            help="A saved prompt and its flags (see `templates`); none switches the config's off.",
        ),
        PATH,
    ] = None
    field: Annotated[
        list[str] | None,
        Option(
            "-p", "--field", metavar="NAME=VALUE", help="Fill {NAME} of the template (repeatable)."
        ),
        ONCE,
    ] = None
    given: frozenset[str] = frozenset()
    """Fields that were typed on the command line: they outrank --body and a session. Also `--`."""
    config: Config = NO_CONFIG


@in_panel("Tools")
class ToolFlags(NamedTuple):
    """Which tools the model may call, and what may run here."""

    tool: ToolSpecs = None
    approve: Annotated[
        Literal["ask", "always", "never"],
        Option("--approve", help="Whether a call may run on this machine."),
    ] = "ask"
    max_turns: Annotated[
        int, Option("--max-turns", metavar="N", min=1, help="Most requests of one tool loop.")
    ] = 10


@in_panel("Tools")
class McpFlags(NamedTuple):
    """Whose tools the model may call too; not in a batch, where nothing runs here."""

    mcp: McpSpecs = None
    mcp_url: Annotated[
        list[str] | None,
        Option(
            "--mcp-url",
            metavar="NAME=URL",
            help="Let the API ask this MCP server (repeatable); [mcp-url.NAME] has its token.",
        ),
        ONCE,
        InChat("/mcp"),
    ] = None


@in_panel("Session")
class SessionFlags(NamedTuple):
    """Which conversation a turn belongs to."""

    continue_: Annotated[
        bool,
        Option("-c", "--continue", help="Go on with the session answered last."),
        EVERYDAY,
        ONCE,
        Excludes(("resume",)),
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
        PATH,
        ONCE,
        InChat("/resume"),
    ] = None
    go_on: Annotated[
        bool,
        Option("--go-on", help="Without a prompt: go on with an answer that was cut."),
        ONCE,
        InChat("/continue"),
    ] = False
    name: Annotated[
        str | None,
        Option("--name", metavar="NAME", help="Name the new session."),
        EVERYDAY,
        ONCE,
        InChat("/name"),
        Excludes(("no_save",)),
    ] = None
    fork: Annotated[
        bool,
        Option("--fork", help="Go on in a copy of the session."),
        ONCE,
        InChat("/fork"),
        Excludes(("no_save",)),
    ] = False
    history: Annotated[
        int | None,
        Option("--history", metavar="N", min=0, help="Send only the last N turns before this one."),
        InChat("/clear"),
    ] = None
    no_save: Annotated[
        bool, Option("-n", "--no-save", help="Keep nothing of this turn."), EVERYDAY
    ] = False


@in_panel("Chat")
class ChatFlags(NamedTuple):
    """What only `chat` has."""

    keep_going: Annotated[
        bool,
        Option("--keep-going", help="In a pipe: go on after a failure, end with its exit code."),
    ] = False
    no_history: Annotated[
        bool, Option("--no-history", help="Do not remember what is typed for later chats.")
    ] = False
    keys: Annotated[Literal["emacs", "vi"], Option("--keys", help="The keys that edit a line.")] = (
        "emacs"
    )
    pick: Annotated[
        bool,
        Option("--pick", help="Choose the session from a list that narrows as you type."),
        ONCE,
        Excludes(("continue_", "resume")),
    ] = False
