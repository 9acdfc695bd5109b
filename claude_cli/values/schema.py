"""JSON Schema for `--schema`: made ready for the API, and answers checked against it.

The API takes a subset of JSON Schema (Anthropic's guide "Structured outputs"); the check here is
the full one, by draft 2020-12. No reference is ever fetched.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from claude_cli.disk import inputfile
from claude_cli.errors import InputError, SchemaMismatch

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError, ValidationError

_FILE_LIMIT = 4 * 1024 * 1024
_MESSAGE_LENGTH = 200

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
_SAYS_WHAT = frozenset(("type", "properties", "$ref", "anyOf", "allOf", "oneOf", "enum", "const"))
_MOST_OPTIONAL = 24
_MOST_UNIONS = 16
# Where schemas lie inside a schema: as the value, in a list, in an object of names.
_ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_LISTED = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_DEFINITIONS = ("$defs", "definitions")


class _Part(NamedTuple):
    """A schema inside a schema: the keys that lead to it from the root, and itself."""

    keys: tuple[str | int, ...]
    schema: dict[str, Any]

    @property
    def path(self) -> str:
        return "$" + "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.keys)


def prepare(text_or_path: str) -> tuple[dict[str, Any], list[str]]:
    """The schema to send, and notes on what in it structured outputs refuse.

    Text that begins with `{` is the schema itself, anything else a path. Every object gets
    `additionalProperties: false` where it says nothing. Raises InputError for what is no JSON
    Schema, or refers to another document, InputUnreadable for the file.
    """
    if text_or_path.lstrip().startswith("{"):
        name, text = "the schema", text_or_path
    else:
        name = inputfile.escaped(text_or_path)
        text = inputfile.read_text(text_or_path, limit=_FILE_LIMIT)
    schema = _parse(text, name)
    _require_sound(schema, name)
    notes = [] if schema.keys() & _SAYS_WHAT else ["$: a schema without a type"]
    for part in _parts(schema):
        if _is_object(part.schema):
            part.schema.setdefault("additionalProperties", False)
        notes += [f"{part.path}: {what}" for what in _unsupported(part.schema)]
    if reference := _recursive_reference(schema):
        notes.append(f"{reference}: recursion")
    notes += _excesses(schema)
    return schema, [f"structured outputs do not take {note}" for note in notes]


def check(schema: dict[str, Any], text: str) -> None:
    """Raise SchemaMismatch unless `text` is JSON that fits; the message has the JSON path."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as err:
        raise SchemaMismatch(f"the answer is not JSON: {err}") from err
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    # An empty registry: the default one would fetch what a $ref names.
    validator = Draft202012Validator(
        schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    try:
        # The first is enough, and found at once; best_match looks into it where it is an anyOf.
        problem = best_match(islice(validator.iter_errors(value), 1))
    except (Unresolvable, RecursionError) as err:
        raise InputError(f"the schema cannot be followed: {err}") from err
    if problem is not None:
        raise SchemaMismatch(f"the answer does not fit the schema: {_told(problem)}")


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise InputError(f"{name} is not JSON: {err}") from err
    if not isinstance(schema, dict):
        raise InputError(f"{name} is no JSON Schema: it must be a JSON object")
    return schema


def _require_sound(schema: dict[str, Any], name: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as err:
        raise InputError(f"{name} is no valid JSON Schema: {_told(err)}") from err
    except RecursionError as err:
        raise InputError(f"{name} is nested too deeply") from err
    for part in _parts(schema):
        reference = part.schema.get("$ref", "#")
        if not reference.startswith("#"):
            raise InputError(
                f"{name} refers to another document: {part.path}.$ref is {reference}",
                hint="copy it into $defs; nothing is fetched",
            )


def _told(problem: "ValidationError | SchemaError") -> str:
    """One problem as `path: what`, short also where jsonschema quotes all of a large value."""
    message = problem.message
    if len(message) > _MESSAGE_LENGTH:
        message = f"{problem.validator} {json.dumps(problem.validator_value)}"[:_MESSAGE_LENGTH]
    return f"{problem.json_path}: {message}"


def _parts(schema: dict[str, Any]) -> Iterator[_Part]:
    """Every schema inside a sound `schema`, itself first, in the order of the text."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        keys, part = waiting.pop()
        if not isinstance(part, dict):  # true and false are schemas too
            continue
        yield _Part(keys, part)
        inner = [((*keys, k), part[k]) for k in _ONE if k in part]
        for key in _LISTED:
            inner += [((*keys, key, i), one) for i, one in enumerate(part.get(key, ()))]
        for key in _NAMED:
            inner += [((*keys, key, name), one) for name, one in part.get(key, {}).items()]
        waiting += reversed(inner)


def _is_object(schema: dict[str, Any]) -> bool:
    kind = schema.get("type", "object" if "properties" in schema else None)
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def _unsupported(schema: dict[str, Any]) -> Iterator[str]:
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


def _excesses(schema: dict[str, Any]) -> Iterator[str]:
    """Limits that hold over all of a request."""
    optional = unions = 0
    for _, part in _parts(schema):
        optional += len(part.get("properties", {}).keys() - set(part.get("required", ())))
        unions += "anyOf" in part or isinstance(part.get("type"), list)
    if optional > _MOST_OPTIONAL:
        yield f"$: more than {_MOST_OPTIONAL} optional properties"
    if unions > _MOST_UNIONS:
        yield f"$: more than {_MOST_UNIONS} unions of types"


def _recursive_reference(schema: dict[str, Any]) -> str | None:
    """A `$ref` that leads back to the definition it stands in, or None."""
    leads_to: dict[str, set[str]] = {}
    for keys, part in _parts(schema):
        if "$ref" in part:
            home = f"#/{keys[0]}/{keys[1]}" if keys and keys[0] in _DEFINITIONS else "#"
            leads_to.setdefault(home, set()).add(part["$ref"])
    for home, references in leads_to.items():
        seen: set[str] = set()
        waiting = [*references]
        while waiting:
            reference = waiting.pop()
            if reference in (home, "#"):
                return reference
            if reference not in seen:
                seen.add(reference)
                waiting += leads_to.get(reference, ())
    return None


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
