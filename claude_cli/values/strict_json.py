"""JSON that is not trusted → Python values that can be written out again.

Stricter than `json.loads` (no NaN, no infinity, no bottomless nesting), and whole characters only.
It does not encode.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from claude_cli.errors import ProtocolError
from claude_cli.values.surrogates import mend_surrogates

DEEPEST = 200
"""Levels of nesting; the API takes no more of a schema, and no body needs them. The decoder alone
would go on until the stack ends, and then whoever writes the value out again would fail."""

TOO_DEEP = f"nested deeper than {DEEPEST} levels"

EXCERPT = 200
"""Characters of what was refused that its error shows."""

_BLANKS = " \t\n\r"
_BOM = "\ufeff"


def decode_json(text: bytes | str) -> Any:
    """Return the one JSON value that a server's `text` holds; bytes are taken for UTF-8.

    Bytes that are no character become U+FFFD. Raises ProtocolError, which shows the start of the
    text, where `parse_json` raises ValueError.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace").removeprefix(_BOM)
    try:
        return parse_json(text)
    except ValueError as error:
        shown = text.strip(_BLANKS)[:EXCERPT] or "nothing"
        raise ProtocolError(f"the server sent something else than JSON: {shown}") from error


def parse_json(text: str) -> Any:
    """Return the one JSON value (RFC 8259) that `text` holds; half a surrogate pair becomes U+FFFD.

    Raises ValueError, which says why, for everything that is not JSON, for numbers beyond Python's
    limits and for nesting deeper than DEEPEST.
    """
    text = mend_surrogates(text).strip(_BLANKS)
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    if is_too_deep(value, text):
        raise ValueError(TOO_DEEP)
    return value


def is_too_deep(value: Any, text: str) -> bool:
    """Whether the value of a JSON text nests deeper than DEEPEST."""
    if len(text) <= DEEPEST or text.count("[") + text.count("{") <= DEEPEST:
        return False  # so few brackets cannot, and they are counted in a fraction of the time
    return nests_deeper(value, DEEPEST)


def nests_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects in one another are more than `levels`."""
    level = _containers([value])
    for _ in range(levels):
        if not level:
            return False
        level = _containers(
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
        )
    return bool(level)


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"too large a number: {digits[:EXCERPT]}")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
