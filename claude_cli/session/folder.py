"""The folder of the sessions: its files, the one that was written last first.

A look at 100 000 files takes half a second, too long for Tab. So the names of the newest are kept
in *notes*, a file in the cache. Whoever of us writes a session then touches its folder, and adds a
line to the notes: the file, and the time of the folder before and after. While these times join,
from the look at all files to the time that the folder has now, nobody else has added, removed or
renamed a session, and the newest ones are among those noted. Where they do not join, or the notes
are damaged or gone, all files are looked at again.

What this does not see is a program that appends, in place, to a file that is not noted. The next
look at all files does, such as that of `sessions list`.
"""

import json
import os
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from claude_cli.disk import inputfile, paths
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.private_files import open_to_append
from claude_cli.errors import NOT_THERE, ClaudeCliError, InputUnreadable

SUFFIX = ".jsonl"

NEWEST = 200
"""How many files are known without a look at all."""

LONGEST = 64 * 1024
"""Bytes of notes; when there are more, they begin anew with a look at all files."""

TICK = 100_000_000
"""Nanoseconds in which a folder may change twice and keep its time."""


class Entry(NamedTuple):
    """A session file, as its folder describes it."""

    modified: int
    """Nanoseconds since the epoch."""
    name: str
    size: int


class Noted(NamedTuple):
    """What the notes say while they join: `since` tells one beginning from another, `files` are the
    newest of that look at all files, and what was written since."""

    since: int
    files: set[str]


class Look(NamedTuple):
    """All session files, the one that was written last first; `since` is that of `Noted` where
    each later change will be noted."""

    entries: list[Entry]
    since: int | None


class Note(NamedTuple):
    """Files that were written between two times of their folder."""

    before: int
    """0 in the first note, which has the newest of all files."""
    after: int
    files: list[str]


def all_files(folder: Path) -> list[Entry]:
    """Every session file of the folder; none where it is not there.

    Raises InputUnreadable where it cannot be read.
    """
    return look_at_all(folder).entries


def look_at_all(folder: Path) -> Look:
    """See `all_files`."""
    then = _settled_time(folder)
    try:
        with os.scandir(folder) as found:
            entries = sorted(filter(None, map(_entry, found)), reverse=True)
    except NOT_THERE:
        return Look([], None)
    except OSError as error:
        raise InputUnreadable(f"cannot read {folder}: {error.strerror}") from error
    newest = [entry.name for entry in entries[:NEWEST]]
    return Look(entries, None if then is None else _keep(folder, newest, then))


def newest_files(folder: Path) -> list[Entry]:
    """The first NEWEST of `all_files`, most often without a look at the others."""
    noted = noted_files(folder)
    return (entries_of(folder, noted.files) if noted else all_files(folder))[:NEWEST]


def entries_of(folder: Path, names: Iterable[str]) -> list[Entry]:
    """Those of the names that are session files, the one that was written last first."""
    return sorted(filter(None, (_entry(folder / name) for name in names)), reverse=True)


@contextmanager
def noted(file: Path) -> Iterator[None]:
    """Note that the block writes a session file, if its folder has notes."""
    folder, before = file.absolute().parent, None
    with suppress(ClaudeCliError, OSError):
        if cache_of(folder, "recent").exists():
            before = _time_of(folder)
    yield
    if before is not None:
        with suppress(ClaudeCliError, OSError):  # then all files will be looked at
            os.utime(folder)
            _add(folder, Note(before, _time_of(folder), [file.name]))


def cache_of(folder: Path, kind: str) -> Path:
    """A file of the cache that belongs to a folder of sessions."""
    return paths.cache_dir() / f"sessions-{zlib.crc32(os.fsencode(folder)):08x}.{kind}"


def _entry(file: Path | os.DirEntry[str]) -> Entry | None:
    """None for what is no session file, or gone."""
    with suppress(FileNotFoundError):
        info = file.stat(follow_symlinks=False)
        if file.name.endswith(SUFFIX) and stat.S_ISREG(info.st_mode):
            return Entry(info.st_mtime_ns, file.name, info.st_size)
    return None


def noted_files(folder: Path) -> Noted | None:
    """None where all files have to be looked at."""
    notes = _read(folder)
    if not notes or notes[0].before:
        return None
    joined = notes[0].after
    for note in sorted(notes[1:]):
        if note.before > joined:
            return None
        joined = max(joined, note.after)
    with suppress(OSError):
        if _time_of(folder) == joined:
            return Noted(notes[0].after, {file for note in notes for file in note.files})
    return None


def _keep(folder: Path, files: list[str], then: int) -> int | None:
    """Begin the notes anew with the newest files, unless they are noted; `then` is the time that
    the folder had before the look at all. Returns when the notes began; None without notes."""
    known = noted_files(folder)
    if known and known.files.issuperset(files):
        return known.since
    with suppress(ClaudeCliError):
        write_whole(cache_of(folder, "recent"), _encode(Note(0, then, files)))
        return then
    return None


def _settled_time(folder: Path) -> int | None:
    """The time of a folder; None where it has none, or changed a moment ago: it could change again
    and keep its time."""
    with suppress(OSError):
        then = _time_of(folder)
        return then if time.time_ns() - then > TICK else None
    return None


def _time_of(folder: Path) -> int:
    """When an entry of the folder was added, removed or renamed last, or the folder touched, in
    nanoseconds. No program can set it, as copies do the time of modification; on Windows there is
    that one alone. Raises OSError."""
    info = folder.stat()
    return info.st_mtime_ns if os.name == "nt" else info.st_ctime_ns


def _add(folder: Path, note: Note) -> None:
    fd, _ = open_to_append(cache_of(folder, "recent"), "existing")
    with os.fdopen(fd, "wb", buffering=0) as notes:
        notes.write(_encode(note))


def _read(folder: Path) -> list[Note]:
    """The notes in the order in which they were written; none where one of them is damaged."""
    try:
        data = inputfile.read_bytes(cache_of(folder, "recent"), limit=LONGEST)
        return [_decode(line) for line in data.splitlines(keepends=True)]
    except (ClaudeCliError, ValueError):
        return []


def _encode(note: Note) -> bytes:
    """A line: a checksum, and the note as JSON."""
    data = json.dumps(note).encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _decode(line: bytes) -> Note:
    """Raises ValueError for a line that `_encode` has not made."""
    data = line[9:-1]
    if line != b"%08x %s\n" % (zlib.crc32(data), data):
        raise ValueError("damaged")
    return Note(*json.loads(data))
