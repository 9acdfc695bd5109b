"""JSON Schema: is a schema one, and does a value fit it. Nothing is fetched, all is bounded.

By draft 2020-12, or the one that `$schema` names; formats are checked. A schema may be hostile:
references that double, and patterns that backtrack without end, are given up (SchemaFault).
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from claude_cli.values import patterns
from claude_cli.values.formats import format_checker

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError, ValidationError

MESSAGE_LENGTH: Final = 200

_SECONDS: Final = 0.25
_SECONDS_A_PART: Final = 0.0005
"""Of this thread's own time, for one check, and for each value inside the one that is checked."""

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

Errors: TypeAlias = "Iterator[ValidationError]"
Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Errors]


class SchemaFault(Exception):
    """What makes a schema useless: it is none, leads elsewhere, or costs too much to check."""


def check_schema(schema: dict[str, Any]) -> None:
    """Raise SchemaFault, which names the place, unless `schema` can be checked against."""
    from jsonschema.exceptions import SchemaError

    try:
        _dialect(schema).check_schema(schema, format_checker=format_checker())
        _count(schema, schema, {})
    except SchemaError as error:
        raise SchemaFault(_message_of(error)) from error
    except RecursionError as error:
        raise SchemaFault("it is nested too deeply") from error


def errors(schema: dict[str, Any], value: Any, most: int = 5) -> list[str]:
    """Why `value` does not fit, a line for each problem: its place and what is wrong there.

    Raises SchemaFault where that cannot be told.
    """
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        found = list(islice(_validator(schema, value).iter_errors(value), most))
    except Unresolvable as error:
        raise SchemaFault(f"there is nothing at {error.ref}") from error
    except patterns.PatternFault as error:
        raise SchemaFault(str(error)) from error
    except RecursionError as error:
        raise SchemaFault("a reference leads back to itself, or it is nested too deeply") from error
    # best_match looks into an anyOf for what was nearest.
    return [_message_of(best_match([error])) for error in found]


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


def _validator(schema: dict[str, Any], value: Any) -> Any:
    from jsonschema.validators import extend
    from referencing import Registry

    dialect = _dialect(schema)
    deadline = time.thread_time() + _SECONDS + _SECONDS_A_PART * _size(value)
    keywords = _Keywords(deadline).over(dialect.VALIDATORS)
    if _has_key(schema, "patternProperties"):
        # jsonschema matches them with `re` there, which may never end.
        keywords["unevaluatedProperties"] = _passed_over
    bounded: Any = extend(dialect, keywords)  # type: ignore[no-untyped-call]
    # An empty registry: the default one fetches a `$ref` that is a URL.
    return bounded(schema, registry=Registry(), format_checker=format_checker())


def _size(value: Any) -> int:
    """How many values a JSON value holds, itself included."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _has_key(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_has_key(each, key) for each in value.values())
    return isinstance(value, list) and any(_has_key(each, key) for each in value)


def _passed_over(validator: Any, keyword: Any, value: Any, schema: Any) -> Errors:
    return iter(())


class _Keywords:
    """The keywords that jsonschema checks in another way, or without end."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is in this thread's own time."""
        self._deadline = deadline

    def over(self, given: Mapping[str, Keyword]) -> dict[str, Keyword]:
        """Ours, for the keywords of a dialect."""
        references = {key: self._in_time(given[key]) for key in _REFERENCES if key in given}
        return references | {
            "multipleOf": _multiple_of,
            "pattern": self._pattern,
            "patternProperties": self._pattern_properties,
            "additionalProperties": self._additional_properties,
        }

    def _left(self) -> float:
        """Seconds; raises SchemaFault where there are none."""
        if (left := self._deadline - time.thread_time()) <= 0:
            raise SchemaFault("it takes too long to check")
        return left

    def _in_time(self, keyword: Keyword) -> Keyword:
        def bounded(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
            self._left()
            yield from keyword(validator, value, instance, schema)

        return bounded

    def _matches(self, pattern: str, text: str) -> bool:
        return patterns.matches(pattern, text, self._left())

    def _pattern(self, validator: Any, pattern: str, value: Any, _: Any) -> Errors:
        from jsonschema.exceptions import ValidationError

        if validator.is_type(value, "string") and not self._matches(pattern, value):
            yield ValidationError(f"{value!r} does not match {pattern!r}")

    def _pattern_properties(
        self, validator: Any, named: dict[str, Any], value: Any, _: Any
    ) -> Errors:
        for name, member in value.items() if validator.is_type(value, "object") else ():
            for pattern, schema in named.items():
                if self._matches(pattern, name):
                    yield from validator.descend(member, schema, path=name, schema_path=pattern)

    def _additional_properties(
        self, validator: Any, additional: Any, value: Any, schema: dict[str, Any]
    ) -> Errors:
        from jsonschema.exceptions import ValidationError

        if not validator.is_type(value, "object"):
            return
        known, by_pattern = schema.get("properties", {}), schema.get("patternProperties", {})
        for name, member in value.items():
            if name in known or any(self._matches(pattern, name) for pattern in by_pattern):
                continue
            if additional is False:
                yield ValidationError(f"{name!r} is no property of it, and no other is allowed")
            else:
                yield from validator.descend(member, additional, path=name)


def _multiple_of(validator: Any, step: Any, value: Any, _: Any) -> Errors:
    """In decimals, as they are written: 19.99 is a multiple of 0.01."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "number") and Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _message_of(problem: "ValidationError | SchemaError") -> str:
    """One problem as `$.path: what`, short also where jsonschema quotes all of a large value."""
    message = problem.message
    if len(message) > MESSAGE_LENGTH:
        message = f"{problem.validator} {json.dumps(problem.validator_value)}"[:MESSAGE_LENGTH]
    return f"{problem.json_path}: {message}"
