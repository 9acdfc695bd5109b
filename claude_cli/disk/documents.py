"""JSON and TOML that somebody wrote by hand, or sent along: text → values, within bounds.

What is nested deeper than DEEPEST is refused: whoever wrote the value out again would fail.
Everything raises InputError with the `name` of the text, and what is wrong with it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from claude_cli.errors import InputError

DEEPEST = 200
"""Levels of nesting; the API takes no more of a schema, and no body needs them."""

_NAME = r"""(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_NAME}){{{DEEPEST}}}")
"""A dotted key of TOML, which costs its parser a square of its length."""


def read_json(text: str, name: str) -> Any:
    """The one JSON value (RFC 8259) that `text` is: without NaN and Infinity."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:
        raise InputError(f"{name} is not JSON: {error}") from error
    if nests_deeper(value, DEEPEST):
        raise _too_deep(name)
    return value


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


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _too_deep(name: str) -> InputError:
    return InputError(f"{name}: nested deeper than {DEEPEST} levels")
