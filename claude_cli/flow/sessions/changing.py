"""What `sessions` changes: names, copies, what is deleted; and what it finds wrong."""

import sys
import time
from pathlib import Path

from claude_cli.errors import ExitCode, InputUnreadable, UsageError
from claude_cli.flow.sessions.listing import seconds
from claude_cli.flow.sessions.reading import turn_at
from claude_cli.session.check import check
from claude_cli.session.store import Store
from claude_cli.session.summary import Summary, summarise
from claude_cli.ui.editor.question import somebody_types
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import sanitize_line
from claude_cli.ui.streams import open_stdout

IN_USE = 3600
"""Seconds for which a session without an answer may still get one."""


def rename_session(spec: str, name: str) -> None:
    store = Store()
    store.rename(store.open(spec), name)


def fork_session(spec: str, name: str | None, at: int | None) -> None:
    """Copy a conversation, as far as the turn `at`, into a new session and print its id."""
    store = Store()
    session = store.open(spec)
    if at is not None:
        session.transcript.head = turn_at(session, at, spec)[-1]["id"]
    open_stdout().write(f"{store.fork(session, name=name).id}\n")


def check_sessions(specs: list[str]) -> ExitCode:
    """Print what is wrong with the sessions named, or with all; the exit code is 65 if something
    is."""
    store = Store()
    files = [store.find(spec) for spec in specs] if specs else store.files()
    output, findings = open_stdout(), 0
    for path in files:
        for line, what in check(path, store.blobs):
            findings += 1
            output.write(f"{sanitize_line(str(path))}:{line}: {sanitize_line(what)}\n")
    return ExitCode.INPUT if findings else ExitCode.OK


def delete_sessions(specs: list[str], notices: Notices) -> None:
    """Delete sessions, and tell which ones they were."""
    store = Store()
    paths = [store.find(spec) for spec in specs]
    for path in paths:
        if not path.is_file():
            raise InputUnreadable(f"there is no session {path}")
    gone = [_line_of(summarise(path)) for path in paths]
    store.delete(paths)
    for line in gone:
        notices.notice(f"deleted: {line}")


def prune_sessions(older_than: str, yes: bool, notices: Notices) -> None:
    """Delete sessions that were not used for so long, and those without an answer, after asking.

    Raises UsageError where nobody can be asked and `yes` does not answer.
    """
    store, now = Store(), time.time()
    limits = {True: now - seconds(older_than), False: now - IN_USE}
    old = [one for one in store.summaries() if one.modified < limits[one.answered]]
    if old and not yes and not _agrees(old, older_than):
        old = []
    # While the question stood, somebody may have gone on with one of them.
    idle = [one.path for one in old if _is_idle(one.path, limits[one.answered])]
    store.delete(idle)
    notices.notice(f"{len(idle)} session{'' if len(idle) == 1 else 's'} deleted")


def _agrees(old: list[Summary], age: str) -> bool:
    if not somebody_types():
        raise UsageError("prune asks before it deletes", hint="--yes deletes without asking")
    question = Notices()  # asked with --quiet, too
    for summary in old:
        question.notice(_line_of(summary))
    question.notice(f"delete these {len(old)}, not used for {age} or never answered? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _is_idle(path: Path, limit: float) -> bool:
    try:
        return path.stat().st_mtime < limit
    except OSError:  # somebody else deleted it
        return False


def _line_of(summary: Summary) -> str:
    turns = "1 turn" if summary.turns == 1 else f"{summary.turns} turns"
    named = f"{summary.name} ({summary.id})" if summary.name else summary.id
    return f"{named}, {turns}, {summary.title}"
