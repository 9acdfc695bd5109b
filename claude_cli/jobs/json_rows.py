"""JSON Lines, or one JSON array, → the objects in it; memory holds one of them."""

import codecs
import json
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple, NoReturn

from claude_cli.disk.appendlog import LINE_LIMIT
from claude_cli.disk.inputfile import Lossy
from claude_cli.jobs.lines import PIECE, encoding_problem
from claude_cli.values.strict_json import DEEPEST, EXCERPT, TOO_DEEP, is_too_deep, nests_deeper


class Problem(NamedTuple):
    """Why something is no JSON object."""

    text: str


class _NotANumber(ValueError):
    """NaN and Infinity, which JSON does not have, and numbers that become one of them."""


def decode_object(data: bytes) -> dict[str, Any] | Problem:
    """The JSON object on a line of UTF-8."""
    text = data.decode()
    try:
        value = _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        return _problem(error, text)
    return Problem(TOO_DEEP) if is_too_deep(value, text) else _as_object(value)


def array_items(pieces: Iterator[bytes], lossy: Lossy) -> Iterator[dict[str, Any] | Problem]:
    """Yield each item of the one array that `pieces` are, and at last what is wrong behind it."""
    text = _Text(pieces, lossy.wanted)
    try:
        yield from _items(text)
    except UnicodeDecodeError as error:
        yield Problem(encoding_problem(error.object) or "not UTF-8")
    if text.replaced:
        lossy.tell_of("the input", text.replaced)


def _items(text: "_Text") -> Iterator[dict[str, Any] | Problem]:
    text.skip("[")
    while not text.skip("]"):
        item = text.value()
        yield Problem(TOO_DEEP) if nests_deeper(item, DEEPEST) else _as_object(item)
        if isinstance(item, Problem):
            return
        if not text.skip(",") and not text.stands_before("]"):
            yield text.problem("a comma or the end of the array is missing")
            return
    if not text.is_over():
        yield text.problem("there is more behind the end of the array")


class _Text:
    """The text of the array, read as far as it is needed."""

    def __init__(self, pieces: Iterator[bytes], lossy: bool) -> None:
        self.replaced = 0
        """How many U+FFFD took the place of what is not UTF-8."""
        self._pieces = pieces
        errors = "replace" if lossy else "strict"
        self._decode = codecs.getincrementaldecoder("utf-8")(errors).decode
        self._text = ""
        self._place = 0
        self._ended = False

    def skip(self, mark: str) -> bool:
        """Pass over blanks, and then `mark` if it stands there."""
        if not self.stands_before(mark):
            return False
        self._place += 1
        return True

    def stands_before(self, mark: str) -> bool:
        return not self.is_over() and self._text[self._place] == mark

    def is_over(self) -> bool:
        """Whether nothing but blanks is left."""
        while True:
            rest = self._text[self._place : self._place + 1]
            if rest and not rest.isspace():
                return False
            if rest:
                self._place += 1
            elif not self._read(PIECE):
                return True

    def value(self) -> Any:
        """The value that stands here, or a Problem."""
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._place)
                if end < len(self._text) or self._ended:
                    self._place = end
                    return value
            except json.JSONDecodeError as error:
                if self._ended:
                    return _problem(error, self._text, "here")
            except (ValueError, RecursionError) as error:
                return _problem(error, self._text)
            have = len(self._text) - self._place
            if have > LINE_LIMIT:
                return Problem(f"longer than {LINE_LIMIT >> 20} MB, or not JSON")
            self._read(max(have, PIECE))  # twice as much each time: linear in all

    def problem(self, what: str) -> Problem:
        return Problem(f"not JSON: {what}")

    def _read(self, size: int) -> bool:
        """Read `size` bytes more or somewhat beyond; whether anything came."""
        self._text, self._place = self._text[self._place :], 0
        got: list[str] = []
        while size > 0 and not self._ended:
            piece = next(self._pieces, b"")
            self._ended = not piece
            text = self._decode(piece, self._ended)
            self.replaced += text.count("\ufffd") - piece.count("\ufffd".encode())
            got.append(text)
            size -= len(piece)
        self._text += "".join(got)
        return bool("".join(got))


def _as_object(value: Any) -> dict[str, Any] | Problem:
    return value if isinstance(value, dict | Problem) else Problem("not a JSON object")


def _problem(error: Exception, text: str, place: str = "") -> Problem:
    """What Python says, for somebody who does not know Python; `place` is where, if not a line."""
    if isinstance(error, RecursionError):
        return Problem(TOO_DEEP)
    if not isinstance(error, json.JSONDecodeError):
        what = str(error) if isinstance(error, _NotANumber) else "a number is too long"
        return Problem(f"not JSON: {what}")
    rest = text[error.pos : error.pos + 20].strip()
    if not rest:
        return Problem("not JSON: it ends too early")
    return Problem(f"not JSON from {place or f'character {error.colno}'} on: {rest}")


def _refuse_constant(name: str) -> NoReturn:
    raise _NotANumber(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise _NotANumber(f"{digits[:EXCERPT]} is too large a number")
    return number


_decoder = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
