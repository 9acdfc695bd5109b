"""JSON Schema for tools: is a schema one, and does an input fit it. Nothing is ever fetched."""

from itertools import islice
from typing import TYPE_CHECKING, Any

from claude_cli.types import JSONValue

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

PROBLEMS_TOLD = 5
PROBLEM_LENGTH = 300


def schema_problem(schema: dict[str, Any]) -> str | None:
    """What is wrong with a tool's `input_schema`, or None."""
    from jsonschema.exceptions import SchemaError

    if schema.get("type") != "object":
        return 'its type must be "object"'
    try:
        _validator(schema).check_schema(schema)
    except SchemaError as error:
        return _at(error.absolute_path, error.message)
    except RecursionError:
        return "it is nested too deeply"
    return None


def input_problem(tool_input: JSONValue, schema: dict[str, Any]) -> str | None:
    """Why an input does not fit a schema, one problem a line, or None."""
    from referencing.exceptions import Unresolvable

    try:
        errors = list(islice(_validator(schema).iter_errors(tool_input), PROBLEMS_TOLD))
    except Unresolvable as error:
        return f"the schema refers to {error.ref}, which is not in it"
    except RecursionError:
        return "the schema or the input is nested too deeply"
    return "\n".join(_at(error.absolute_path, error.message) for error in errors) or None


def _validator(schema: dict[str, Any]) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from referencing import Registry

    chosen = validator_for(schema, default=Draft202012Validator)
    # An empty registry: the default one fetches a `$ref` that is a URL.
    return chosen(schema, registry=Registry())


def _at(path: Any, message: str) -> str:
    place = ".".join(map(str, path))
    if len(message) > PROBLEM_LENGTH:
        message = message[:PROBLEM_LENGTH] + " [cut]"
    return f"{place}: {message}" if place else message
