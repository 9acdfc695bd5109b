"""`sessions`: saved conversations."""

from typing import Annotated, Literal

import typer

from claude_cli.commandline.completion_kinds import offered
from claude_cli.commandline.flags.marks import PATH
from claude_cli.commandline.flags.output import ListingFormat, Theme, VerbosityFlags
from claude_cli.commandline.signature import command_group, expand_flags

app = command_group(
    "List, search and keep saved conversations.",
    example="claude-cli sessions search tide",
)

Argument = typer.Argument
Option = typer.Option
Session = Annotated[
    str,
    Argument(
        metavar="NAME_OR_ID",
        help="A name, an id, the start of one, or a path.",
        autocompletion=offered("sessions"),
    ),
    PATH,
]
Sessions = Annotated[
    list[str],
    Argument(metavar="NAME_OR_ID...", help="Names or ids.", autocompletion=offered("sessions")),
    PATH,
]


@app.command("list")
@expand_flags
def list_sessions(
    verbosity: VerbosityFlags,
    last: Annotated[
        int | None,
        Option("--last", metavar="N", min=1, help="Only the last N. Default: 20 on a terminal."),
    ] = None,
    everything: Annotated[
        bool, Option("--all", help="All of them, those without an answer too.")
    ] = False,
    named: Annotated[bool, Option("--named", help="Only those that have a name.")] = False,
    since: Annotated[
        str | None, Option("--since", metavar="WHEN", help="Used since 2026-11-30, or 7d, 12h.")
    ] = None,
    listing_format: ListingFormat = "table",
) -> None:
    """List the sessions that have an answer, the one used last first."""
    from claude_cli.flow.sessions.listing import Chosen, list_sessions
    from claude_cli.ui.notices import Notices

    chosen = Chosen(last, everything, named, since)
    list_sessions(chosen, listing_format, Notices(verbosity.level))


@app.command("show")
@expand_flags
def show_session(
    session: Session,
    verbosity: VerbosityFlags,
    raw: Annotated[bool, Option("--raw", help="Markdown as it is.")] = False,
    listing_format: Annotated[
        Literal["table", "json"],
        Option("--format", help="The conversation as Markdown; or its records."),
    ] = "table",
    theme: Theme = None,
) -> None:
    """Show a conversation; NAME:7 shows its seventh turn alone."""
    from claude_cli.flow.sessions.reading import show_session
    from claude_cli.ui.notices import Notices

    show_session(session, raw, listing_format, theme, Notices(verbosity.level))


@app.command("search")
@expand_flags
def search_sessions(
    words: Annotated[list[str], Argument(metavar="WORDS...", help="What was said.")],
    verbosity: VerbosityFlags,
    listing_format: ListingFormat = "table",
) -> None:
    """Find words in every turn of every session; show takes what is printed: NAME:7."""
    from claude_cli.flow.sessions.finding import search_sessions

    raise typer.Exit(search_sessions(words, listing_format))


@app.command("rename")
@expand_flags
def rename_session(
    session: Session,
    name: Annotated[str, Argument(metavar="NAME", help="Its new name.")],
    verbosity: VerbosityFlags,
) -> None:
    """Give a session a name."""
    from claude_cli.flow.sessions.changing import rename_session

    rename_session(session, name)


@app.command("fork")
@expand_flags
def fork_session(
    session: Session,
    verbosity: VerbosityFlags,
    name: Annotated[str | None, Option("--name", metavar="NAME", help="Name it.")] = None,
    at: Annotated[
        int | None, Option("--at", metavar="N", min=1, help="Only as far as the Nth turn.")
    ] = None,
) -> None:
    """Copy a conversation into a new session and print its id."""
    from claude_cli.flow.sessions.changing import fork_session

    fork_session(session, name, at)


@app.command("export")
@expand_flags
def export_session(
    session: Session,
    verbosity: VerbosityFlags,
    path: Annotated[
        str | None,
        Argument(metavar="[FILE]", help="A new .md, .html or .json; - is stdout."),
        PATH,
    ] = None,
    export_format: Annotated[
        Literal["markdown", "html", "json"] | None,
        Option("--format", help="Default: by the suffix, else markdown."),
    ] = None,
) -> None:
    """Write a conversation as Markdown, as one HTML page, or as JSON."""
    from claude_cli.flow.sessions.reading import export_session
    from claude_cli.ui.notices import Notices

    export_session(session, path, export_format, Notices(verbosity.level))


@app.command("check")
@expand_flags
def check_sessions(
    verbosity: VerbosityFlags,
    sessions: Annotated[
        list[str] | None, Argument(metavar="[NAME_OR_ID]...", help="Default: all."), PATH
    ] = None,
) -> None:
    """Look for torn lines, missing parents, circles and lost attachments; exit 65 for any."""
    from claude_cli.flow.sessions.changing import check_sessions

    raise typer.Exit(check_sessions(sessions or []))


@app.command("delete")
@expand_flags
def delete_sessions(sessions: Sessions, verbosity: VerbosityFlags) -> None:
    """Delete sessions and the attachments that only they have."""
    from claude_cli.flow.sessions.changing import delete_sessions
    from claude_cli.ui.notices import Notices

    delete_sessions(sessions, Notices(verbosity.level))


@app.command("prune")
@expand_flags
def prune_sessions(
    older_than: Annotated[
        str, Option("--older-than", metavar="AGE", help="Not used for 30d, 2w, 12h.")
    ],
    verbosity: VerbosityFlags,
    yes: Annotated[bool, Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the sessions that were not used for a while, and those without an answer."""
    from claude_cli.flow.sessions.changing import prune_sessions
    from claude_cli.ui.notices import Notices

    prune_sessions(older_than, yes, Notices(verbosity.level))
