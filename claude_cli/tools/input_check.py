"""What the API and JSON Schema ask of a tool's name and `input_schema`; does an input fit it."""

import re
from typing import Any

from claude_cli.types import JSONValue
from claude_cli.values.schema import SchemaFault, check_schema, errors

_PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
"""One name that is not like this at the top of one schema, and the API refuses the request."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

_NOT_AT_THE_ROOT = ("oneOf", "anyOf", "allOf")


def name_problem(name: str) -> str | None:
    """Why the API does not take this name for a tool, or None."""
    return None if _NAME.fullmatch(name) else f"{name!r} is not 1 to 64 letters, digits, - and _"


def property_problem(schema: dict[str, Any]) -> str | None:
    """Why the API does not take the properties of a schema, or None."""
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        return "its properties must be an object"
    for name in properties:
        if not _PROPERTY.fullmatch(name):
            return f"property {name!r} is not 1 to 64 letters, digits, -, _ and ."
    if refused := [key for key in _NOT_AT_THE_ROOT if key in schema]:
        return f"{refused[0]} must not stand at its root"
    return None


def schema_problem(schema: dict[str, Any]) -> str | None:
    """Why a schema is none, or none that the API takes for a tool; None if it is."""
    if schema.get("type") != "object":
        return 'its type must be "object"'
    try:
        check_schema(schema)
    except SchemaFault as fault:
        return str(fault)
    return property_problem(schema)


def input_problem(tool_input: JSONValue, schema: dict[str, Any]) -> str | None:
    """Why an input does not fit a schema, one problem a line, or None."""
    try:
        return "\n".join(errors(schema, tool_input)) or None
    except SchemaFault as fault:
        return f"the schema cannot be checked against: {fault}"
