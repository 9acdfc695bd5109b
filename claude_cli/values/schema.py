"""JSON Schema: is a schema one, and does a value fit it. Nothing is fetched, all is bounded.

By draft 2020-12, or the one that `$schema` names; formats are checked. A schema may be hostile:
references that double, and patterns that backtrack without end, are given up (SchemaFault).
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from claude_cli.values import patterns
from claude_cli.values.formats import format_checker

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError, ValidationError

MESSAGE_LENGTH: Final = 200

_SECONDS: Final = 1.0
"""Of this thread's own time, for one check."""

_MOST_PARTS: Final = 10**9
"""Schemas inside a schema, each reference counted as what it stands for."""

_ANCHOR: Final = re.compile("#[^/]")
"""A reference by name, which jsonschema follows and the count of schemas does not."""

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")

_IN_A_LIST: Final = ("anyOf", "allOf", "oneOf", "prefixItems", "items")
_BY_NAME: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
# fmt: off
_ALONE: Final = (
    "items", "additionalItems", "additionalProperties", "not", "if", "then", "else", "contains",
    "propertyNames", "unevaluatedItems", "unevaluatedProperties",
)
# fmt: on
"""Where schemas lie inside a schema."""

Keyword: TypeAlias = Callable[[Any, Any, Any, Any], "Iterator[ValidationError]"]


class SchemaFault(Exception):
    """What makes a schema useless: it is none, leads elsewhere, or costs too much to check."""


def check_schema(schema: dict[str, Any]) -> None:
    """Raise SchemaFault, which names the place, unless `schema` can be checked against."""
    from jsonschema.exceptions import SchemaError

    try:
        _dialect(schema).check_schema(schema, format_checker=format_checker())
        _count(schema, schema, {})
    except SchemaError as error:
        raise SchemaFault(_told(error)) from error
    except RecursionError as error:
        raise SchemaFault("it is nested too deeply") from error


def errors(schema: dict[str, Any], value: Any, most: int = 5) -> list[str]:
    """Why `value` does not fit, a line for each problem: its place and what is wrong there.

    Raises SchemaFault where that cannot be told.
    """
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        found = list(islice(_validator(schema).iter_errors(value), most))
    except Unresolvable as error:
        raise SchemaFault(f"there is nothing at {error.ref}") from error
    except patterns.PatternFault as error:
        raise SchemaFault(str(error)) from error
    except RecursionError as error:
        raise SchemaFault("a reference leads back to itself, or it is nested too deeply") from error
    # best_match looks into an anyOf for what was nearest.
    return [_told(best_match([error])) for error in found]


def subschemas(schema: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schemas right inside a sound one, in the order of the text, with the keys to each."""
    for key, value in schema.items():
        if key in _IN_A_LIST and isinstance(value, list):
            yield from (((key, number), one) for number, one in enumerate(value))
        elif key in _BY_NAME:
            yield from (((key, name), one) for name, one in value.items())
        elif key in _ALONE:
            yield (key,), value


def resolve(reference: str, root: dict[str, Any]) -> Any:
    """The schema that a `$ref` in `root` stands for. Raises SchemaFault if there is none."""
    from urllib.parse import unquote

    if not reference.startswith("#"):
        raise SchemaFault(f"it refers to another document, {reference}, and nothing is fetched")
    found: Any = root
    for step in unquote(reference[1:]).split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (LookupError, ValueError, TypeError):
            raise SchemaFault(f"there is nothing at {reference}") from None
    return found


def _count(schema: Any, root: dict[str, Any], known: dict[int, int]) -> int:
    """How many schemas `schema` holds, each `$ref` counted as what it stands for, but a recursive
    one once. Raises SchemaFault where they are too many, or a reference leads nowhere."""
    if not isinstance(schema, dict):
        return 1
    if (count := known.get(id(schema))) is not None:
        return count
    known[id(schema)] = 1
    count = 1 + sum(_count(each, root, known) for _, each in subschemas(schema))
    reference = schema.get("$ref")
    if reference is not None and not _ANCHOR.match(reference):
        count += _count(resolve(reference, root), root, known)
    if count > _MOST_PARTS:
        raise SchemaFault("its references unfold to more than can be checked")
    known[id(schema)] = count
    return count


def _dialect(schema: dict[str, Any]) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    is_named = isinstance(schema.get("$schema"), str)
    return validator_for(schema, Draft202012Validator) if is_named else Draft202012Validator


def _validator(schema: dict[str, Any]) -> Any:
    from jsonschema.validators import extend
    from referencing import Registry

    dialect = _dialect(schema)
    deadline = time.thread_time() + _SECONDS
    keywords: dict[str, Keyword] = {
        key: _in_time(dialect.VALIDATORS[key], deadline)
        for key in _REFERENCES
        if key in dialect.VALIDATORS
    }
    # An empty registry: the default one fetches a `$ref` that is a URL.
    bounded: Any = extend(dialect, keywords | _OURS)  # type: ignore[no-untyped-call]
    return bounded(schema, registry=Registry(), format_checker=format_checker())


def _in_time(keyword: Keyword, deadline: float) -> Keyword:
    def bounded(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> "Iterator[ValidationError]":
        if time.thread_time() > deadline:
            raise SchemaFault("it takes too long to check")
        yield from keyword(validator, value, instance, schema)

    return bounded


def _multiple_of(validator: Any, step: Any, value: Any, _: Any) -> "Iterator[ValidationError]":
    """In decimals, as they are written: 19.99 is a multiple of 0.01."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "number") and Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> "Iterator[ValidationError]":
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not patterns.matches(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, named: dict[str, Any], value: Any, _: Any
) -> "Iterator[ValidationError]":
    for name, member in value.items() if validator.is_type(value, "object") else ():
        for pattern, schema in named.items():
            if patterns.matches(pattern, name):
                yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, additional: Any, value: Any, schema: dict[str, Any]
) -> "Iterator[ValidationError]":
    from jsonschema.exceptions import ValidationError

    if not validator.is_type(value, "object"):
        return
    known, by_pattern = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, member in value.items():
        if name in known or any(patterns.matches(pattern, name) for pattern in by_pattern):
            continue
        if additional is False:
            yield ValidationError(f"{name!r} is no property of it, and no other is allowed")
        else:
            yield from validator.descend(member, additional, path=name)


_OURS: Final[dict[str, Keyword]] = {
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}


def _told(problem: "ValidationError | SchemaError") -> str:
    """One problem as `$.path: what`, short also where jsonschema quotes all of a large value."""
    message = problem.message
    if len(message) > MESSAGE_LENGTH:
        message = f"{problem.validator} {json.dumps(problem.validator_value)}"[:MESSAGE_LENGTH]
    return f"{problem.json_path}: {message}"
