"""`--schema`: a JSON Schema made ready for the API, and answers checked against it.

The API takes a subset of JSON Schema (Anthropic's guide "Structured outputs"); answers are held
to all of it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from claude_cli.disk import inputfile
from claude_cli.errors import InputError, InputUnreadable, SchemaMismatch, UsageError
from claude_cli.values.schema import SchemaFault, check_schema, errors, resolve, subschemas
from claude_cli.values.short_schema import is_short_form, list_of, parse_short_form
from claude_cli.values.strict_json import parse_json
from claude_cli.values.structured_outputs import (
    MOST_OPTIONAL,
    MOST_UNIONS,
    is_object,
    is_union,
    optional_properties,
    unsupported,
)

_FIELDS = "or write the fields: 'name, age int, tags [str]'; names have letters, digits and _"
_FILE_LIMIT = 4 * 1024 * 1024

_SAYS_WHAT = frozenset(("type", "properties", "$ref", "anyOf", "allOf", "oneOf", "enum", "const"))
_OF_AN_OBJECT = frozenset(("type", "properties", "required", "title", "description"))
_DEFINITIONS = ("$defs", "definitions")


class _Part(NamedTuple):
    """A schema inside a schema: the keys that lead to it from the root, and itself."""

    keys: tuple[str | int, ...]
    schema: dict[str, Any]

    @property
    def path(self) -> str:
        return "$" + "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.keys)


def prepare(value: str, *, is_list: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The schema to send, and notes on what in it structured outputs refuse.

    `value` is the schema itself, its short form, or a path. With `is_list` the answer is a list of
    what it describes. Every object gets `additionalProperties: false` where it says nothing; the
    objects of an `allOf` become one first.
    Raises InputError for what is no JSON Schema, refers to another document or costs too much to
    check, UsageError for a short form that is none, InputUnreadable for the file.
    """
    schema = _parse(*_read(value))
    if is_list:
        schema = list_of(schema)
    notes = [] if schema.keys() & _SAYS_WHAT else ["$: a schema without a type"]
    together = {id(one) for part in _parts(schema) for one in _joined(part.schema, schema)}
    for part in _parts(schema):
        if id(part.schema) in together:
            notes.append(f"{part.path}: objects of an allOf that cannot become one")
        elif is_object(part.schema):
            part.schema.setdefault("additionalProperties", False)
        notes += [f"{part.path}: {what}" for what in unsupported(part.schema)]
    if reference := _recursive_reference(schema):
        notes.append(f"{reference}: recursion")
    notes += _excesses(schema)
    return schema, [f"structured outputs do not take {note}" for note in notes]


def check(schema: dict[str, Any], text: str) -> None:
    """Raise SchemaMismatch unless `text` is JSON that fits; the message has the JSON path.

    Raises InputError for a schema that cannot be checked against.
    """
    try:
        problems = errors(schema, parse_json(text), most=1)
    except ValueError as error:
        raise SchemaMismatch(f"the answer is not JSON: {error}") from error
    except SchemaFault as fault:
        raise InputError(f"the answer cannot be held to the schema: {fault}") from fault
    if problems:
        raise SchemaMismatch(f"the answer does not fit the schema: {problems[0]}")


def _read(value: str) -> tuple[str, str]:
    """The schema as JSON, and what to call it."""
    if value.lstrip().startswith("{"):
        return value, "the schema"
    if is_short_form(value) and not Path(value).is_file():
        try:
            return json.dumps(parse_short_form(value)), "the schema"
        except UsageError as error:
            error.hint = f"{error.hint}; no file is called {inputfile.escaped(value)!r} either"
            raise
    try:
        return inputfile.read_text(value, limit=_FILE_LIMIT), inputfile.escaped(value)
    except InputUnreadable as error:
        error.hint = error.hint or _FIELDS
        raise


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        schema = parse_json(text)
    except ValueError as error:
        raise InputError(f"{name} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise InputError(f"{name} is no JSON Schema: it must be a JSON object")
    try:
        check_schema(schema)
    except SchemaFault as fault:
        raise InputError(f"{name} is no JSON Schema to use: {fault}") from fault
    return schema


def _parts(schema: dict[str, Any]) -> Iterator[_Part]:
    """Every schema inside a sound `schema`, itself first, in the order of the text."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        keys, part = waiting.pop()
        if not isinstance(part, dict):  # true and false are schemas too
            continue
        yield _Part(keys, part)
        waiting += reversed([((*keys, *more), one) for more, one in subschemas(part)])


def _joined(schema: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """Makes one object of those in an `allOf`: each closed by itself would refuse the others.

    Returns those that describe one object and cannot become one; they are to stay open.
    """
    own = {key: value for key, value in schema.items() if key in _OF_AN_OBJECT}
    listed = schema.get("allOf", [])
    members = [_followed(each, root) for each in listed] + [own] * ("properties" in own)
    if len(members) < 2 or not any(map(is_object, members)):
        return []
    properties: dict[str, Any] = {}
    required: dict[str, None] = {}
    for member in members:
        for name, value in member.get("properties", {}).items():
            if properties.setdefault(name, value) != value:
                return [schema, *listed]
        required |= dict.fromkeys(member.get("required", ()))
    if not all(member.keys() <= _OF_AN_OBJECT and is_object(member) for member in members):
        return [schema, *listed]
    del schema["allOf"]
    schema |= {"type": "object", "properties": properties}
    schema |= {"required": list(required)} if required else {}
    return []


def _followed(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    """What a schema that is nothing but a reference stands for, if it is an object's."""
    if isinstance(schema, dict) and schema.keys() == {"$ref"} and schema["$ref"].startswith("#/"):
        schema = resolve(schema["$ref"], root)
    return schema if isinstance(schema, dict) else {"not": {}}


def _excesses(schema: dict[str, Any]) -> Iterator[str]:
    """Limits that hold over all of a request."""
    optional = unions = 0
    for _, part in _parts(schema):
        optional += optional_properties(part)
        unions += is_union(part)
    if optional > MOST_OPTIONAL:
        yield f"$: more than {MOST_OPTIONAL} optional properties"
    if unions > MOST_UNIONS:
        yield f"$: more than {MOST_UNIONS} unions of types"


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
