"""Formats of JSON Schema that jsonschema checks only with the help of other packages."""

import re
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from claude_cli.values.patterns import is_pattern

if TYPE_CHECKING:
    from jsonschema import FormatChecker

_TIME = r"\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
_SPAN = r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?|P\d+W"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"

_FORMS: Final = {
    "date-time": rf"\d{{4}}-\d\d-\d\d[Tt]{_TIME}",  # RFC 3339
    "time": _TIME,
    "duration": _SPAN,  # RFC 3339, appendix A
    "hostname": rf"{_LABEL}(\.{_LABEL})*\.?",  # RFC 1123
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*",  # RFC 3986, roughly
}


@cache
def format_checker() -> "FormatChecker":
    """jsonschema's own formats, and those of `_FORMS`."""
    from jsonschema import FormatChecker

    checker = FormatChecker()
    ours = {name: (partial(_fits, name), ValueError) for name in _FORMS}
    checker.checkers = {**checker.checkers, **ours, "regex": (is_pattern, ())}
    return checker


def _fits(name: str, value: Any) -> bool:
    """Whether a text has the format. Raises ValueError for a day or an hour that there is not."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(_FORMS[name], value, re.ASCII):
        return False
    if name in ("date-time", "time"):
        # 23:59:60 is a leap second, which Python does not know.
        moment = value.upper().replace(":60", ":59").rpartition("T")
        datetime.fromisoformat(f"{moment[0] or '2000-01-01'}T{moment[2]}")
    return True
