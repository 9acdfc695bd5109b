"""Shapes of JSON values, as functions to combine: a shape raises the 400 that names the path at
which a value departs from it. What a value means, the modules of `checks/` judge.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from claude_cli.simulator.wire.rejections import invalid

Shape: TypeAlias = Callable[[str, Any], None]
"""Given the dotted path of a value and the value, returns or raises a Rejection."""

Fields: TypeAlias = Mapping[str, Shape]


def string(*, least: int = 0, most: int | None = None, pattern: str | None = None) -> Shape:
    """A string of `least` to `most` characters, the whole of it matching `pattern`."""

    def check(path: str, value: Any) -> None:
        if not isinstance(value, str):
            raise invalid(path, "Input should be a valid string")
        if len(value) < least:
            raise invalid(path, f"String should have at least {least} character(s)")
        if most is not None and len(value) > most:
            raise invalid(path, f"String should have at most {most} characters")
        if pattern is not None and not re.fullmatch(pattern, value):
            raise invalid(path, f"String should match pattern '^{pattern}$'")

    return check


def integer(least: int = 0, most: int | None = None) -> Shape:
    def check(path: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(path, "Input should be a valid integer")
        _check_range(path, value, least, most)

    return check


def number(least: float, most: float) -> Shape:
    def check(path: str, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise invalid(path, "Input should be a valid number")
        _check_range(path, value, least, most)

    return check


def _check_range(path: str, value: float, least: float, most: float | None) -> None:
    if value < least:
        raise invalid(path, f"Input should be greater than or equal to {least}")
    if most is not None and value > most:
        raise invalid(path, f"Input should be less than or equal to {most}")


def boolean(path: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise invalid(path, "Input should be a valid boolean")


def any_object(path: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise invalid(path, "Input should be a valid object")


def anything(path: str, value: Any) -> None:
    """Any JSON value: what is echoed from an earlier answer, or checked elsewhere."""


def one_of(*allowed: str) -> Shape:
    def check(path: str, value: Any) -> None:
        if value not in allowed:
            raise invalid(path, f"Input should be {_listed(allowed)}")

    return check


def nullable(shape: Shape) -> Shape:
    def check(path: str, value: Any) -> None:
        if value is not None:
            shape(path, value)

    return check


def array(shape: Shape, *, least: int = 0, most: int | None = None) -> Shape:
    def check(path: str, value: Any) -> None:
        if not isinstance(value, list):
            raise invalid(path, "Input should be a valid array")
        if len(value) < least:
            raise invalid(path, f"List should have at least {least} item(s)")
        if most is not None and len(value) > most:
            raise invalid(path, f"List should have at most {most} items, not {len(value)}")
        for index, item in enumerate(value):
            shape(f"{path}.{index}", item)

    return check


def string_or(shape: Shape) -> Shape:
    """A string, or what `shape` allows: the API's shorthand for one text block."""

    def check(path: str, value: Any) -> None:
        if not isinstance(value, str):
            shape(path, value)

    return check


def record(required: Fields, optional: Fields | None = None) -> Shape:
    """An object with these fields and no others."""
    fields = {**required, **(optional or {})}

    def check(path: str, value: Any) -> None:
        any_object(path, value)
        for name in required:
            if name not in value:
                raise invalid(joined(path, name), "Field required")
        for name, item in value.items():
            if name not in fields:
                raise invalid(joined(path, name), "Extra inputs are not permitted")
            fields[name](joined(path, name), item)

    return check


def tagged(variants: Mapping[str, Shape]) -> Shape:
    """An object whose `type` says which of the shapes it has."""

    def check(path: str, value: Any) -> None:
        any_object(path, value)
        if "type" not in value:
            raise invalid(f"{path}.type", "Field required")
        variant = variants.get(value["type"]) if isinstance(value["type"], str) else None
        if variant is None:
            tags = _listed(tuple(variants))
            raise invalid(path, f"Input tag {value['type']!r} found; `type` should be {tags}")
        variant(path, value)

    return check


def joined(path: str, name: str) -> str:
    """`name` below `path`; the body itself has the empty path."""
    return f"{path}.{name}" if path else name


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" or {quoted[-1]}"
