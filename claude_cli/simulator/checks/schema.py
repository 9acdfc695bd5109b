"""What the API refuses in JSON schemas: malformed ones everywhere; and where a model is held to
one, in `output_config.format` and strict tools, all but a subset of the keywords.
"""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Any, NamedTuple

from claude_cli.simulator.wire.rejections import invalid
from claude_cli.simulator.wire.shapes import (
    Shape,
    any_object,
    anything,
    array,
    integer,
    nullable,
    number,
    string,
    string_or,
)
from claude_cli.values.structured_outputs import (
    MOST_OPTIONAL,
    MOST_UNIONS,
    is_object,
    is_union,
    optional_properties,
    unsupported,
)

# The keywords that the walk below and `instances` rely on, and the form that each must have.
_FORMS: dict[str, Shape] = {
    "type": string_or(array(string(), least=1)),
    "properties": nullable(any_object),
    "$defs": any_object,
    "definitions": any_object,
    **{keyword: array(any_object, least=1) for keyword in ("anyOf", "oneOf", "allOf")},
    "required": nullable(array(string())),
    "enum": array(anything, least=1),
    "examples": array(anything),
    "$ref": string(),
    "format": string(),
    "pattern": string(),
    "multipleOf": number(1e-9, inf),
    **{keyword: integer() for keyword in ("minLength", "maxLength", "minItems", "maxItems")},
    **{
        keyword: number(-inf, inf)
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    },
}
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


class Subschema(NamedTuple):
    """A schema, or one inside another, at its dotted path in the request."""

    path: str
    schema: dict[str, Any]


def check_schema(path: str, schema: Any) -> None:
    """Raises where `schema` is no JSON schema at all."""
    for _ in _subschemas(path, schema):
        pass


def check_strict_schemas(schemas: Iterable[Subschema]) -> None:
    """Raises for what a model cannot be held to; the limits count over all of a request."""
    optional = unions = 0
    for root in schemas:
        followed: dict[Any, bool] = {}
        for path, schema in _subschemas(root.path, root.schema):
            _check_keywords(path, schema)
            if "$ref" in schema:
                _follow(path, schema["$ref"], root.schema, followed)
            optional += optional_properties(schema)
            unions += is_union(schema)
        if optional > MOST_OPTIONAL:
            raise invalid(root.path, f"more than {MOST_OPTIONAL} optional properties")
        if unions > MOST_UNIONS:
            raise invalid(root.path, f"more than {MOST_UNIONS} properties of a union type")


def _subschemas(path: str, schema: Any) -> Iterator[Subschema]:
    if isinstance(schema, bool):
        return
    any_object(path, schema)
    for keyword, form in _FORMS.items():
        if keyword in schema:
            form(f"{path}.{keyword}", schema[keyword])
    yield Subschema(path, schema)
    for keyword in ("properties", "$defs", "definitions"):
        for name, inner in (schema.get(keyword) or {}).items():
            yield from _subschemas(f"{path}.{keyword}.{name}", inner)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for index, inner in enumerate(schema.get(keyword, ())):
            yield from _subschemas(f"{path}.{keyword}.{index}", inner)
    if "items" in schema:
        yield from _subschemas(f"{path}.items", schema["items"])


def _check_keywords(path: str, schema: dict[str, Any]) -> None:
    types = schema.get("type", [])
    for name in types if isinstance(types, list) else [types]:
        if name not in _TYPES:
            raise invalid(f"{path}.type", f"type {name!r} is not supported")
    if is_object(schema) and schema.get("additionalProperties") is not False:
        raise invalid(path, "for 'object' type, 'additionalProperties' must be false")
    for problem in unsupported(schema):
        raise invalid(path, f"{problem} is not supported")


def _follow(path: str, reference: Any, root: dict[str, Any], followed: dict[Any, bool]) -> None:
    """Raises where a reference leads nowhere, or back to itself. `followed`: those that were met,
    and whether all behind them was.
    """
    if followed.get(reference):
        return
    if reference in followed:
        raise invalid(f"{path}.$ref", f"{reference!r} is recursive, which is not supported")
    target = resolve(reference, root)
    if target is None:
        raise invalid(f"{path}.$ref", f"{reference!r} is not a definition of this schema")
    followed[reference] = False
    for inner in _references(target):
        _follow(path, inner, root, followed)
    followed[reference] = True


def _references(schema: Any) -> Iterator[str]:
    """The references inside a schema, none of them followed."""
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for item in schema.values():
            yield from _references(item)


def resolve(reference: Any, root: dict[str, Any]) -> Any:
    """What `#/$defs/name` points at within `root`; None for nothing and for other documents."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    target: Any = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        target = target.get(name) if isinstance(target, dict) else None
    return target
