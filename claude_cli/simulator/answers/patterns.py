"""A string that matches a regular expression, for the simple patterns of JSON schemas: literals,
classes, groups, alternatives and counts. No look-around, no back references.
"""

import re
import string

from claude_cli.values.patterns import PatternFault, matches

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|\((?:\?:)?|\)|\||[*+?]|\{\d+(?:,\d*)?\}|.", re.DOTALL
)
_ALPHABET = (
    string.ascii_lowercase + string.ascii_uppercase + string.digits + string.punctuation + " "
)
_LONGEST = 1000
"""Characters of what is repeated."""


def sample(pattern: str) -> str | None:
    """The simplest match of `pattern`, or None where it is beyond this module."""
    try:
        found = _alternative(list(reversed(_TOKEN.findall(pattern))))
        return found if matches(pattern, found) else None
    except (re.error, StopIteration, PatternFault, RecursionError):
        return None


def _alternative(tokens: list[str]) -> str:
    """Takes tokens (next one last) up to a closing bracket; of alternatives the first counts."""
    pieces: list[str] = []
    first: str | None = None
    while tokens and (token := tokens.pop()) != ")":
        if token == "|":
            first = first if first is not None else "".join(pieces)
            pieces = []
        elif token not in ("^", "$"):
            piece = _alternative(tokens) if token.startswith("(") else _character(token)
            count = _count(tokens)
            if len(piece) * count > _LONGEST:
                raise StopIteration
            pieces.append(piece * count)
    return first if first is not None else "".join(pieces)


def _character(token: str) -> str:
    return next(character for character in _ALPHABET if re.fullmatch(token, character))


def _count(tokens: list[str]) -> int:
    """How often the last piece comes: as rarely as its quantifier allows, but once for `*`."""
    quantifier = tokens[-1] if tokens else ""
    if quantifier in ("*", "+", "?"):
        tokens.pop()
    elif quantifier.startswith("{") and quantifier != "{":
        return int(tokens.pop().strip("{}").partition(",")[0])
    return 1
