"""Inputs against schemas, and schemas against JSON Schema."""

from typing import Any

import pytest

from claude_cli.tools.input_check import input_problem, schema_problem

ADD = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a"],
}


def test_a_fitting_input_has_no_problem() -> None:
    assert input_problem({"a": 1}, ADD) is None


def test_each_problem_has_a_line_with_its_place() -> None:
    problem = input_problem({"b": "two"}, ADD) or ""
    assert sorted(problem.splitlines()) == [
        "$.b: 'two' is not of type 'integer'",
        "$: 'a' is a required property",
    ]


def test_a_large_input_is_not_quoted_in_full() -> None:
    assert len(input_problem({"a": "x" * 100_000}, ADD) or "") < 400


def test_a_schema_that_cannot_be_followed_is_told() -> None:
    assert "leads back" in (input_problem({}, {"type": "object", "$ref": "#"}) or "")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {}}, "object"),
        ({"type": "array"}, "object"),
        ({"type": "object", "properties": {"a": {"type": "int"}}}, "properties.a.type"),
        ({"type": "object", "required": "a"}, "required"),
        ({"type": "object", "properties": {"城市": {}}}, "城市"),
        ({"type": "object", "properties": {"x" * 65: {}}}, "1 to 64"),
        ({"type": "object", "properties": {"a b": {}}}, "'a b'"),
        ({"type": "object", "anyOf": [{"required": ["a"]}]}, "anyOf"),
    ],
)
def test_a_malformed_schema_is_told_with_its_place(schema: dict[str, Any], expected: str) -> None:
    assert expected in (schema_problem(schema) or "")


def test_a_sound_schema_has_no_problem() -> None:
    assert schema_problem(ADD) is None
