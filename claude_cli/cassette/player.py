"""A cassette that is played: requests in, the answers that they got out."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from claude_cli.cassette.exchange import Request, Response, as_key
from claude_cli.cassette.lines import DAMAGED, read_exchange, read_place
from claude_cli.disk.appendlog import read_records
from claude_cli.errors import InputError

COMPARED: Final = 10_000
"""Characters of a body by which the nearest request is found."""
MOST_REPEATS: Final = 10_000
"""How often the last answer is given again: a wait for a batch that never ends has to end."""
SHOWN: Final = 80
"""Characters of a value in an error."""


def file_of(path: str) -> Path:
    """The file that a path names, behind a link too: a cassette that plays is only read."""
    named = Path(path)
    return named.resolve() if named.is_symlink() and named.is_file() else named


class Cassette:
    """Each request gets the answers that it got, in their order, and the last of them again when
    they are used up. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Raises InputUnreadable, and InputError for what is no cassette or of a newer format.

        `notes` names the lines that are damaged: the others play.
        """
        self.path = path
        self.place = read_place(path)
        self.notes: list[str] = []
        self._requests: dict[str, Request] = {}
        self._answers: dict[str, list[Response]] = defaultdict(list)
        self._played: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._read()

    def answer(self, request: Request) -> Response:
        """Raises InputError for a request that is not in it: it shows where the nearest differs."""
        with self._lock:
            answers = self._answers.get(request.key)
            if answers is None:
                raise self._unknown(request)
            number = self._played[request.key]
            if number >= len(answers) + MOST_REPEATS:
                asked = f"{request.method} {request.path}"
                raise InputError(f"{self.path}: the last answer to {asked} leads nowhere")
            self._played[request.key] += 1
            return answers[min(number, len(answers) - 1)]

    def _read(self) -> None:
        lines = read_records(self.path)
        next(lines, None)
        for line in lines:
            try:
                request, response = read_exchange(line.value or {})
            except DAMAGED:
                self.notes.append(f"{self.path}, line {line.number}: {line.damage or 'damaged'}")
                continue
            self._requests[request.key] = request
            self._answers[request.key].append(response)

    def _unknown(self, request: Request) -> InputError:
        asked = f"{request.method} {request.path}"
        near = _nearest(request, self._requests.values())
        hint = "--record FILE records it"
        if near is None:
            return InputError(f"{self.path} has no answer to {asked}", hint=hint)
        where, recorded, now = first_difference(near.body, request.body)
        difference = f"{where} is {_short(now)} here and {_short(recorded)} there"
        return InputError(f"{self.path} has no answer to this {asked}: {difference}", hint=hint)


def first_difference(old: Any, new: Any, place: str = "") -> tuple[str, Any, Any]:
    """Where two JSON values differ first, as a dotted path, and what stands there in each."""
    before, after = _members(old), _members(new)
    if before and after:
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key) or (key in before) != (key in after):
                inside = f"{place}.{key}" if place else str(key)
                return first_difference(before.get(key), after.get(key), inside)
    return place or "the body", old, new


def _members(value: Any) -> dict[Any, Any]:
    if isinstance(value, list):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else {}


def _nearest(request: Request, known: Iterable[Request]) -> Request | None:
    """The recorded request for the same method and path whose body is most like this one's."""
    from difflib import SequenceMatcher

    same = [one for one in known if (one.method, one.path) == (request.method, request.path)]
    text = as_key(request.body)[:COMPARED]

    def likeness(one: Request) -> float:
        return SequenceMatcher(None, text, as_key(one.body)[:COMPARED]).quick_ratio()

    return max(same, key=likeness, default=None)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
