"""Values against schemas, and schemas against JSON Schema."""

import json
import socket
import time
from typing import Any

import pytest

from claude_cli.values.schema import SchemaFault, check_schema, errors, resolve

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def fits(schema: dict[str, Any], value: Any) -> bool:
    check_schema(schema)
    return not errors(schema, value)


@pytest.mark.parametrize(
    ("value", "step", "is_multiple"),
    [
        (19.99, 0.01, True),
        (1.1, 0.1, True),
        (0.3, 0.1, True),
        (19.995, 0.01, False),
        (1e300, 0.01, True),
        (1e-9, 1e-9, True),
        (7, 3.5, True),
        (10**30, 10, True),
        (10**30 + 1, 10, False),
        (0, 0.1, True),
    ],
)
def test_a_multiple_is_one_in_decimals(value: float, step: float, is_multiple: bool) -> None:
    assert fits({"multipleOf": step}, value) is is_multiple


def test_true_is_no_number_to_be_a_multiple() -> None:
    assert fits({"multipleOf": 2}, True)


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        (r"^\p{L}+$", "臺北é", "a1"),
        (r"^[\p{Lu}\d-]+$", "É-9", "é"),
        (r"^\p{Script=Greek}+$", "αβγ", "abc"),
        (r"^(?<year>\d{4})\/\d\d$", "2026/11", "2026-11"),
        (r"^\u{1F600}\u00e9$", "😀é", "é"),
        (r"a$", "a", "a\n"),
        (r"^[$]\$$", "$$", "$"),
        (r"^$", "", "x"),
    ],
)
def test_patterns_are_those_of_ecma_262(pattern: str, fitting: str, other: str) -> None:
    assert fits({"pattern": pattern}, fitting)
    assert not fits({"pattern": pattern}, other)
    named = {"patternProperties": {pattern: {"type": "null"}}, "additionalProperties": False}
    assert fits(named, {fitting: None})
    assert not fits(named, {fitting: 1})
    assert not fits(named, {other: None})


def test_other_properties_are_refused_by_their_name_or_checked_or_free() -> None:
    value = {"a": 1, "b": 2}
    for additional, problems in (
        (True, []),
        ({"type": "integer"}, []),
        ({"type": "null"}, ["$.b: 2 is not of type 'null'"]),
        (False, ["$: 'b' is no property of it, and no other is allowed"]),
    ):
        schema: dict[str, Any] = {"properties": {"a": {}}, "additionalProperties": additional}
        assert errors(schema, value) == problems


def test_a_pattern_that_is_none_makes_a_schema_none() -> None:
    with pytest.raises(SchemaFault, match=r"\$\.pattern"):
        check_schema({"pattern": "("})


@pytest.mark.parametrize(
    ("name", "fitting", "other"),
    [
        ("date-time", "2026-11-30T19:00:00Z", "yesterday"),
        ("date-time", "2016-12-31T23:59:60.5+01:00", "2026-02-30T19:00:00Z"),
        ("time", "19:00:00-05:00", "25:00:00Z"),
        ("date", "2026-11-30", "30.11.2026"),
        ("duration", "P3DT4H", "P"),
        ("hostname", "api.example.com", "-a-"),
        ("email", "a@b.org", "a"),
        ("uri", "https://example.com/?q=1", "example"),
        ("ipv4", "192.0.2.1", "192.0.2.300"),
        ("ipv6", "2001:db8::1", "2001"),
        ("uuid", "00000000-0000-4000-8000-000000000000", "0"),
    ],
)
def test_formats_are_checked(name: str, fitting: str, other: str) -> None:
    assert fits({"format": name}, fitting)
    assert errors({"format": name}, other) == [f"$: {other!r} is not a {name!r}"]


def test_a_format_that_nobody_knows_and_a_value_that_is_no_text_pass() -> None:
    assert fits({"format": "phone"}, "x")
    assert fits({"format": "date-time"}, 3)


def test_a_tuple_is_checked_by_the_draft_that_the_schema_names() -> None:
    pair = {"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": False}
    assert fits({"$schema": DRAFT_7, **pair}, ["a", 1])
    assert not fits({"$schema": DRAFT_7, **pair}, ["a", "b"])
    assert not fits({"$schema": DRAFT_7, **pair}, ["a", 1, 2])
    with pytest.raises(SchemaFault, match=r"\$\.items"):
        check_schema(pair)


@pytest.mark.parametrize("name", [3, None, ["a"], {}])
def test_a_dialect_that_is_no_text_is_told(name: Any) -> None:
    with pytest.raises(SchemaFault, match="schema"):
        check_schema({"$schema": name})


def doubling(inside: str, steps: int) -> dict[str, Any]:
    twice = [{"$ref": "#/$defs/a%d"}] * 2
    named = {"a": {"$ref": "#/$defs/a%d"}, "b": {"$ref": "#/$defs/a%d"}}
    text = json.dumps({inside: named if inside == "properties" else twice})
    definitions = {
        f"a{step}": json.loads(text.replace("%d", f"{step + 1}")) for step in range(steps)
    }
    return {"$ref": "#/$defs/a0", "$defs": {**definitions, f"a{steps}": {"type": "string"}}}


@pytest.mark.parametrize("inside", ["allOf", "anyOf", "properties"])
def test_references_that_double_forty_times_are_refused_at_once(inside: str) -> None:
    began = time.thread_time()
    with pytest.raises(SchemaFault, match="unfold"):
        check_schema(doubling(inside, 40))
    assert time.thread_time() - began < 2


def test_references_that_double_while_they_are_followed_are_given_up() -> None:
    twice = {"allOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]}
    value: dict[str, Any] = {}
    for _ in range(40):
        value = {"a": value}
    check_schema(twice)
    began = time.thread_time()
    with pytest.raises(SchemaFault, match="too long"):
        errors(twice, value)
    assert time.thread_time() - began < 2


def test_a_tree_is_checked_however_deep_its_schema_leads() -> None:
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "n": {"type": "integer"}}}
    value: dict[str, Any] = {"n": 0}
    for _ in range(50):
        value = {"left": value, "right": {"n": 1}, "n": 2}
    assert fits(tree, value)


@pytest.mark.parametrize("pattern", ["^(a|a)*$", r"^(([a-z])+.)+[A-Z]([a-z])+$", "^(a+)+$"])
def test_a_pattern_that_backtracks_without_end_is_given_up(pattern: str) -> None:
    began = time.monotonic()
    for schema, value in (
        ({"pattern": pattern}, "a" * 40 + "!"),
        ({"patternProperties": {pattern: {}}}, {"a" * 40 + "!": 1}),
    ):
        try:
            errors(schema, value)
        except SchemaFault as fault:
            assert "too long to match" in str(fault)
    assert time.monotonic() - began < 8


def test_a_large_value_has_the_time_that_it_needs() -> None:
    row = {"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}, "b": {"$ref": "#/$defs/n"}}}
    schema = {"items": {"$ref": "#/$defs/row"}, "$defs": {"row": row, "n": {"type": "integer"}}}
    assert fits(schema, [{"a": 1, "b": 2}] * 20_000)


@pytest.mark.parametrize("pattern", [r"^\p{L}$", "^(a|a)*$"])
def test_properties_that_are_not_evaluated_are_passed_over_beside_patterns(pattern: str) -> None:
    schema = {"patternProperties": {pattern: {"type": "null"}}, "unevaluatedProperties": False}
    assert fits(schema, {"b" * 40: 1})
    assert not fits({"unevaluatedProperties": False}, {"b": 1})


def test_many_matches_that_are_slow_each_are_given_up_together() -> None:
    slow = {"items": {"pattern": "^(a|a)*$"}}
    began = time.process_time()
    with pytest.raises(SchemaFault, match="too long"):
        errors(slow, ["a" * 19 + "!"] * 1000, most=1000)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    ],
)
def test_a_reference_that_leads_back_to_itself_is_given_up(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaFault, match="leads back"):
        errors(schema, 1)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("https://x/y", "another document"),
        ("other.json#/a", "another document"),
        ("#/$defs/none", "nothing at #/\\$defs/none"),
        ("#/items/3", "nothing at"),
    ],
)
def test_a_reference_to_nothing_here_is_told(reference: str, expected: str) -> None:
    with pytest.raises(SchemaFault, match=expected):
        check_schema({"properties": {"a": {"$ref": reference}}})


def test_data_that_looks_like_a_reference_is_none() -> None:
    data = {"$ref": "https://x/y"}
    schema = {"const": data, "properties": {"$ref": {"type": "string"}}}
    check_schema(schema)
    assert fits(schema, data)


def test_a_reference_is_resolved_as_a_json_pointer() -> None:
    root = {"$defs": {"a/b~c d": {"type": "null"}}, "anyOf": [{"const": 1}]}
    assert resolve("#/$defs/a~1b~0c%20d", root) == {"type": "null"}
    assert resolve("#/anyOf/0", root) == {"const": 1}
    assert resolve("#", root) is root


def test_an_anchor_is_followed() -> None:
    schema = {"$ref": "#name", "$defs": {"a": {"$anchor": "name", "type": "string"}}}
    assert fits(schema, "x")
    assert not fits(schema, 1)


def test_nothing_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        with pytest.raises(SchemaFault, match=address):
            errors({"$ref": address}, 1)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_nearest_branch_of_a_union_is_what_is_told() -> None:
    schema = {"anyOf": [{"type": "integer"}, {"properties": {"a": {"type": "string"}}}]}
    assert errors(schema, {"a": 1}) == ["$.a: 1 is not of type 'string'"]
