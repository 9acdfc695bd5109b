"""What the API and JSON Schema ask of a tool's `input_schema`, and whether an input fits it."""

import re
from typing import Any

from claude_cli.types import JSONValue
from claude_cli.values.schema import SchemaFault, check_schema, errors

_PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
"""One name that is not like this at the top of one schema, and the API refuses the request."""

_NOT_AT_THE_ROOT = ("oneOf", "anyOf", "allOf")


def schema_problem(schema: dict[str, Any]) -> str | None:
    """Why a schema is none, or none that the API takes for a tool; None if it is."""
    if schema.get("type") != "object":
        return 'its type must be "object"'
    try:
        check_schema(schema)
    except SchemaFault as fault:
        return str(fault)
    for name in schema.get("properties", {}):
        if not _PROPERTY.fullmatch(name):
            return f"property {name!r} is not 1 to 64 of the characters a-z A-Z 0-9 _ . -"
    if refused := [key for key in _NOT_AT_THE_ROOT if key in schema]:
        return f"{refused[0]} must not stand at its root"
    return None


def input_problem(tool_input: JSONValue, schema: dict[str, Any]) -> str | None:
    """Why an input does not fit a schema, one problem a line, or None."""
    try:
        return "\n".join(errors(schema, tool_input)) or None
    except SchemaFault as fault:
        return f"the schema cannot be checked against: {fault}"
