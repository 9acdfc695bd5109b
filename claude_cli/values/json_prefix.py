"""JSON text that was cut or breaks off → the part of it that can be understood. Pure."""

import re
from typing import Any

from claude_cli.errors import ProtocolError
from claude_cli.values.strict_json import DEEPEST, decode_json

_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")
      | (?P<scalar>(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)
        (?=[ \t\n\r,\]}]|\Z))
      | (?P<mark>[{}\[\],:])
    )""",
    re.VERBOSE | re.DOTALL,
)
_NEXT = {
    ("value", "scalar"): "end",
    ("value", "string"): "end",
    ("value", "{"): "first key",
    ("value", "["): "first item",
    ("first item", "scalar"): "end",
    ("first item", "string"): "end",
    ("first item", "{"): "first key",
    ("first item", "["): "first item",
    ("first item", "]"): "end",
    ("first key", "string"): "colon",
    ("first key", "}"): "end",
    ("key", "string"): "colon",
    ("colon", ":"): "value",
    ("end", ","): "value",
    ("end", "}"): "end",
    ("end", "]"): "end",
}
"""What was expected, what came → what is expected next; after a comma in an object it is a key."""

_CLOSING = {"{": "}", "[": "]"}


def parse_prefix(text: str) -> Any:
    """Return the longest beginning of `text` that makes a value once its brackets are closed.

    A member or an item that is not whole is left out, and what lies too deep. None where nothing
    can be understood. Takes time linear in the text.
    """
    try:
        return decode_json(_closed(text))
    except ProtocolError:
        return None


def _closed(text: str) -> str:
    """Return `text` up to its last whole value, with the brackets that are open there closed."""
    end, missing = 0, ""
    open_brackets: list[str] = []
    expected, position = "value", 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        kind = token["mark"] or str(token.lastgroup)
        expected = _NEXT.get((expected, kind), "")
        if kind in _CLOSING:
            open_brackets.append(_CLOSING[kind])
        elif kind in ("}", "]") and (not open_brackets or open_brackets.pop() != kind):
            break
        elif kind == ",":
            if not open_brackets:
                break
            expected = "key" if open_brackets[-1] == "}" else expected
        if not expected or len(open_brackets) >= DEEPEST:
            break
        if expected in ("end", "first key", "first item"):
            end, missing = position, "".join(reversed(open_brackets))
    return text[:end] + missing
