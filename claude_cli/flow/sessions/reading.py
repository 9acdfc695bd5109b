"""`sessions show` and `sessions export`: a conversation on stdout, or in a file."""

import re
from collections.abc import Iterable, Iterator

from claude_cli.disk.appendlog import read_lines
from claude_cli.errors import InputUnreadable, UsageError
from claude_cli.session.branches import ends
from claude_cli.session.export import to_json, to_markdown
from claude_cli.session.format import Link, Record, decode, read_link
from claude_cli.session.journal import Session
from claude_cli.session.store import Store
from claude_cli.turn.export import EXPORTS, ExportFormat, write_export
from claude_cli.turn.keeping.reports import tell_damage
from claude_cli.ui.notices import Notices
from claude_cli.ui.sanitize import escape_json, sanitize
from claude_cli.ui.streams import open_stdout
from claude_cli.ui.tables import ListFormat
from claude_cli.ui.terminal import Terminal, describe_stdout

_TURN = re.compile(r"(?s)(.+):(\d{1,6})")


def show_session(
    spec: str, raw: bool, format: ListFormat, theme: str | None, notices: Notices
) -> None:
    """Print a conversation, or with `NAME:N` one turn of it: rendered on a terminal, as Markdown
    in a pipe or with `raw`; or JSON, without the bytes of attachments."""
    session, records = _open(spec)
    terminal = describe_stdout()
    if format == "json":
        pieces, harmless = to_json(session, records, attachments=False), escape_json
    else:
        pieces, harmless = _documents(session, records, notices), sanitize
    if terminal.is_terminal:
        pieces = map(harmless, pieces)
        if format == "table" and not raw and not terminal.dumb:
            pieces = _rendered(pieces, terminal, theme)
    _print(pieces)
    tell_damage(session, spec, notices)


def _open(spec: str) -> tuple[Session, list[Record] | None]:
    """A session, and the records of the turn that was asked for; the name of a session wins."""
    store = Store()
    try:
        return store.open(spec), None
    except InputUnreadable:
        found = _TURN.fullmatch(spec)
        if not found:
            raise
    session = store.open(found[1])
    return session, turn_at(session, int(found[2]), found[1])


def turn_at(session: Session, number: int, spec: str) -> list[Record]:
    """The records of a turn, counted from 1. Raises UsageError where there is no such turn."""
    turns = session.transcript.numbered()
    if not 1 <= number <= len(turns):
        have = "1 turn" if len(turns) == 1 else f"{len(turns)} turns"
        raise UsageError(f"session {spec} has {have}, there is no {number}")
    return turns[number - 1]


def _documents(session: Session, records: list[Record] | None, notices: Notices) -> Iterator[str]:
    yield from to_markdown(session, records)
    if records is not None or session.path is None:
        return
    branches = list(_branches(session))
    for number, branch in enumerate(branches, 1):
        yield f"\n# Branch {number} of {len(branches)}, beside the turns above\n"
        yield from list(to_markdown(session, branch))[1:]
    if branches:
        others = "another branch" if len(branches) == 1 else f"{len(branches)} other branches"
        notices.notice(f"this session has {others}, shown last")


def _branches(session: Session) -> Iterator[list[Record]]:
    """The records of each end beside the head's, from where it leaves the conversation."""
    assert session.path
    seen = {record["id"] for turn in session.transcript.turns() for record in turn}
    links = (_link(data) for _, data in read_lines(session.path))
    for end in ends(link for link in links if link):
        if end not in seen:
            other = Store().open(str(session.path))
            other.transcript.head = end
            records = [record for turn in other.transcript.turns() for record in turn]
            yield [record for record in records if record["id"] not in seen]
            seen.update(record["id"] for record in records)


def _link(data: bytes | None) -> Link | None:
    if link := read_link(data or b""):
        return link
    record, _ = decode(data)
    return Link(record["kind"], record["id"], record["parent"]) if record else None


def _rendered(documents: Iterator[str], terminal: Terminal, theme: str | None) -> Iterator[str]:
    """Each document in the terminal's rows, a blank row between two."""
    from claude_cli.ui.live.markdown import render_markdown

    between = ""
    for document in documents:
        yield between + render_markdown(document, terminal.width(), terminal.color, theme)
        between = "\n"


def export_session(
    spec: str, path: str | None, format: ExportFormat | None, notices: Notices
) -> None:
    """Write a conversation as one document, to stdout or whole into a new file."""
    session = Store().open(spec)
    if path is None or path == "-":
        pieces = EXPORTS[format or "markdown"](session)
        _print(map(sanitize, pieces) if describe_stdout().is_terminal else pieces)
    else:
        write_export(session, path, format)
        notices.notice(f"written: {path}")
    tell_damage(session, spec, notices)


def _print(pieces: Iterable[str]) -> None:
    output = open_stdout()
    for piece in pieces:
        output.write(piece)
