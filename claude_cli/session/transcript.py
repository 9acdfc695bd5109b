"""A conversation: a tree of records with a head, and the context that its chain makes. Pure.

The chain runs from the head through the parents. A user record without an answer is off it; a
partial answer is on it, unless the user goes back behind it. Nothing is ever removed: undo and
retry move the head, a compaction starts a new root that names the head it stands for.
"""

from collections.abc import Iterable, Iterator
from itertools import dropwhile, takewhile, zip_longest
from typing import Any, Protocol

from claude_cli.session import records
from claude_cli.session.records import Content, Record
from claude_cli.session.resend import answer_content, complete_calls, open_calls
from claude_cli.types import MessageParam

_IN_TURNS = ("user", "assistant", "damaged")


class Archive(Protocol):
    """Where records are found that the transcript has not seen yet: a file, read as needed."""

    def find(self, record_id: str) -> Record | None: ...

    def find_header(self, record_id: str) -> Record | None: ...


class Transcript:
    """A tree of records. `add` remembers one and moves the head as its kind demands."""

    def __init__(self, known: Iterable[Record] = (), archive: Archive | None = None) -> None:
        self.head: str | None = None
        self.cyclic = False
        """True once a walk met a record twice: parents that were not written by us."""
        self.missing: str | None = None
        """The parent that a walk did not find: the conversation before it is lost."""
        self.format = 0
        """The newest format that a header tells."""
        self._known: dict[str, Record] = {}
        self._archive = archive
        self._header: Record | None = None
        for record in known:
            self.add(record)

    def add(self, record: Record) -> None:
        """The newest record decides where the head is."""
        self._known[record["id"]] = record
        match record["kind"]:
            case "user" | "assistant":
                self.head = record["id"]
            case "head":
                self.head = record["parent"]
            case "header":
                self._header = record
                self.format = max(self.format, record["format"])

    def __contains__(self, record_id: str) -> bool:
        """Whether the record was added or walked over, not whether a file holds it."""
        return record_id in self._known

    @property
    def header(self) -> Record | None:
        """The header in force at the head; the newest one where no user record names another."""
        for record in self._walk(self.head):
            if record["kind"] == "user" and (record_id := record.get("header")):
                return self._find_header(record_id) or self._header
        return self._header

    @property
    def settings(self) -> dict[str, Any]:
        """Model, system, tools and whatever else of the request body the conversation keeps."""
        return self.header["settings"] if self.header else {}

    @property
    def last_answer(self) -> Record | None:
        """The newest answer, whole or partial."""
        return next(self._answered(), None)

    @property
    def base(self) -> str | None:
        """The id of the newest answer: what the next prompt follows."""
        answer = self.last_answer
        return answer["id"] if answer else None

    def last_prompt(self) -> Record | None:
        """The prompt of the last turn, answered or not: what undo takes back, retry asks again."""
        return next(filter(records.is_prompt, self._walk(self.head)), None)

    def before_last_turn(self) -> str | None:
        """Where undo moves the head; behind a compaction that is the head it replaced."""
        prompt = self.last_prompt()
        return (prompt.get("compacts") or prompt["parent"]) if prompt else None

    def context(self, model: str | None = None, turns: int | None = None) -> list[MessageParam]:
        """The chain as messages for `model`, all of them or the last `turns`; base64 not filled in.

        Blocks are the records' own: do not change them. Turns of which a record is damaged are
        left out as a whole, and so is what precedes the first turn of a chain that is broken.
        """
        chain = [record for turn in self.turns(turns) for record in turn]
        pairs = zip_longest(chain, chain[1:])
        return [_message(record, follower, model) for record, follower in pairs]

    def context_tokens(self) -> int | None:
        """Tokens of the context after the last answer; None where the API did not tell."""
        turn = next(self.turns(1), [])
        answer = next((record for record in reversed(turn) if record["kind"] == "assistant"), None)
        if answer is None:
            return 0
        if "compacts" in turn[0]:  # what the summary was made of is no longer there
            return records.count_of(answer["message"], "output_tokens")
        return records.count_tokens(answer["message"]) or None

    def waiting(self) -> list[Record]:
        """The records at the head that are off the chain, as they have no answer; oldest first."""
        base = self.base
        after = takewhile(lambda record: record["id"] != base, self._walk(self.head))
        return list(after)[::-1]

    def copies(self, header_id: str) -> list[Record]:
        """Copies of the whole chain, and of what waits for an answer, that follow each other under
        one header."""
        copies: list[Record] = []
        for record in [*(record for turn in self.turns() for record in turn), *self.waiting()]:
            if record["kind"] == "damaged":
                continue
            copy = record.copy()
            copy["parent"] = copies[-1]["id"] if copies else None
            if record["kind"] == "user":
                copy["header"] = header_id
                copy.pop("compacts", None)
            copies.append(copy)
        return copies

    def complete_calls(self, content: Content) -> Content:
        """The user's next content, with a result for each tool call that still waits for one."""
        answer = self.last_answer
        if answer is None or answer["kind"] != "assistant":
            return complete_calls(content, [], [])
        known = next((r["content"] for r in self.waiting() if r["kind"] == "user"), [])
        return complete_calls(content, open_calls(answer_content(answer)), known)

    def turns(self, limit: int | None = None) -> Iterator[list[Record]]:
        """The chain, or its last `limit` turns, oldest first, as far as they are whole.

        A turn begins with a prompt that answers no earlier tool call, so that a conversation may
        begin with it; it holds the answers and results of tools up to the next such prompt.
        """
        turns: list[list[Record]] = []
        for record in self._last_turns(limit):
            if records.opens_turn(record) or (turns and _opened_turn(record, turns[-1][-1])):
                turns.append([])
            if turns:
                turns[-1].append(record)
        for turn in turns:
            if all(record["kind"] != "damaged" for record in turn):
                yield turn

    def _last_turns(self, limit: int | None) -> list[Record]:
        """Walk back only as far as the last `limit` turns reach."""
        if limit is None:
            return list(self._answered())[::-1]
        chain: list[Record] = []
        for record in self._answered() if limit > 0 else ():
            chain.append(record)
            limit -= records.opens_turn(record)
            if limit == 0:
                break
        return chain[::-1]

    def _answered(self) -> Iterator[Record]:
        """The walk from the newest answer on; a cut before anything was said is no answer."""
        return dropwhile(lambda record: not is_answer(record), self._walk(self.head))

    def _walk(self, record_id: str | None) -> Iterator[Record]:
        """The record and its ancestors, newest first, as far as they are parts of a turn."""
        seen = set()
        while record_id is not None:
            record = self._known.get(record_id) or self._fetch(record_id)
            if record is None:
                self.missing = record_id
                return
            if record_id in seen:
                self.cyclic = True
                return
            seen.add(record_id)
            if record["kind"] in _IN_TURNS:
                yield record
            record_id = record["parent"]

    def _fetch(self, record_id: str) -> Record | None:
        record = self._archive.find(record_id) if self._archive else None
        if record:
            self._known[record_id] = record
        return record

    def _find_header(self, record_id: str) -> Record | None:
        record = self._known.get(record_id)
        if record is None and self._archive and (record := self._archive.find_header(record_id)):
            self._known[record_id] = record
        return record if record and record["kind"] == "header" else None


def is_answer(record: Record) -> bool:
    """Whether a prompt can follow the record: a cut before anything was said is no answer, and
    what is no longer legible may have been one."""
    if record["kind"] != "assistant":
        return record["kind"] == "damaged"
    if record.get("status") != "partial":
        return True
    said = record.copy()
    said.pop("prefill", None)  # these are the user's words
    return bool(answer_content(said))


def _opened_turn(record: Record, before: Record) -> bool:
    """Whether a record that is no longer legible was a prompt: after an answer without calls."""
    if record["kind"] != "damaged" or before["kind"] != "assistant":
        return False
    return not open_calls(answer_content(before))


def _message(record: Record, follower: Record | None, model: str | None) -> MessageParam:
    if record["kind"] == "user":
        return {"role": "user", "content": record["content"]}
    resumed = follower is not None and follower["kind"] == "assistant"
    return {"role": "assistant", "content": answer_content(record, model, resumed=resumed)}
