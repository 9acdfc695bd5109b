"""Values that fit a schema."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.checks.instances import fits, make_instance

SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "format": "date"},
        {"type": "string", "minLength": 3, "maxLength": 4},
        {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
        {"type": "integer", "minimum": 5},
        {"type": "integer", "exclusiveMinimum": 5, "maximum": 6},
        {"type": "number", "minimum": 0.25, "maximum": 0.5},
        {"type": "integer", "multipleOf": 7, "minimum": 1},
        {"type": "number", "maximum": -3},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["integer", "null"]},
        {"enum": ["a", 3, None]},
        {"const": [1, 2]},
        {"default": 3, "type": "integer"},
        {},
    ]
)


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["a", "b", "c"])
    arrays = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least},
        inner,
        st.integers(0, 2),
    )
    objects = st.builds(
        lambda properties: {
            "type": "object",
            "properties": properties,
            "required": sorted(properties)[:1],
            "additionalProperties": False,
        },
        st.dictionaries(names, inner),
    )
    unions = st.builds(
        lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=2)
    )
    return arrays | objects | unions


@given(st.recursive(SCALARS, nested, max_leaves=6))
def test_an_instance_fits_its_schema(schema: dict[str, Any]) -> None:
    assert fits(make_instance(schema), schema)


def test_free_strings_say_the_name_of_their_property() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert make_instance(schema) == {"city": "city"}


def test_required_properties_come_first() -> None:
    schema = {"properties": {"a": {}, "b": {}, "c": {}}, "required": ["c", "b"]}
    assert list(make_instance(schema)) == ["c", "b", "a"]


def test_the_parts_of_all_of_add_up() -> None:
    part = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    other = {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}
    assert make_instance({"allOf": [part, other]}) == {"a": 1, "b": True}


TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "other": {"$ref": "#/$defs/node"},
            },
            "required": ["children", "next"],
        }
    },
}


def test_a_recursive_schema_is_left_at_the_first_chance() -> None:
    assert make_instance(TREE) == {"children": [], "next": None}
    assert fits(make_instance(TREE), TREE)


def test_a_schema_that_cannot_be_met_ends() -> None:
    loop = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"properties": {c: {"$ref": "#/$defs/a"} for c in "abcde"},
                        "required": list("abcde")}},
    }  # fmt: skip
    assert make_instance(loop)["a"]["b"] is None


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("a", {"type": "integer"}),
        (1.5, {"type": "integer"}),
        (True, {"type": "integer"}),
        (1, {"type": "boolean"}),
        ({}, {"required": ["a"]}),
        ({"a": 1}, {"properties": {"a": {"type": "string"}}}),
        ({"a": 1}, {"additionalProperties": False}),
        ([1, "a"], {"items": {"type": "integer"}}),
        ([], {"minItems": 1}),
        ([1, 2], {"maxItems": 1}),
        ("b", {"enum": ["a"]}),
        ("b", {"const": "a"}),
        ("b", {"pattern": "^a"}),
        ("abc", {"maxLength": 2}),
        (1, {"minimum": 2}),
        (2, {"exclusiveMaximum": 2}),
        (3, {"multipleOf": 2}),
        (3, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (3, {"allOf": [{"minimum": 1}, {"maximum": 2}]}),
        (3, {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}),
        (3, False),
    ],
)
def test_what_does_not_fit(value: Any, schema: Any) -> None:
    assert not fits(value, schema)


def test_what_nobody_knows_fits() -> None:
    assert fits(3, True)
    assert fits(3, {"if": {}, "type": "integer"})
    assert fits("a", {"pattern": "("})
