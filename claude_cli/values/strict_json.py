"""JSON from a server that is not trusted → Python values that can be written out again.

Stricter than `json.loads` (no NaN, no infinity, no bottomless nesting), and whole characters only.
It does not encode.
"""

import json
from typing import Any, NoReturn

from claude_cli.disk.documents import DEEPEST, nests_deeper
from claude_cli.errors import ProtocolError
from claude_cli.values.surrogates import mend_surrogates

EXCERPT = 200
"""Characters of what was refused that its error shows."""

_BLANKS = " \t\n\r"
_BOM = "\ufeff"


def decode_json(text: bytes | str) -> Any:
    """Return the one JSON value (RFC 8259) that `text` holds; bytes are taken for UTF-8.

    What is no character, in the bytes or as an escape, becomes U+FFFD. Raises ProtocolError, which
    shows the start of the text, for everything that is not JSON, for numbers beyond Python's
    limits and for nesting deeper than DEEPEST.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace").removeprefix(_BOM)
    text = mend_surrogates(text).strip(_BLANKS)
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(text) from error
    # A text that short has no room for so many brackets.
    if end != len(text) or (end > 2 * DEEPEST and nests_deeper(value, DEEPEST)):
        raise _not_json(text)
    return value


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"too large a number: {digits[:EXCERPT]}")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)


def _not_json(text: str) -> ProtocolError:
    return ProtocolError(f"the server sent something else than JSON: {text[:EXCERPT] or 'nothing'}")
