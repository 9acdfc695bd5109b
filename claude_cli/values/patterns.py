"""Patterns of JSON Schema: regular expressions of ECMA-262, such as `^\\p{L}+$`, matched in bounded
time. A pattern and a text may be made for each other so that matching takes for ever."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import regex

_LONGEST: Final = 10_000

_ECMA: Final = re.compile(
    r"\\u\{(?P<code>[0-9a-fA-F]{1,6})\}|\\.|\[(?:\\.|[^]\\])*]|(?P<end>\$)", re.DOTALL
)


class PatternFault(Exception):
    """A pattern that is none, or whose matching takes too long."""


def matches(pattern: str, text: str, seconds: float = 0.5) -> bool:
    """Whether `pattern` is found in `text`. Raises PatternFault, also after so many seconds."""
    try:
        return _compiled(pattern).search(text, timeout=seconds) is not None
    except TimeoutError:
        raise PatternFault(f"the pattern {pattern[:100]} takes too long to match") from None


def is_pattern(value: Any) -> bool:
    """Whether a text is a pattern; all else is none of our business."""
    if not isinstance(value, str):
        return True
    try:
        _compiled(value)
    except PatternFault:
        return False
    return True


@lru_cache(64)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    import regex

    if len(pattern) > _LONGEST:
        raise PatternFault(f"a pattern of {len(pattern)} characters is too long")
    try:
        return regex.compile(_ECMA.sub(_in_python, pattern))
    except (regex.error, RecursionError, ValueError, OverflowError) as error:
        raise PatternFault(f"{pattern[:100]} is no pattern: {error}") from error


def _in_python(part: re.Match[str]) -> str:
    """`$` is the very end, not also before a last line end; `\\u{1F600}` is a character."""
    if part["end"]:
        return r"\Z"
    return re.escape(chr(int(part["code"], 16))) if part["code"] else part[0]
