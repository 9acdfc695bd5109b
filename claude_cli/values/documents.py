"""JSON and TOML that somebody wrote by hand, or sent along: text → values, within bounds.

Everything raises InputError with the `name` of the text, and what is wrong with it.
"""

import re
from typing import Any

from claude_cli.errors import InputError
from claude_cli.values.strict_json import DEEPEST, TOO_DEEP, nests_deeper, parse_json

_NAME = r"""(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_NAME}){{{DEEPEST}}}")
"""A dotted key of TOML, which costs its parser a square of its length."""


def read_json(text: str, name: str) -> Any:
    """The one JSON value (RFC 8259) that `text` is: without NaN and Infinity."""
    try:
        return parse_json(text)
    except ValueError as error:
        if str(error) == TOO_DEEP:
            raise _too_deep(name) from error
        raise InputError(f"{name} is not JSON: {error}") from error


def read_toml(text: str, name: str, **options: Any) -> dict[str, Any]:
    """The tables of a TOML text; `options` are those of `tomllib.loads`."""
    import tomllib

    if text.count(".") >= DEEPEST and _LONG_KEY.search(text):
        raise _too_deep(name)
    try:
        tables = tomllib.loads(text, **options)
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:  # a TOMLDecodeError, or a date that is none
        raise InputError(f"{name}: {error}") from error
    if nests_deeper(tables, DEEPEST):
        raise _too_deep(name)
    return tables


def _too_deep(name: str) -> InputError:
    return InputError(f"{name}: {TOO_DEEP}")
