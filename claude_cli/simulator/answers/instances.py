"""JSON schema → a value that fits it.

Knows what model output needs: types, enum, const, properties, items, references, anyOf, allOf and
the usual bounds.
"""

import math
from typing import Any, TypeAlias

from claude_cli.simulator.answers.patterns import sample
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
VALUES_LIMIT = 10_000
"""Values in an instance: references may double at each step. What comes after these is null."""
STRING_LIMIT = 100_000
Trail: TypeAlias = tuple[str, ...]
"""The references on the way to a schema: what a recursive one must not follow again."""


def make_instance(schema: dict[str, Any], *, optional: bool = True) -> Any:
    """A value that fits `schema`: required properties first, then the others, each once.

    Without `optional` the others are left out. A free string says the name of its property. A
    recursive schema is left where it allows it, and ends in null where it does not.
    """
    return _Maker(schema, optional).make(schema, "value", ())


class _Maker:
    def __init__(self, root: dict[str, Any], optional: bool) -> None:
        self._root = root
        self._optional = optional
        self._left = VALUES_LIMIT

    def make(self, schema: Any, name: str, trail: Trail) -> Any:
        """`schema` may also be true, as in `items`. `name` is what a free string says."""
        self._left -= 1
        if self._left < 0:
            return None
        if not isinstance(schema, dict):
            schema = {}
        for keyword in ("const", "default"):
            if keyword in schema:
                return schema[keyword]
        for keyword in ("enum", "examples"):
            if schema.get(keyword):
                return schema[keyword][0]
        if "$ref" in schema:
            reference = schema["$ref"]
            target = resolve(reference, self._root) if trail.count(reference) < 2 else None
            return target and self.make(target, name, (*trail, reference))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                branches = schema[keyword]
                branch = next((b for b in branches if not _recurs(b, trail)), branches[0])
                return self.make({**_without(schema, keyword), **branch}, name, trail)
        if schema.get("allOf"):
            return self.make(_merged(schema), name, trail)
        return self._of_type(schema, name, trail)

    def _of_type(self, schema: dict[str, Any], name: str, trail: Trail) -> Any:
        kind = schema.get("type") or ("object" if "properties" in schema else "string")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                return self._object(schema, trail)
            case "array":
                items = schema.get("items") or {}
                usual = 0 if _recurs(items, trail) or schema.get("maxItems") == 0 else 1
                length = min(max(usual, schema.get("minItems", 0)), VALUES_LIMIT)
                return [self.make(items, name, trail) for _ in range(length)]
            case "integer" | "number" as numeric:
                return _number(schema, numeric == "integer")
            case "boolean":
                return True
            case "null":
                return None
        return _string(schema, name)

    def _object(self, schema: dict[str, Any], trail: Trail) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        names = [name for name in schema.get("required") or () if name in properties]
        if self._optional:
            names += [name for name in properties if not _recurs(properties[name], trail)]
        return {name: self.make(properties[name], name, trail) for name in dict.fromkeys(names)}


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


def _number(schema: dict[str, Any], whole: bool) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 2))
    step = schema.get("multipleOf") or 1
    multiple = math.ceil(low / step) * step
    for candidate in (1, multiple, multiple + step, low, high, (low + high) / 2):
        if _fits_bounds(candidate, schema) and not (whole and candidate % 1):
            return int(candidate) if whole else candidate
    return 1


def _fits_bounds(value: float, schema: dict[str, Any]) -> bool:
    return bool(
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and schema.get("exclusiveMinimum", value - 1) < value
        and value < schema.get("exclusiveMaximum", value + 1)
        and not ("multipleOf" in schema and value % schema["multipleOf"])
    )


def _string(schema: dict[str, Any], name: str) -> str:
    text = sample(schema["pattern"]) if "pattern" in schema else None
    text = text or SAMPLES.get(schema.get("format", ""), name)
    text = text.ljust(min(schema.get("minLength", 0), STRING_LIMIT), "x")
    return text[: schema.get("maxLength", len(text))]
