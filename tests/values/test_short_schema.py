"""The short form of a schema, and what is none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from claude_cli.errors import UsageError
from claude_cli.values.short_schema import is_short_form, list_of, parse_short_form


def properties(text: str) -> Any:
    return parse_short_form(text)["properties"]


def test_fields_stand_between_commas() -> None:
    assert parse_short_form("name, age int, tags [str]: what they are") == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "description": "what they are",
            },
        },
        "required": ["name", "age", "tags"],
        "additionalProperties": False,
    }


def test_in_several_lines_a_description_may_have_commas() -> None:
    assert properties("a, b bool\nprice float: in USD, without tax\n\n") == {
        "a": {"type": "string"},
        "b": {"type": "boolean"},
        "price": {"type": "number", "description": "in USD, without tax"},
    }


def test_lists_may_hold_lists() -> None:
    assert properties("rows [[int]],")["rows"]["items"] == {
        "type": "array",
        "items": {"type": "integer"},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a number", "number is no type"),
        ("a [", "is no"),
        ("a [x]", "x is no type"),
        ("a, a int", "two fields are called a"),
    ],
)
def test_what_is_wrong_is_told(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_short_form(text)
    assert reason in raised.value.message


@pytest.mark.parametrize("text", ["name, age", "name str", "name: who it is", "a\nb", " a b "])
def test_a_short_form_is_known(text: str) -> None:
    assert is_short_form(text.replace("a b", "a int"))


@pytest.mark.parametrize(
    "text",
    [
        *("schema.json", "my schema.json", "./a, b.json", '{"type": "object"}', "person", "3d, x"),
        *("", "C:\\schema", "https://x/schema", f"a {'[' * 5000}int{']' * 5000}"),
    ],
)
def test_a_file_or_json_is_no_short_form(text: str) -> None:
    assert not is_short_form(text)


def test_a_list_is_an_object_with_items() -> None:
    schema = list_of(parse_short_form("name, n int"))
    Draft202012Validator(schema).validate({"items": [{"name": "x", "n": 1}]})
    assert not Draft202012Validator(schema).is_valid({"items": [{"name": "x"}]})


def test_a_list_keeps_what_references_look_for_at_the_root() -> None:
    schema = list_of({"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}})
    assert Draft202012Validator(schema).is_valid({"items": [1]})
    assert not Draft202012Validator(schema).is_valid({"items": ["1"]})


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True),
        st.sampled_from(["", " str", " int", " [float]", " [[bool]]"]),
        min_size=2,
        max_size=6,
    )
)
def test_every_short_form_makes_a_schema(fields: dict[str, str]) -> None:
    text = ", ".join(name + kind for name, kind in fields.items())
    assert is_short_form(text)
    schema = parse_short_form(text)
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == [*fields]
