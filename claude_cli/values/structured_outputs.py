"""What structured outputs take of JSON Schema, by Anthropic's guide "Structured outputs"."""

from collections.abc import Iterator
from typing import Any

MOST_OPTIONAL = 24
MOST_UNIONS = 16
"""Optional properties, and unions of types, in all schemas of a request."""
# fmt: off
_FORMATS = frozenset((
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
))
_SUPPORTED = frozenset((
    "type", "properties", "required", "additionalProperties", "items", "minItems", "enum", "const",
    "anyOf", "allOf", "$ref", "$defs", "definitions", "default", "format", "pattern",
    "title", "description", "examples", "$schema", "$id", "$comment",
))
# fmt: on


def is_object(schema: dict[str, Any]) -> bool:
    """Whether objects may fit, which have to say that they take no other properties."""
    kind = schema.get("type", "object" if "properties" in schema else None)
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def unsupported(schema: dict[str, Any]) -> Iterator[str]:
    """What of a sound schema is refused, without regard to those inside it."""
    yield from (key for key in schema if key not in _SUPPORTED)
    if "allOf" in schema and "$ref" in schema:
        yield "allOf beside $ref"
    if schema.get("minItems", 0) > 1:
        yield "minItems above 1"
    if schema.get("additionalProperties", False) is not False:
        yield "additionalProperties other than false"
    if "format" in schema and schema["format"] not in _FORMATS:
        yield f"format {schema['format']}"
    fixed = (*schema.get("enum", ()), schema.get("const"))
    if any(isinstance(value, dict | list) for value in fixed):
        yield "enum or const of objects or lists"


def optional_properties(schema: dict[str, Any]) -> int:
    return len((schema.get("properties") or {}).keys() - set(schema.get("required") or ()))


def is_union(schema: dict[str, Any]) -> bool:
    return "anyOf" in schema or isinstance(schema.get("type"), list)
