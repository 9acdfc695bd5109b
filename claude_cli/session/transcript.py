"""A conversation: a tree of records with a head, and the context that its chain makes. Pure.

The chain runs from the head through the parents. A user record without an answer is off it; a
partial answer is on it, unless the user goes back behind it. Nothing is ever removed: undo and
retry move the head, and a summary follows the turns that it stands for.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, dropwhile, pairwise, takewhile
from typing import Any, Protocol

from claude_cli.session.format import ANSWERS, Content, Record, count_of, tokens_of
from claude_cli.session.prompts import is_prompt, opens_turn
from claude_cli.session.resend import (
    answer_content,
    complete_calls,
    is_refused,
    open_calls,
)
from claude_cli.session.upgrade import upgraded

_IN_TURNS = ("user", "assistant", "summary", "damaged")


class OlderRecords(Protocol):
    """Where records are found that the transcript has not seen yet: a file, read as needed."""

    def find(self, record_id: str) -> Record | None: ...

    def find_header(self, record_id: str) -> Record | None: ...

    def ancestors(self, wanted: str | None) -> Iterator[Record]: ...


class Transcript:
    """A tree of records. `add` remembers one and moves the head as its kind demands."""

    def __init__(self, known: Iterable[Record] = (), older: OlderRecords | None = None) -> None:
        self.head: str | None = None
        self.cyclic = False
        """True once a walk met a record twice: parents that were not written by us."""
        self.missing: str | None = None
        """The parent that a walk did not find: the conversation before it is lost."""
        self.refused = 0
        """How many turns were left out of what was sent last, because they were refused."""
        self.format = 0
        """The newest format that a header tells."""
        self._known: dict[str, Record] = {}
        self._older = older
        self._header: Record | None = None
        for record in known:
            self.add(record)

    def add(self, record: Record) -> None:
        """The newest record decides where the head is."""
        self._known[record["id"]] = record
        match record["kind"]:
            case "user" | "assistant" | "summary":
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
        return self._header_from(self._walk(self.head)) or self._header

    @property
    def settings(self) -> dict[str, Any]:
        """Model, system, tools and whatever else of the request body the conversation keeps: those
        of the newest prompt that was answered. A model that never answered may be a bad one."""
        if header := self._header_from(self._answered()):
            return header["settings"]
        header = self.header
        left_out = ("model",) if self.head else ()
        return {k: v for k, v in header["settings"].items() if k not in left_out} if header else {}

    def _header_from(self, walk: Iterator[Record]) -> Record | None:
        for record in walk:
            if record["kind"] == "user" and (record_id := record.get("header")):
                return self._find_header(record_id) or self._header
        return None

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
        return next(filter(is_prompt, self._walk(self.head)), None)

    def before_last_turn(self) -> str | None:
        """Where undo moves the head: behind a summary of that turn, which goes with it, too."""
        prompt = self.last_prompt()
        return prompt["parent"] if prompt else None

    def sent(self, limit: int | None = None) -> list[Record]:
        """The records that go back to the API: those of the turns, or of the last `limit`, without
        refused ones; in front the newest summary, which stands for all before it. Turns of which a
        record is damaged are left out as a whole, and so is what precedes the first turn of a
        chain that is broken."""
        found: list[Record] = []
        turns = 0
        oldest: str | None = self.head
        self.refused = 0
        for turn in self._turns_back() if limit != 0 else ():
            oldest = turn[0]["parent"]
            if turn[0]["kind"] == "summary":
                return [*turn, *reversed(found)]
            if is_refused(turn):
                self.refused += 1
                continue
            found += reversed(turn)
            turns += 1
            if turns == limit:
                break
        summary = self._summary_behind(oldest) if limit is not None else None
        return [*([summary] if summary else []), *reversed(found)]

    def _summary_behind(self, record_id: str | None) -> Record | None:
        """The newest summary from a record on back, without keeping what stands between."""
        for record in self._walk(record_id, fetch=False):
            if record["kind"] == "summary":
                return record
            record_id = record["parent"]
        older = self._older.ancestors(record_id) if self._older and record_id else ()
        walk: Iterator[Record] = upgraded(iter(older))
        for record in walk:
            if record["kind"] == "summary":
                return record
            record_id = record["parent"]
        self.missing = record_id or self.missing
        return None

    def context_tokens(self) -> int | None:
        """Tokens of the context after the last answer; None where the API did not tell."""
        turn = self.last_turn()
        answer = next((record for record in reversed(turn) if record["kind"] in ANSWERS), None)
        if answer is None:
            return 0
        if answer["kind"] == "summary":  # what the summary was made of is no longer there
            return count_of(answer["message"], "output_tokens")
        return tokens_of(answer) or None

    def waiting(self) -> list[Record]:
        """The records at the head that are off the chain, as they have no answer; oldest first."""
        base = self.base
        after = takewhile(lambda record: record["id"] != base, self._walk(self.head))
        return list(after)[::-1]

    def copies(self, header_id: str) -> list[Record]:
        """Copies of the whole chain, and of what waits for an answer, that follow each other under
        one header."""
        copies: list[Record] = []
        for record in [*_flat(self.turns()), *self.waiting()]:
            if record["kind"] == "damaged":
                continue
            copy = record.copy()
            copy["parent"] = copies[-1]["id"] if copies else None
            if record["kind"] == "user":
                copy["header"] = header_id
            copies.append(copy)
        return copies

    def complete_calls(self, content: Content) -> Content:
        """The user's next content, with a result for each tool call that still waits for one."""
        answer = self.last_answer
        turn = next(self._turns_back(), None)
        if answer is None or answer["kind"] != "assistant" or (turn and is_refused(turn)):
            return complete_calls(content, [], [])
        known = next((r["content"] for r in self.waiting() if r["kind"] == "user"), [])
        return complete_calls(content, open_calls(answer_content(answer)), known)

    def turns(self) -> list[list[Record]]:
        """The turns of the chain, oldest first, as far as they are whole; a summary is one, too.

        A turn begins with a prompt that answers no earlier tool call, so that a conversation may
        begin with it; it holds the answers and results of tools up to the next such prompt.
        """
        return list(self._turns_back())[::-1]

    def last_turn(self) -> list[Record]:
        """The newest of the turns, read without the others; empty where there is none."""
        return next(self._turns_back(), [])

    def numbered(self) -> list[list[Record]]:
        """The user's turns as they are counted from 1: no summaries, and what waits at the end."""
        turns = [turn for turn in self.turns() if turn[0]["kind"] != "summary"]
        waiting = [record for record in self.waiting() if record["kind"] != "damaged"]
        return [*turns, waiting] if waiting else turns

    def _turns_back(self) -> Iterator[list[Record]]:
        """The turns, newest first: the walk goes only as far back as the caller does."""
        turn: list[Record] = []
        is_whole = True
        for record, older in pairwise(chain(self._answered(), [None])):
            assert record is not None
            turn.append(record)
            is_whole = is_whole and record["kind"] != "damaged"
            if _opens_turn(record, older):
                if is_whole:
                    yield turn[::-1]
                turn, is_whole = [], True

    def _answered(self) -> Iterator[Record]:
        """The walk from the newest answer on; a cut before anything was said is no answer."""
        return dropwhile(lambda record: not is_answer(record), self._walk(self.head))

    def _walk(self, record_id: str | None, *, fetch: bool = True) -> Iterator[Record]:
        """The record and its ancestors, newest first, as far as they are parts of a turn."""
        return upgraded(self._links(record_id, fetch))

    def _links(self, record_id: str | None, fetch: bool) -> Iterator[Record]:
        seen = set()
        while record_id is not None:
            record = self._known.get(record_id)
            if record is None and fetch and self._older and (record := self._older.find(record_id)):
                self._known[record_id] = record
            if record is None:
                self.missing = record_id if fetch else self.missing
                return
            if record_id in seen:
                self.cyclic = True
                return
            seen.add(record_id)
            if record["kind"] in _IN_TURNS:
                yield record
            record_id = record["parent"]

    def _find_header(self, record_id: str) -> Record | None:
        record = self._known.get(record_id)
        if record is None and self._older and (record := self._older.find_header(record_id)):
            self._known[record_id] = record
        return record if record and record["kind"] == "header" else None


def is_answer(record: Record) -> bool:
    """Whether a prompt can follow the record: an answer that was cut before its first word is none,
    a damaged record counts as one."""
    if record["kind"] != "assistant":
        return record["kind"] in ("damaged", "summary")
    if record.get("status") != "partial":
        return True
    said = record.copy()
    said.pop("prefill", None)  # these are the user's words
    return bool(answer_content(said))


def _opens_turn(record: Record, older: Record | None) -> bool:
    """Whether a turn begins with the record: a summary, or a prompt; one that is no longer legible
    was a prompt where it stands behind an answer without calls."""
    kind = record["kind"]
    if kind != "damaged":
        return kind == "summary" or (kind == "user" and opens_turn(record))
    if older is None or older["kind"] not in ANSWERS:
        return False
    return older["kind"] == "summary" or not open_calls(answer_content(older))


def _flat(turns: Iterable[list[Record]]) -> list[Record]:
    return [record for turn in turns for record in turn]
