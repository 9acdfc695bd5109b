"""A session: a transcript, and the file that it is kept in.

Every change is on disk before it happens in memory. The file is appended to and never rewritten,
and it is not locked while a request is under way. Without a file a session lives in memory.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from claude_cli.disk import appendlog
from claude_cli.disk.private_files import open_to_read
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.session.backwards import BackwardReader
from claude_cli.session.blobs import Blobs, has_base64, may_refer
from claude_cli.session.format import (
    FORMAT,
    Content,
    Record,
    Status,
    count_tokens,
    decode,
    may_begin_session,
    new_answer,
    new_head,
    new_header,
    new_name,
    new_summary,
    new_user,
)
from claude_cli.session.resend import messages_of
from claude_cli.session.session_file import SessionFile
from claude_cli.session.settle import settled
from claude_cli.session.transcript import Transcript, is_answer
from claude_cli.types import Message, MessageParam, RequestBody


class Session:
    """A conversation to go on with.

    Each method that writes raises what `appendlog.append` raises, and then has changed nothing;
    it raises InputError for a session that is read only: of a newer format, or with a cycle.
    """

    def __init__(
        self,
        session_id: str | None = None,
        path: Path | None = None,
        blobs: Blobs | None = None,
        *,
        name: str | None = None,
        transcript: Transcript | None = None,
        simulated: bool = False,
    ) -> None:
        self.id = session_id
        self.path = path
        self._name = name
        self.transcript = transcript or Transcript()
        self.branches: list[str] = []
        """Prompts that other processes added to this conversation since it was loaded."""
        self._blobs = blobs
        self._is_simulated = simulated
        self._reader: BackwardReader | None = None
        self._file = SessionFile(path, None) if path else None
        self._pending: list[Record] = []
        self._sent: list[Record] = []
        """What `context` gave last."""
        self._stands: str | None = None
        """The head that the file keeps until there is an answer: that of a turn to be replaced."""
        self._reported: set[str] = set()

    @property
    def name(self) -> str | None:
        """The newest name in the file; it is looked for when it is asked for."""
        if self._name is None and self._file and self._file.exists:
            from claude_cli.session.summary import find_name

            self._name = find_name(self._file.path)
        return self._name

    @classmethod
    def load(
        cls,
        path: Path,
        blobs: Blobs,
        *,
        session_id: str,
    ) -> "Session":
        """The session of a file; of its records only those that the head needs are read.

        Raises InputUnreadable where the file is missing or denied, CannotCreate where it is a
        folder, FIFO or link, InputError where it holds anything but a session.
        """
        with open_to_read(path) as file:
            size = os.fstat(file.fileno()).st_size
            first = file.readline(appendlog.LINE_LIMIT)
        reader = BackwardReader(path, size)
        head = reader.find_head()
        if not reader.met_record and not may_begin_session(first):
            raise InputError(f"{path} is not a session")
        header, _ = decode(first)
        start = [header] if header and header["kind"] == "header" else []
        transcript = Transcript([*start, *([head] if head else [])], older=reader)
        simulated = any(record.get("simulated") is True for record in start)
        session = cls(session_id, path, blobs, transcript=transcript, simulated=simulated)
        session._reader, session._file = reader, SessionFile(path, size)
        return session

    @classmethod
    def begin(
        cls,
        session_id: str,
        path: Path,
        blobs: Blobs,
        settings: Mapping[str, Any],
        *,
        simulated: bool = False,
    ) -> "Session":
        """A new session, whose file is created with its first record."""
        session = cls(session_id, path, blobs, simulated=simulated)
        session._pending = [new_header(settings, simulated=simulated)]
        session.transcript.add(session._pending[0])
        return session

    def context(self, turns: int | None = None) -> list[MessageParam]:
        """The messages of the conversation, or of its last `turns`.

        Raises InputUnreadable where an attachment is missing, InputError where the conversation
        is longer than memory should hold.
        """
        self._sent = self.transcript.sent(turns)
        messages = messages_of(self._sent)
        for message in messages:
            if message["role"] == "user" and may_refer(message["content"]):
                message["content"] = self._restored(message["content"])
        return messages

    def sendable(self, body: RequestBody, binds: Callable[[str], bool]) -> RequestBody:
        """A request on top of what `context` gave last, as the API takes it; see `settled`."""
        return settled(body, self._sent, binds)

    def with_attachments(self, record: Record) -> Record:
        """The record with the attachments put back that its content refers to."""
        if "content" not in record:
            return record
        filled = record.copy()
        filled["content"] = self._restored(record["content"])
        return filled

    def answers(self) -> Iterator[Record]:
        """Every answer that the file had when it was loaded, those that the user went back from
        and summaries too: all that was paid for."""
        return self._reader.answers() if self._reader else iter(())

    def notices(self) -> list[str]:
        """What is wrong with the part of the file that was read so far, a sentence each. Each is
        given once."""
        links = []
        _ = self.transcript.base  # to read as much as shows whether the head leads anywhere
        if missing := self.transcript.missing:
            links.append(f"record {missing} is missing, and so is all before it")
        if self.transcript.cyclic:
            links.append("its records follow each other in a circle; read only")
        new = [text for text in links if text not in self._reported]
        self._reported.update(new)
        return [*(self._reader.damage() if self._reader else []), *new]

    def append_user(
        self,
        content: Content,
        settings: Mapping[str, Any] | None = None,
        originals: Mapping[str, str] | None = None,
    ) -> str:
        """Keep a prompt, or results of tools, before it is sent; returns the record's id.

        Tool calls that still wait get a result, see `Transcript.complete_calls`. `settings` that
        differ from those in force are kept with it, and `originals` as they are (see `Record`).
        """
        content = self.transcript.complete_calls(content)
        header_id, new = self._header(settings)
        parent = self.transcript.base
        if self._blobs and self.path and has_base64(content):
            with self._blobs.held():
                stored, digests = self._blobs.store(content)
                new.append(new_user(parent, stored, header_id, blobs=digests, originals=originals))
                self._write(new)
        else:
            new.append(new_user(parent, content, header_id))
            self._write(new)
        return new[-1]["id"]

    def append_answer(
        self,
        message: Message,
        *,
        status: Status = "complete",
        model: str | None = None,
        prefill: str | None = None,
        bound_to: str | None = None,
        sent: dict[str, Any] | None = None,
    ) -> str:
        """Keep the answer to what was appended last; `model` is the one that was asked for,
        `bound_to` the digest of the request, where its thinking may depend on that, `sent` its
        fingerprint, where it was to be cached."""
        parent = self.transcript.head
        record = new_answer(
            parent,
            message,
            status=status,
            model=model,
            prefill=prefill,
            bound_to=bound_to,
            sent=sent,
        )
        self._write([record])
        return record["id"]

    def complete_answer(
        self, whole: Message, rest: Message, *, status: Status, model: str | None = None
    ) -> str:
        """Keep the last answer with its `rest`, in the place of what was cut of it; that stays in
        the file, beside it, so that it is not lost before."""
        cut = self.transcript.last_answer
        assert cut
        record = new_answer(
            cut["parent"],
            whole,
            status=status,
            model=model,
            prefill=cut.get("prefill"),
            bound_to=cut.get("bound_to"),
            sent=cut.get("sent"),
        )
        record["tokens"] = count_tokens(rest)
        record["completes"] = [cut["id"], *cut.get("completes", [])]
        self._write([new_head(cut["parent"]), record])
        return record["id"]

    def undo(self) -> Content | None:
        """Move the head before the last turn and return its prompt; None where there is no turn."""
        prompt = self.transcript.last_prompt()
        if prompt is None:
            return None
        self._write([new_head(self.transcript.before_last_turn())])
        with suppress(InputUnreadable):  # an attachment that is gone is one reason to undo
            return self._restored(prompt["content"])
        return prompt["content"]

    def replace_last_turn(self) -> Content | None:
        """Let what is asked next be a sibling of the last turn, in its place; return its prompt.

        In the file that turn is the last one until the other has an answer, whatever becomes of
        this process. None where there is no turn.
        """
        prompt = self.transcript.last_prompt()
        if prompt is None:
            return None
        content = self._restored(prompt["content"])
        self._stands = self.transcript.head
        self.transcript.head = self.transcript.before_last_turn()
        return content

    def keep_last_turn(self) -> None:
        """Take `replace_last_turn` back, unless there is an answer by now."""
        if self._stands is not None:
            self.transcript.head, self._stands = self._stands, None

    def clear(self) -> None:
        """Go on with an empty context."""
        self._write([new_head(None)])

    def compact(self, prompt: Content, message: Message, *, model: str | None = None) -> None:
        """Let the answer to a prompt, a summary, stand for all turns so far."""
        self._write([new_summary(self.transcript.base, prompt, message, model=model)])

    def rename(self, name: str) -> None:
        """Keep a new name. `Store.rename` sees to it that no other session has it."""
        self._write([new_name(name)])
        self._name = name

    def fork(
        self, session_id: str, path: Path, *, name: str | None = None, simulated: bool = False
    ) -> "Session":
        """A new session with a copy of this conversation, the prompt without an answer included;
        `simulated` says that a simulator answers from now on, or did.

        It is also the way out where this file cannot be appended to: fork, and append there.
        """
        simulated = simulated or self._is_simulated
        forked = Session(session_id, path, self._blobs, name=name, simulated=simulated)
        header = new_header(self.transcript.settings, simulated=simulated, forked_from=self.id)
        copies = self.transcript.copies(header["id"])
        forked._write([header, *([new_name(name)] if name else []), *copies])
        return forked

    def detach(self) -> None:
        """Go on in memory alone."""
        self.id = self.path = self._file = None

    def _header(self, settings: Mapping[str, Any] | None) -> tuple[str, list[Record]]:
        """The id of the header that has these settings, and the header if it is a new one."""
        header = self.transcript.header
        if header and (settings is None or settings == header["settings"]):
            return header["id"], []
        header = new_header(settings or {})
        return header["id"], [header]

    def _write(self, new: list[Record]) -> None:
        stands = None if any(map(is_answer, new)) else self._stands
        if self._file:
            self._check_writable()
            head = [new_head(stands)] if stands else []
            others = self._file.append([*self._pending, *new, *head])
            self._pending.clear()
            prompts = (link for link in others if link.kind == "user")
            self.branches += [link.id for link in prompts if self._knows(link.parent)]
        self._stands = stands
        for record in new:
            self.transcript.add(record)

    def _check_writable(self) -> None:
        if self.transcript.format > FORMAT:
            raise InputError(
                f"session {self.id} was written by a newer version: it can only be read",
                hint="update claude-cli",
            )
        if self.transcript.cyclic:
            raise InputError(
                f"the records of session {self.id} follow each other in a circle: "
                "it can only be read",
                hint=f"claude-cli sessions check {quote(str(self.id))}",
            )

    def _knows(self, record_id: str | None) -> bool:
        return record_id is None or record_id in self.transcript

    def _restored(self, content: Content) -> Content:
        return self._blobs.restore(content) if self._blobs else content
