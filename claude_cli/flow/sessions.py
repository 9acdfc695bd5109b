"""What `sessions` does with saved conversations: list, show, search, change, check, delete."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from claude_cli.errors import ExitCode, InputUnreadable, UsageError
from claude_cli.session.check import check
from claude_cli.session.export import to_json, to_markdown
from claude_cli.session.journal import Session
from claude_cli.session.search import Match, search
from claude_cli.session.store import Store
from claude_cli.session.summary import Summary
from claude_cli.turn.export import EXPORTS, ExportFormat, write_export
from claude_cli.ui.editor.question import somebody_types
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import escape_json, sanitize, sanitize_line
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import Column, Columns, ListFormat, print_rows
from claude_cli.ui.terminal import Terminal, describe_stdout

COLUMNS: Columns = {
    "id": "SESSION",
    "name": Column("NAME", spare=1),
    "title": Column("FIRST PROMPT", cut="end"),
    "turns": Column("TURNS", right=True, spare=3),
    "model": Column("MODEL", spare=4),
    "tokens": Column("TOKENS", right=True, spare=5),
    "modified": Column("LAST USED", spare=2),
}
UNITS = {"d": 86400, "w": 7 * 86400, "h": 3600}


def list_sessions(format: ListFormat) -> None:
    """Print all sessions, the one that was used last first."""
    print_rows((_row(summary) for summary in Store().summaries()), COLUMNS, format)


def show_session(spec: str, raw: bool, format: ListFormat, notices: Notices) -> None:
    """Print a conversation: rendered on a terminal, as Markdown in a pipe or with `raw`; or JSON,
    without the bytes of attachments."""
    session, terminal = Store().open(spec), describe_stdout()
    if format == "json":
        pieces, harmless = to_json(session, attachments=False), escape_json
    else:
        pieces, harmless = to_markdown(session), sanitize
    if terminal.is_terminal:
        pieces = map(harmless, pieces)
        if format == "table" and not raw and not terminal.dumb:
            pieces = _rendered(pieces, terminal)
    _print(pieces)
    _tell_damage(session, spec, notices)


def _rendered(documents: Iterator[str], terminal: Terminal) -> Iterator[str]:
    """Each document in the terminal's rows, a blank row between two."""
    from claude_cli.ui.live.markdown import render_markdown

    between = ""
    for document in documents:
        yield between + render_markdown(document, terminal.width(), terminal.color)
        between = "\n"


def _print(pieces: Iterable[str]) -> None:
    output = open_stdout()
    for piece in pieces:
        output.write(piece)


def _tell_damage(session: Session, spec: str, notices: Notices) -> None:
    """Tell what is wrong with a session once as much of it as is needed was read."""
    for told in session.notices():
        notices.warning(f"session {spec}: {told}")


def search_sessions(words: list[str], format: ListFormat) -> ExitCode:
    """Print each record that has the words: session, line, who said it, and the place."""
    found = [*search(Store().files(), " ".join(words))]
    if format == "json":
        print_rows([_match_row(match) for match in found], {}, "json")
        return ExitCode.OK
    output, terminal = open_stdout(), describe_stdout()
    bold = ("\x1b[1m", "\x1b[m") if terminal.color else ("", "")
    for match in found:
        before, hit, after = (
            sanitize_line(text.replace("\n", " "))
            for text in (match.before, match.words, match.after)
        )
        place = f"{match.path.stem}:{match.line}\t{match.role}"
        output.write(f"{place}\t{before}{bold[0]}{hit}{bold[1]}{after}\n")
    return ExitCode.OK


def rename_session(spec: str, name: str) -> None:
    store = Store()
    store.rename(store.open(spec), name)


def fork_session(spec: str, name: str | None) -> None:
    """Copy a conversation into a new session and print its id."""
    store = Store()
    open_stdout().write(f"{store.fork(store.open(spec), name=name).id}\n")


def export_session(
    spec: str, path: str | None, format: ExportFormat | None, notices: Notices
) -> None:
    """Write a conversation as one document, to stdout or whole into a new file."""
    session = Store().open(spec)
    if path not in (None, "-"):
        write_export(session, path, format)
    else:
        pieces = EXPORTS[format or "markdown"](session)
        _print(map(sanitize, pieces) if describe_stdout().is_terminal else pieces)
    _tell_damage(session, spec, notices)


def check_sessions(specs: list[str]) -> ExitCode:
    """Print what is wrong with the sessions named, or with all; 65 when there is anything."""
    store = Store()
    files = [store.find(spec) for spec in specs] if specs else store.files()
    output, findings = open_stdout(), 0
    for path in files:
        for line, what in check(path, store.blobs):
            findings += 1
            output.write(f"{sanitize_line(str(path))}:{line}: {sanitize_line(what)}\n")
    return ExitCode.INPUT if findings else ExitCode.OK


def delete_sessions(specs: list[str]) -> None:
    store = Store()
    paths = [store.find(spec) for spec in specs]
    for path in paths:
        if not path.is_file():
            raise InputUnreadable(f"there is no session {path}")
    store.delete(paths)


def prune_sessions(older_than: str, yes: bool, notices: Notices) -> None:
    """Delete sessions that were not used for so long, after asking.

    Raises UsageError where nobody can be asked and `yes` does not answer.
    """
    store, limit = Store(), time.time() - seconds(older_than)
    old = [summary for summary in store.summaries() if summary.modified < limit]
    if old and not yes and not _agrees(old, older_than):
        old = []
    # While the question stood, somebody may have gone on with one of them.
    idle = [summary.path for summary in old if _is_idle(summary.path, limit)]
    store.delete(idle)
    notices.notice(f"{len(idle)} session{'' if len(idle) == 1 else 's'} deleted")


def seconds(age: str) -> float:
    """`30d`, `2w` or `12h` in seconds. Raises UsageError for anything else."""
    number, unit = age[:-1], age[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit()) or len(number) > 6:
        raise UsageError(f"not an age: {age!r}", hint="write it as 30d, 2w or 12h")
    return float(int(number) * UNITS[unit])


def _agrees(old: list[Summary], age: str) -> bool:
    if not somebody_types():
        raise UsageError("prune asks before it deletes", hint="--yes answers for you")
    question = Notices()  # asked with --quiet, too
    for summary in old:
        question.notice(f"{summary.id}  {summary.name or ''}  {summary.title}")
    question.notice(f"delete these {len(old)}, not used for {age}? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _is_idle(path: Path, limit: float) -> bool:
    try:
        return path.stat().st_mtime < limit
    except OSError:  # somebody else deleted it
        return False


def _row(summary: Summary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "name": summary.name,
        "title": summary.title,
        "turns": summary.turns,
        "model": summary.model,
        "tokens": summary.tokens,
        "modified": summary.last_used,
        "damaged": summary.damaged,
    }


def _match_row(match: Match) -> dict[str, Any]:
    row = match._asdict()
    del row["path"]
    return {"session": match.path.stem, **row}
