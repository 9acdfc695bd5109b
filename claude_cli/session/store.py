"""All sessions of a user: where they live, what they are called, which one was the last.

A session's name is the newest `name` record of its file; what the index remembers is checked there.
A lock keeps two processes from giving the same name.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from claude_cli.disk import appendlog, inputfile, paths
from claude_cli.disk.atomic_file import write_whole
from claude_cli.disk.lock import locked
from claude_cli.errors import (
    CannotWrite,
    ClaudeCliError,
    InputError,
    InputUnreadable,
    UsageError,
)
from claude_cli.session.blobs import Blobs
from claude_cli.session.folder import SUFFIX, all_files, cache_of, newest_files
from claude_cli.session.format import digests_in
from claude_cli.session.journal import Session

if TYPE_CHECKING:
    from claude_cli.session.index import Index
    from claude_cli.session.summary import Summary

NAME_LIMIT = 100
"""Characters of the longest name."""

_ID = re.compile(r"\d{8}-\d{6}-[a-z0-9]{6}")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Store:
    """The sessions below the data folder, and their attachments. Making one creates nothing."""

    def __init__(
        self,
        data: Path | None = None,
        state: Path | None = None,
    ) -> None:
        data = data or paths.data_dir()
        self.folder = data / "sessions"
        self.blobs = Blobs(data / "blobs")
        self._state = state or paths.state_dir()

    def new(
        self, settings: Mapping[str, Any], *, name: str | None = None, simulated: bool = False
    ) -> Session:
        """A new session; its file is created by the first record, or now if it has a name.

        `settings` are the fields of the request body that it keeps, `simulated` says that a
        simulator answers. Raises UsageError for a name that is taken or no name.
        """
        session = Session.begin(*self._new_place(), self.blobs, settings, simulated=simulated)
        if name is not None:
            with self._claim(name):
                session.rename(name)
        return session

    def open(self, spec: str) -> Session:
        """The session of a NAME_OR_ID; raises what `find` and `Session.load` raise."""
        path = self.find(spec)
        return Session.load(
            path,
            self.blobs,
            session_id=path.stem if self._is_ours(path) else str(path),
        )

    def find(self, spec: str) -> Path:
        """The file of a NAME_OR_ID: a name, an id, the start of one id, or a path.

        Raises InputUnreadable where there is none, InputError where there are several, UsageError
        for what can be neither. A path (it has a slash or ends in .jsonl) is not looked at.
        """
        if not _is_speakable(spec):
            raise UsageError(f"not the name of a session: {spec!r}")
        if "/" in spec or os.sep in spec or spec.endswith(SUFFIX):
            return Path(spec)
        if len(spec) > NAME_LIMIT:
            raise UsageError(f"the name of a session has at most {NAME_LIMIT} characters")
        exact = self.folder / (spec + SUFFIX)
        if os.path.lexists(exact):
            return exact
        if named := self.index.named_once(spec):
            return named
        found = self.index.named(spec) or [
            self.folder / entry.name
            for entry in all_files(self.folder)
            if entry.name.removesuffix(SUFFIX).startswith(spec)
        ]
        if not found:
            raise InputUnreadable(
                f"there is no session {spec}", hint="claude-cli sessions list shows all"
            )
        if len(found) > 1:
            some = ", ".join(path.stem for path in found[:10])
            raise InputError(f"{len(found)} sessions are called {spec}: {some}")
        return found[0]

    def fork(
        self, session: Session, *, name: str | None = None, simulated: bool = False
    ) -> Session:
        """A copy of the conversation in a new file, see `Session.fork`; it is the one to go on."""
        if name is None:
            return session.fork(*self._new_place(), simulated=simulated)
        with self._claim(name):
            return session.fork(*self._new_place(), name=name, simulated=simulated)

    def rename(self, session: Session, name: str) -> None:
        """Raises UsageError where another session has the name."""
        if name != session.name:
            with self._claim(name):
                session.rename(name)

    def set_last(self, session: Session, *, simulated: bool = False) -> None:
        """Remember the session as the one that was answered last, by a simulator or not.

        Where that cannot be written, nothing happens: the conversation itself is safe.
        """
        if session.path is None:
            return
        spec = session.path.stem if self._is_ours(session.path) else str(session.path.absolute())
        if spec != self._read_last(simulated):
            with suppress(ClaudeCliError):
                write_whole(self._last(simulated), spec.encode("utf-8", "surrogateescape"))

    def last(self, *, simulated: bool = False) -> str:
        """The session that was answered last, by a simulator or not, as `open` takes it.

        Raises InputUnreadable where there is none.
        """
        spec = self._read_last(simulated)
        if spec and os.path.isfile(spec if os.path.isabs(spec) else self.folder / (spec + SUFFIX)):
            return spec
        for summaries in (self.newest, self.summaries):
            for summary in summaries():
                if summary.answered and summary.simulated == simulated:
                    return summary.id
        raise InputUnreadable(
            "there is no session to go on with", hint="claude-cli sessions list --all shows all"
        )

    def files(self) -> list[Path]:
        """The session files, the one that was appended to last first; none where there is no
        folder for them. Raises InputUnreadable where that cannot be read."""
        return [self.folder / entry.name for entry in all_files(self.folder)]

    def summaries(self) -> "Iterator[Summary]":
        """Every session that can be read, the one that was appended to last first."""
        return self.index.summaries(all_files(self.folder))

    def newest(self) -> "Iterator[Summary]":
        """The first of `summaries`, as many as `newest_files` knows: its docstring tells how."""
        return self.index.summaries(newest_files(self.folder))

    def named(self, name: str) -> list[Path]:
        """The files whose session has that name."""
        return self.index.named(name)

    @property
    def index(self) -> "Index":
        """What is remembered of the sessions of this folder."""
        from claude_cli.session.index import Index

        return Index(self.folder, cache_of(self.folder, "sqlite3"))

    def delete(self, files: Iterable[Path]) -> None:
        """Delete session files of the store, and the attachments that no other session has.

        Raises UsageError for a file elsewhere, and has then deleted nothing; CannotWrite.
        """
        files = list(files)
        for path in files:
            if not self._is_ours(path):
                raise UsageError(f"{path} is not among the saved sessions: it is yours to delete")
        digests = {digest for path in files for digest in referred_blobs(path)}
        for path in files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise CannotWrite(f"cannot delete {path}: {error.strerror}") from error
        if digests:
            with self.blobs.held():
                used = {digest for path in self.files() for digest in referred_blobs(path)}
                self.blobs.remove(digests - used)

    def _new_place(self) -> tuple[str, Path]:
        """An id, by which sessions sort by time, and its file."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        session_id = f"{stamp}-{''.join(_LETTERS[byte % 32] for byte in os.urandom(6))}"
        return session_id, self.folder / (session_id + SUFFIX)

    def _is_ours(self, path: Path) -> bool:
        return path.absolute().parent == self.folder

    @contextmanager
    def _claim(self, name: str) -> Iterator[None]:
        """Hold the name while it is given; raises UsageError where it cannot be."""
        check_name(name)
        with locked(self.folder / ".lock"):
            if self.named(name):
                raise UsageError(
                    f"a session is called {name} already", hint=f"-r {quote(name)} resumes it"
                )
            yield

    def _last(self, simulated: bool) -> Path:
        return self._state / ("last-simulated" if simulated else "last-answered")

    def _read_last(self, simulated: bool) -> str | None:
        with suppress(ClaudeCliError):
            data = inputfile.read_bytes(self._last(simulated), limit=4096)
            return data.decode("utf-8", "surrogateescape")
        return None


def check_name(name: str) -> None:
    """Raises UsageError unless the text may be the name of a session: short, printable, no path."""
    if not name.strip():
        raise UsageError("the name of a session is empty")
    if len(name) > NAME_LIMIT:
        raise UsageError(f"the name of a session has at most {NAME_LIMIT} characters")
    if not name.isprintable():
        raise UsageError(f"the name of a session has a character that cannot be shown: {name!r}")
    if "/" in name or "\\" in name or name.startswith((".", "-")) or name.endswith(SUFFIX):
        raise UsageError(f"the name of a session looks like a path or a flag: {name}")
    if _ID.fullmatch(name):
        raise UsageError(f"the name of a session looks like an id: {name}")


def _is_speakable(spec: str) -> bool:
    """Whether the text could name a session or a file at all."""
    try:
        return bool(spec.strip()) and b"\0" not in os.fsencode(spec)
    except UnicodeEncodeError:
        return False


def referred_blobs(path: Path) -> Iterator[str]:
    """The digests that the records of a file may refer to, those that are damaged or of a kind
    that is not known included; none where it cannot be read."""
    with suppress(ClaudeCliError):
        for _, data in appendlog.read_lines(path):
            yield from digests_in(data)
