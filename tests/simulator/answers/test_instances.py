"""Values that fit a schema."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_cli.simulator.answers.instances import make_instance
from claude_cli.values.schema import errors

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
        {"type": "integer", "minimum": 4.5, "maximum": 5.4},
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
    assert errors(schema, make_instance(schema)) == []
    assert errors(schema, make_instance(schema, optional=False)) == []


def test_free_strings_say_the_name_of_their_property() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert make_instance(schema) == {"city": "city"}


def test_a_list_has_one_item_unless_more_or_none_are_wanted() -> None:
    items = {"type": "array", "items": {"type": "null"}}
    assert make_instance(items) == [None]
    assert make_instance({**items, "minItems": 2}) == [None, None]
    assert make_instance({**items, "maxItems": 0}) == []


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
    assert errors(TREE, make_instance(TREE)) == []


def test_a_schema_that_cannot_be_met_ends() -> None:
    loop = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"properties": {c: {"$ref": "#/$defs/a"} for c in "abcde"},
                        "required": list("abcde")}},
    }  # fmt: skip
    assert make_instance(loop)["a"]["b"] is None


def test_what_is_optional_may_be_left_out_at_every_depth() -> None:
    inner = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]}
    schema = {"properties": {"x": inner, "y": inner}, "required": ["x"]}
    assert make_instance(schema, optional=False) == {"x": {"a": "a"}}


def test_references_that_double_make_a_value_of_bounded_size() -> None:
    definitions = {
        f"d{step}": {"properties": {name: {"$ref": f"#/$defs/d{step + 1}"} for name in "ab"},
                     "required": ["a", "b"]}
        for step in range(40)
    }  # fmt: skip
    definitions["d40"] = {"type": "string"}
    made = make_instance({"$ref": "#/$defs/d0", "$defs": definitions})
    assert len(json.dumps(made)) < 1_000_000
    circle = {"properties": {name: {"$ref": f"#/$defs/{name}"} for name in "abcdefgh"},
              "required": list("abcdefgh")}  # fmt: skip
    made = make_instance({**circle, "$defs": {name: circle for name in "abcdefgh"}})
    assert len(json.dumps(made)) < 1_000_000


def test_long_strings_and_lists_are_bounded() -> None:
    schema = {"type": "array", "minItems": 10**12, "items": {"type": "null"}}
    assert len(make_instance(schema)) <= 10_000
    assert len(make_instance({"type": "string", "minLength": 10**12})) <= 100_000
