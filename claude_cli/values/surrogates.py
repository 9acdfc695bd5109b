"""Surrogates: halves of characters beyond U+FFFF, in a text or as escapes in a JSON text. Pure.

A half alone is legal JSON, but nothing that can be written as UTF-8.
"""

import re

_ESCAPES = (
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
"""Any escape of a JSON string; group 1 is a surrogate that is not half of a pair."""
_FIRST_HALF_AT_END = re.compile(r'(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2})"')
_SECOND_HALF_AT_START = re.compile(r'(?<=[:\s]")\\u[dD][c-fC-F][0-9a-fA-F]{2}')


def utf8(text: str) -> bytes:
    """The text as UTF-8; a half alone becomes U+FFFD, two that belong together their character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def whole_characters(text: str) -> str:
    """The same text, with nothing in it that cannot be written as UTF-8."""
    return text if text.isascii() else utf8(text).decode()


def mend_surrogates(text: str) -> str:
    """Return the JSON `text` with U+FFFD for each half without the other."""
    if "\\" not in text or ("\\ud" not in text and "\\uD" not in text):
        return text
    return re.sub(_ESCAPES, lambda escape: r"\ufffd" if escape[1] else escape[0], text)


def ends_in_half(text: str) -> bool:
    """Whether a string in the JSON `text` ends in the first half of a character."""
    return "\\" in text and _FIRST_HALF_AT_END.search(text) is not None


def move_half(first: str, second: str) -> tuple[str, str]:
    """Return both JSON texts, a first half moved from the one into the other if that has the
    second half, at the start of a string."""
    half, start = _FIRST_HALF_AT_END.search(first), _SECOND_HALF_AT_START.search(second)
    if half is None or start is None:
        return first, second
    at = start.start()
    return first[: half.start(1)] + first[half.end(1) :], second[:at] + half[1] + second[at:]
