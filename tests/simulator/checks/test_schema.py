"""The subset of JSON Schema that a model can be held to."""

from typing import Any

import pytest

from tests.simulator.bodies import message_body, refusal_of, rejection

CLOSED = {"type": "object", "additionalProperties": False}


def wanting(schema: Any) -> dict[str, Any]:
    return message_body(output_config={"format": {"type": "json_schema", "schema": schema}})


@pytest.mark.parametrize(
    "schema",
    [
        CLOSED,
        {"type": "string", "enum": ["a", None, 3]},
        {"type": ["string", "null"], "format": "date-time"},
        {"type": "array", "items": CLOSED, "minItems": 1},
        {"anyOf": [{"type": "integer"}, {"const": "x"}]},
        {**CLOSED, "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"$ref": "#/$defs/a"}},
         "required": ["a"], "$defs": {"a": {"type": "string", "pattern": "^[a-z]+$"}}},
        {**CLOSED, "properties": {"minimum": {"type": "number", "default": 3}}},
    ],
)  # fmt: skip
def test_supported_schemas_pass(schema: dict[str, Any]) -> None:
    assert rejection(wanting(schema)) is None


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object"}, ".schema: for 'object' type, 'additionalProperties' must be false"),
        ({"type": "object", "additionalProperties": True}, "additionalProperties"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "additionalProperties"),
        ({"type": ["object", "null"]}, "additionalProperties"),
        ({**CLOSED, "properties": {"a": {"type": "object"}}}, ".schema.properties.a: for 'object'"),
        ({"type": "array", "items": {"type": "object"}}, ".schema.items: for 'object'"),
        ({"type": "integer", "minimum": 1}, "minimum is not supported"),
        ({"type": "number", "multipleOf": 2}, "multipleOf is not supported"),
        ({"type": "string", "maxLength": 3}, "maxLength is not supported"),
        ({"type": "array", "maxItems": 3}, "maxItems is not supported"),
        ({"type": "array", "minItems": 2}, "minItems"),
        ({"type": "string", "format": "color"}, "format color"),
        ({"type": "date"}, "type 'date'"),
        ({"enum": [{}]}, "enum or const of objects"),
        ({"$ref": "https://example.com/s"}, "is not a definition"),
        ({"$ref": "#/$defs/b", "$defs": {"a": {}}}, "is not a definition"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}},
         "is recursive"),
        ({"$ref": "#/$defs/a",
          "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}},
         "is recursive"),
        ({"$ref": "#"}, "is recursive"),
        ({"properties": {}}, "additionalProperties"),
        ({"anyOf": []}, "anyOf"),
        ({"required": "a"}, "required"),
    ],
)  # fmt: skip
def test_unsupported_schemas_are_refused(schema: dict[str, Any], expected: str) -> None:
    message = refusal_of(wanting(schema))
    assert message.startswith("output_config.format.schema")
    assert expected in message


def properties(count: int, schema: dict[str, Any]) -> dict[str, Any]:
    return {**CLOSED, "properties": {f"p{number}": schema for number in range(count)}}


def test_optional_properties_are_counted_over_all_schemas_of_a_request() -> None:
    assert rejection(wanting(properties(24, {"type": "string"}))) is None
    assert "optional" in refusal_of(wanting(properties(25, {"type": "string"})))
    tool = {"name": "t", "strict": True, "input_schema": properties(1, {"type": "string"})}
    body = {**wanting(properties(24, {"type": "string"})), "tools": [tool]}
    assert "optional" in refusal_of(body)


def test_union_types_are_counted() -> None:
    schema = properties(17, {"type": ["string", "null"]})
    schema["required"] = list(schema["properties"])
    assert "union" in refusal_of(wanting(schema))


def test_a_strict_tool_is_held_to_the_subset_and_another_is_not() -> None:
    tool = {"name": "t", "input_schema": {"type": "object"}}
    assert rejection(message_body(tools=[tool])) is None
    message = refusal_of(message_body(tools=[{**tool, "strict": True}]))
    assert message.startswith("tools.0.input_schema: for 'object' type")


def test_at_most_twenty_tools_are_strict() -> None:
    tools = [{"name": f"t{n}", "strict": True, "input_schema": CLOSED} for n in range(21)]
    assert rejection(message_body(tools=tools[:20])) is None
    assert "20 strict tools" in refusal_of(message_body(tools=tools))


def test_references_that_double_are_followed_once_each() -> None:
    """Each of 40 definitions names the next twice: to unfold them would take a week."""
    definitions: dict[str, Any] = {
        f"d{step}": {**CLOSED, "properties": {n: {"$ref": f"#/$defs/d{step + 1}"} for n in "ab"},
                     "required": ["a", "b"]}
        for step in range(40)
    }  # fmt: skip
    schema: Any = {"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "string"}}}
    assert rejection(wanting(schema)) is None
    schema["$defs"]["d40"] = {"$ref": "#/$defs/d0"}
    assert "is recursive" in refusal_of(wanting(schema))
    assert (
        rejection(message_body(tools=[{"name": "t", "input_schema": {"type": "object", **schema}}]))
        is None
    )
