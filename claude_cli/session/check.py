"""What is wrong with a session file: one pass over all of it. Nothing is repaired."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claude_cli.disk.appendlog import read_lines
from claude_cli.errors import InputUnreadable
from claude_cli.session.blobs import Blobs, is_digest
from claude_cli.session.format import FORMAT, Record, decode


class Finding(NamedTuple):
    """One thing that is wrong, and the line where."""

    line: int
    what: str


def check(path: Path, blobs: Blobs) -> list[Finding]:
    """All findings in a file, by line; none means that every record and attachment is sound.

    Found are lines that cannot be read, ids that come twice, parents that are missing or form a
    circle, attachments that are missing or changed, and a newer format. Memory grows with the
    number of records, not with their size. Raises InputUnreadable or CannotCreate.
    """
    lines: dict[str, int] = {}
    parents: dict[str, str | None] = {}
    findings = []
    for number, data in read_lines(path):
        record, damage = decode(data)
        if damage:
            findings.append(Finding(number, damage))
        if record is None:
            continue
        if record["id"] in lines:
            findings.append(Finding(number, f"the id of line {lines[record['id']]} again"))
        lines[record["id"]] = number
        parents[record["id"]] = record["parent"]
        findings += [Finding(number, what) for what in _check_record(record, blobs)]
    findings += [Finding(lines[record_id], what) for record_id, what in _check_links(parents)]
    return sorted(findings)


def _check_record(record: Record, blobs: Blobs) -> Iterator[str]:
    if record["kind"] == "header" and record["format"] > FORMAT:
        yield f"format {record['format']}, which a newer version wrote: it can only be read"
    for digest in record.get("blobs", []) if record["kind"] == "user" else ():
        if not is_digest(digest):
            yield "a reference to an attachment that is no digest"
            continue
        try:
            blobs.read(digest)
        except InputUnreadable as error:
            yield error.message


def _check_links(parents: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    """Walk from each record to one that was seen to be sound, or back into the same walk."""
    sound: set[str | None] = {None}
    for start in parents:
        walk: dict[str, None] = {}
        record_id: str | None = start
        while record_id not in sound and record_id is not None:
            if record_id in walk:
                yield record_id, "its parents form a circle: the session can only be read"
                break
            walk[record_id] = None
            parent = parents[record_id]
            if parent is not None and parent not in parents:
                yield record_id, f"its parent, {parent}, is missing: what came before is lost"
                break
            record_id = parent
        sound.update(walk)
