"""JSON schemas and the values that fit them: makes one, and tests one.

Knows what model output needs: types, enum, const, properties, items, references, anyOf, allOf and
the usual bounds.
"""

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from claude_cli.simulator.checks.patterns import sample
from claude_cli.simulator.checks.schema import resolve

SAMPLES = {
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "date": "2026-01-31",
    "duration": "PT1H",
    "email": "someone@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
Trail: TypeAlias = tuple[str, ...]
"""The references on the way to a schema: what a recursive one must not follow again."""


def make_instance(
    schema: dict[str, Any],
    name: str = "value",
    root: dict[str, Any] | None = None,
    trail: Trail = (),
) -> Any:
    """A value that fits `schema`: required properties first, then the others, each once.

    `name` is what a free string says. A recursive schema is left where it allows it, and ends in
    null where it does not.
    """
    root = schema if root is None else root
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("enum", "examples"):
        if schema.get(keyword):
            return schema[keyword][0]
    if "$ref" in schema:
        reference = schema["$ref"]
        target = resolve(reference, root) if trail.count(reference) < 2 else None
        return target and make_instance(target, name, root, (*trail, reference))
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            branches = schema[keyword]
            branch = next((b for b in branches if not _recurs(b, trail)), branches[0])
            return make_instance({**_without(schema, keyword), **branch}, name, root, trail)
    if schema.get("allOf"):
        return make_instance(_merged(schema), name, root, trail)
    return _of_type(schema, name, root, trail)


def _recurs(schema: Any, trail: Trail) -> bool:
    return isinstance(schema, dict) and schema.get("$ref") in trail


def _without(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != keyword}


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    """The parts of `allOf` as one schema; properties and required names add up."""
    merged = _without(schema, "allOf")
    for part in schema["allOf"]:
        properties = {**(merged.get("properties") or {}), **(part.get("properties") or {})}
        required = [*(merged.get("required") or []), *(part.get("required") or [])]
        merged = {**merged, **part, "properties": properties, "required": required}
    return merged


def _of_type(schema: dict[str, Any], name: str, root: dict[str, Any], trail: Trail) -> Any:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return _object(schema, root, trail)
        case "array":
            items = schema.get("items") or {}
            usual = 0 if _recurs(items, trail) or schema.get("maxItems") == 0 else 1
            length = max(usual, schema.get("minItems", 0))
            return [_value(items, name, root, trail) for _ in range(length)]
        case "integer" | "number" as numeric:
            return _number(schema, numeric == "integer")
        case "boolean":
            return True
        case "null":
            return None
    return _string(schema, name)


def _object(schema: dict[str, Any], root: dict[str, Any], trail: Trail) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    required = [name for name in schema.get("required") or () if name in properties]
    optional = [name for name in properties if not _recurs(properties[name], trail)]
    names = dict.fromkeys([*required, *optional])
    return {name: _value(properties[name], name, root, trail) for name in names}


def _value(schema: Any, name: str, root: dict[str, Any], trail: Trail) -> Any:
    """As make_instance, for places where a schema may be just true."""
    return make_instance(schema if isinstance(schema, dict) else {}, name, root, trail)


def _number(schema: dict[str, Any], whole: bool) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 2))
    step = schema.get("multipleOf") or 1
    multiple = math.ceil(low / step) * step
    for candidate in (1, multiple, multiple + step, low, high, (low + high) / 2):
        if _fits_bounds(candidate, schema) and not (whole and candidate % 1):
            return int(candidate) if whole else candidate
    return 1


def _string(schema: dict[str, Any], name: str) -> str:
    text = sample(schema["pattern"]) if "pattern" in schema else None
    text = text or SAMPLES.get(schema.get("format", ""), name)
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]


def fits(value: Any, schema: Any, root: dict[str, Any] | None = None) -> bool:
    """Whether `value` is an instance of `schema`. Unknown keywords allow everything."""
    if isinstance(schema, bool) or not isinstance(schema, dict):
        return schema is not False
    root = schema if root is None else root
    if "$ref" in schema and not fits(value, resolve(schema["$ref"], root), root):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if not all(fits(value, part, root) for part in schema.get("allOf", ())):
        return False
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema and not any(fits(value, part, root) for part in schema[keyword]):
            return False
    return _fits_type(value, schema) and _fits_parts(value, schema, root)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS_TYPE: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value % 1 == 0,
}


def _fits_type(value: Any, schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    names = kinds if isinstance(kinds, list) else [kinds]
    return not names or any(_IS_TYPE[name](value) for name in names if name in _IS_TYPE)


def _fits_parts(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if isinstance(value, dict):
        properties, others = (
            schema.get("properties") or {},
            schema.get("additionalProperties", True),
        )
        return all(name in value for name in schema.get("required") or ()) and all(
            fits(item, properties.get(name, others), root) for name, item in value.items()
        )
    if isinstance(value, list):
        enough = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return enough and all(fits(item, schema.get("items", True), root) for item in value)
    if isinstance(value, str):
        enough = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return enough and _matches(value, schema.get("pattern", ""))
    return not _is_number(value) or _fits_bounds(value, schema)


def _matches(value: str, pattern: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _fits_bounds(value: float, schema: dict[str, Any]) -> bool:
    return bool(
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and schema.get("exclusiveMinimum", value - 1) < value
        and value < schema.get("exclusiveMaximum", value + 1)
        and not ("multipleOf" in schema and value % schema["multipleOf"])
    )
