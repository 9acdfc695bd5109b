"""The ends of a session that no undo left: more than one where processes wrote at once.

Undo and retry leave a turn behind with a `head` record; two processes that answer the same turn
leave none, and both answers stand at the end of a conversation.
"""

from collections.abc import Iterable, Iterator

from claude_cli.session.format import ANSWERS, Link


def ends(links: Iterable[Link]) -> list[str]:
    """The ids of the answers at which a conversation ends, oldest first; see `_Ends`."""
    found = _Ends()
    for link in links:
        found.take(link)
    return list(found.answers)


class _Ends:
    def __init__(self) -> None:
        self.answers: dict[str, None] = {}
        self._parents: dict[str, str | None] = {}
        self._head: str | None = None
        self._replaced: dict[str, str] = {}
        """Prompt of a retry → the answer that it is to replace."""
        self._before: Link | None = None

    def take(self, link: Link) -> None:
        if link.kind == "head":
            self._move(link.parent)
        elif link.kind == "user" or link.kind in ANSWERS:
            self._parents[link.id] = link.parent
            self._head = link.id
        if link.kind in ANSWERS:
            self._answer(link)
        self._before = link

    def _answer(self, link: Link) -> None:
        """An answer goes on where the nearest answer before it was an end, or begins a branch."""
        self.answers.pop(self._end_behind(link.parent) or "", None)
        if replaced := self._replaced.pop(link.parent or "", None):
            self.answers.pop(replaced, None)
        self.answers[link.id] = None

    def _move(self, target: str | None) -> None:
        before = self._before
        if before and before.kind == "user" and target is not None and target != before.parent:
            self._replaced[before.id] = target  # a retry: the turn stays until that has an answer
        else:
            self.answers.pop(self._end_left_for(target) or "", None)
            if target in self._parents:
                self.answers[target] = None
        self._head = target

    def _end_left_for(self, target: str | None) -> str | None:
        """The end that a move to an earlier record leaves: that of the head, unless another process
        wrote it since, on a branch without that record."""
        last = self._end_behind(self._head)
        if target is None or any(target == one for one in self._chain(last)):
            return last
        after = (end for end in reversed(self.answers) if target in {*self._chain(end)})
        return next(after, last)

    def _end_behind(self, record_id: str | None) -> str | None:
        return next((one for one in self._chain(record_id) if one in self.answers), None)

    def _chain(self, record_id: str | None) -> Iterator[str]:
        """A record and all before it; one that leads back to itself ends there."""
        seen = set()
        while record_id is not None and record_id not in seen:
            yield record_id
            seen.add(record_id)
            record_id = self._parents.get(record_id)
