"""The short form of a JSON Schema: `name, age int, tags [str]: what they are`. Pure.

Fields stand between commas or line ends: a name, a type (text where there is none), and behind a
colon what the field means. Where the text has several lines, a description goes to the end of its
line; in one line it goes to the next comma. All fields are required.
"""

import re
from typing import Any

from claude_cli.errors import UsageError

TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_SEPARATED = re.compile(r"[,:\s]")
_ADDRESS = re.compile(r"\w+:[/\\]")
"""How `C:\\schema.json` and `https://…` begin, which are no fields with a description."""
_FIELD = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\s+(?P<type>\[{0,9}\s*\w+\s*\]{0,9}))?", re.ASCII)
_OF_THE_ROOT = ("$schema", "$defs", "definitions")


def is_short_form(text: str) -> bool:
    """Whether `text` is a short schema and not the name of a file, nor JSON."""
    stripped = text.strip()
    if not _SEPARATED.search(stripped) or stripped.startswith("{") or _ADDRESS.match(stripped):
        return False
    return all(_FIELD.fullmatch(field) for field, _ in _fields(stripped))


def parse_short_form(text: str) -> dict[str, Any]:
    """Return the JSON Schema of an object. Raises UsageError for a type that is none, and for a
    field that is there twice."""
    properties: dict[str, Any] = {}
    for field, description in _fields(text.strip()):
        found = _FIELD.fullmatch(field)
        if found is None:
            raise UsageError(f"--schema: {field!r} is no field", hint="NAME TYPE: DESCRIPTION")
        if found["name"] in properties:
            what = f"--schema: two fields are called {found['name']}"
            raise UsageError(what, hint="each has a name of its own")
        schema = _type(found["type"] or "str")
        properties[found["name"]] = (
            {**schema, "description": description} if description else schema
        )
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def list_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object whose one field, `items`, is a list of `schema`.

    What references look for at the root goes there.
    """
    root = {key: schema[key] for key in _OF_THE_ROOT if key in schema}
    schema = {key: value for key, value in schema.items() if key not in root}
    return {
        **root,
        "type": "object",
        "properties": {"items": {"type": "array", "items": schema}},
        "required": ["items"],
        "additionalProperties": False,
    }


def _fields(text: str) -> list[tuple[str, str]]:
    """The fields as they are written, each with its description."""
    if "\n" not in text:
        return [_described(part) for part in text.split(",") if part.strip()]
    fields = []
    for line in text.splitlines():
        before, colon, description = line.partition(":")
        *others, last = before.split(",")
        fields += [(part.strip(), "") for part in others if part.strip()]
        if last.strip() or colon:
            fields.append((last.strip(), description.strip()))
    return fields


def _described(part: str) -> tuple[str, str]:
    field, _, description = part.partition(":")
    return field.strip(), description.strip()


def _type(word: str) -> dict[str, Any]:
    word = "".join(word.split())
    if word.startswith("[") and word.endswith("]"):
        return {"type": "array", "items": _type(word[1:-1])}
    if word not in TYPES:
        known = ", ".join([*TYPES, "[TYPE]"])
        raise UsageError(f"--schema: {word} is no type", hint=f"types are {known}")
    return {"type": TYPES[word]}
