"""Schemas made ready for the API, and answers held against them."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.paths import config_file
from claude_cli.errors import InputError, InputUnreadable, SchemaMismatch, UsageError
from claude_cli.turn import answer_schema as schema
from tests.conftest import Run

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "pets": {"type": "array", "items": {"type": "object", "properties": {}}},
    },
    "required": ["name"],
}


def prepare(value: Any) -> tuple[dict[str, Any], list[str]]:
    return schema.prepare(json.dumps(value))


def test_every_object_is_closed_wherever_it_lies() -> None:
    thing = {"type": "object", "properties": {}}
    ready, notes = prepare(
        {
            "type": "object",
            "properties": {
                "a": thing,
                "b": {"type": "array", "items": thing},
                "c": {"anyOf": [thing, {"type": "null"}]},
                "d": {"type": ["object", "null"]},
                "e": {"properties": {}},
            },
            "$defs": {"f": thing},
        }
    )
    closed = {**thing, "additionalProperties": False}
    assert ready["additionalProperties"] is False
    assert ready["properties"]["a"] == closed
    assert ready["properties"]["b"]["items"] == closed
    assert ready["properties"]["c"]["anyOf"] == [closed, {"type": "null"}]
    assert ready["properties"]["d"]["additionalProperties"] is False
    assert ready["properties"]["e"]["additionalProperties"] is False
    assert ready["$defs"]["f"] == closed
    assert notes == []


def test_nothing_else_is_changed() -> None:
    strict = {
        "type": "object",
        "properties": {"type": {"enum": ["object", 1, None]}, "x": {"default": {"a": {}}}},
        "additionalProperties": False,
    }
    assert prepare(strict) == (strict, [])


def test_a_schema_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text("\ufeff" + json.dumps(PERSON), encoding="utf-8")
    assert schema.prepare(str(path)) == prepare(PERSON)


def test_a_missing_file_is_unreadable() -> None:
    with pytest.raises(InputUnreadable, match=r"no-such\.json"):
        schema.prepare("no-such.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"type": "array", "items": 3}', r"\$\.items"),
        ('{"enum": "a"}', r"\$\.enum"),
        ('{"type": "object", "properties": {"a": {"type": "strnig"}}}', r"\$\.properties\.a\.type"),
        ('{"type": "object", "required": "a"}', r"\$\.required"),
        (
            '{"type": "object", "properties": {"a": {"$ref": "https://x/y"}}}',
            "another document, https://x/y",
        ),
        ('{"$ref": "other.json#/a"}', "another document"),
        ('{"type": "object", "properties": ' * 2000 + "{}" + "}" * 2000, "nested|recursion"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_sound_schema_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schema.prepare(text)


@pytest.mark.parametrize("text", ["[]", "3", '"a"', "null", "true"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(InputError, match="must be a JSON object"):
        schema.prepare(str(path))


ROOTS: list[dict[str, Any]] = [
    {"type": "array", "items": {"type": "integer"}},
    {"type": ["object", "null"], "properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"enum": ["yes", "no"]},
    {"const": 3},
    {"type": "string", "format": "date"},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"type": "boolean"}}}},
]


@pytest.mark.parametrize("root", ROOTS)
def test_any_schema_can_be_the_root(root: dict[str, Any]) -> None:
    ready, notes = prepare(root)
    assert ready.items() >= root.items()
    assert notes == []


@pytest.mark.parametrize("root", ROOTS)
def test_an_answer_to_such_a_schema_is_had_and_checked(run: Run, root: dict[str, Any]) -> None:
    ran = run("ask", "--simulate", "--no-save", "--schema", json.dumps(root), "x")
    assert (ran.code, ran.text.count("\n")) == (0, 1)
    schema.check(root, ran.text)
    assert "do not take" not in ran.stderr


@pytest.mark.parametrize("root", [{}, {"title": "x"}, {"description": "a number"}])
def test_a_schema_that_says_nothing_is_sent_and_told(root: dict[str, Any]) -> None:
    assert prepare(root) == (root, ["structured outputs do not take $: a schema without a type"])


@pytest.mark.parametrize(
    ("part", "count", "note"),
    [
        ({"type": "string"}, 25, "more than 24 optional properties"),
        ({"type": ["string", "null"]}, 17, "more than 16 unions of types"),
        ({"anyOf": [{"type": "string"}]}, 17, "more than 16 unions of types"),
    ],
)
def test_too_much_of_it_is_told(part: dict[str, Any], count: int, note: str) -> None:
    properties = {f"p{number}": part for number in range(count)}
    closed = {"type": "object", "properties": properties}
    assert prepare(closed)[1] == [f"structured outputs do not take $: {note}"]
    properties.popitem()
    assert prepare(closed)[1] == []


@pytest.mark.parametrize(
    ("part", "note"),
    [
        ({"type": "integer", "minimum": 1}, "minimum"),
        ({"type": "number", "multipleOf": 2}, "multipleOf"),
        ({"type": "string", "maxLength": 3}, "maxLength"),
        ({"type": "array", "maxItems": 3}, "maxItems"),
        ({"type": "array", "minItems": 2}, "minItems above 1"),
        ({"type": "object", "additionalProperties": True}, "additionalProperties other than false"),
        ({"type": "string", "format": "phone"}, "format phone"),
        ({"enum": [{}]}, "enum or const of objects or lists"),
        ({"const": []}, "enum or const of objects or lists"),
        ({"oneOf": [{"type": "null"}]}, "oneOf"),
        ({"allOf": [{"type": "null"}], "$ref": "#/$defs/a"}, "allOf beside $ref"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_structured_outputs_refuse_is_told_with_its_place(part: Any, note: str) -> None:
    whole = {"type": "object", "properties": {"a": {"anyOf": [part]}}, "$defs": {"a": {}}}
    ready, notes = prepare(whole)
    assert notes == [f"structured outputs do not take $.properties.a.anyOf[0]: {note}"]
    assert ready["properties"]["a"]["anyOf"][0].items() >= part.items()


@pytest.mark.parametrize(
    "part",
    [
        {"type": "array", "minItems": 1},
        {"type": "string", "format": "date-time", "pattern": "^a"},
        {"enum": ["a", 1, None, True]},
        {"const": "x", "title": "t", "description": "d"},
    ],
)
def test_what_structured_outputs_take_is_not_spoken_of(part: Any) -> None:
    assert prepare({"type": "object", "properties": {"a": part}})[1] == []


@pytest.mark.parametrize(
    "definitions",
    [
        {"a": {"properties": {"next": {"$ref": "#/$defs/a"}}}},
        {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
        {"a": {"items": {"$ref": "#"}}},
        {"x.y": {"items": {"$ref": "#/$defs/x.y"}}},
    ],
)
def test_recursion_is_told(definitions: dict[str, Any]) -> None:
    used = [{"$ref": f"#/$defs/{name}"} for name in definitions]
    notes = prepare({"anyOf": used, "$defs": definitions})[1]
    assert [note for note in notes if note.endswith("recursion")]


def test_a_definition_used_twice_is_no_recursion() -> None:
    twice = {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/b"}}
    definitions = {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"type": "string"}}
    assert prepare({"type": "object", "properties": twice, "$defs": definitions})[1] == []


def test_an_answer_that_fits_passes() -> None:
    schema.check(prepare(PERSON)[0], ' {"name": "Ada", "age": 36, "pets": [{}]}\n')


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Sure! {}", "not JSON"),
        ("", "not JSON"),
        ('{"name": NaN}', "NaN"),
        ("[" * 100_000, "not JSON"),
        ('{"name": "x", "age": ' + "9" * 5000 + "}", "not JSON"),
        ("[]", r"\$: \[\] is not of type 'object'"),
        ('{"age": 1}', r"\$: 'name' is a required property"),
        ('{"name": 1}', r"\$\.name: 1 is not of type 'string'"),
        ('{"name": "x", "pets": [{}, {"legs": 4}, 5]}', r"\$\.pets\[1\]: "),
    ],
    ids=lambda text: text[:20],
)
def test_an_answer_that_does_not_fit_is_told_with_its_place(answer: str, message: str) -> None:
    with pytest.raises(SchemaMismatch, match=message):
        schema.check(prepare(PERSON)[0], answer)


def test_a_large_value_makes_a_short_message() -> None:
    ready = prepare({"type": "object", "properties": {"a": {"type": "integer"}}})[0]
    with pytest.raises(SchemaMismatch, match=r"\$\.a: type \"integer\"") as refused:
        schema.check(ready, json.dumps({"a": "x" * 1_000_000}))
    assert len(refused.value.message) < 400


def test_the_first_of_a_hundred_thousand_problems_is_told_at_once() -> None:
    ready = prepare({"type": "object", "properties": {"a": {"items": {"type": "string"}}}})[0]
    answer = json.dumps({"a": list(range(100_000))})
    begin = time.monotonic()
    with pytest.raises(SchemaMismatch, match=r"\$\.a\[0\]: 0 is not of type 'string'"):
        schema.check(ready, answer)
    assert time.monotonic() - begin < 8


def test_formats_are_checked() -> None:
    ready = prepare({"type": "object", "properties": {"day": {"format": "date"}}})[0]
    schema.check(ready, '{"day": "2026-02-28"}')
    with pytest.raises(SchemaMismatch, match=r"\$\.day"):
        schema.check(ready, '{"day": "2026-02-30"}')


def test_a_reference_to_elsewhere_is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        remote = {"properties": {"a": {"$ref": f"http://127.0.0.1:{port}/schema.json"}}}
        with pytest.raises(InputError, match="nothing at http"):
            schema.check(remote, '{"a": 1}')
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_reference_to_a_missing_definition_is_an_error_of_ours() -> None:
    with pytest.raises(InputError, match=r"nothing at /\$defs/none"):
        schema.check({"$ref": "#/$defs/none"}, "1")


def test_an_endless_reference_is_an_error_of_ours() -> None:
    with pytest.raises(InputError, match="leads back to itself"):
        schema.check({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "1")


KEYS = st.sampled_from(["type", "properties", "items", "anyOf", "$ref", "enum", "minItems", "a"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_any_object_is_a_schema_or_refused(value: dict[str, Any]) -> None:
    try:
        ready, notes = prepare(value)
    except InputError:
        return
    assert ready.keys() >= value.keys()
    assert all(isinstance(note, str) for note in notes)


A: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
B: dict[str, Any] = {"type": "object", "properties": {"b": {"type": "string"}}}


@pytest.mark.parametrize(
    "whole",
    [
        {"allOf": [A, B]},
        {"allOf": [A], **B},
        {"allOf": [{"$ref": "#/$defs/a"}, B], "$defs": {"a": A}},
        {**B, "allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": A}},
    ],
)
def test_the_objects_of_an_all_of_are_closed_as_one(whole: dict[str, Any]) -> None:
    ready, notes = prepare(whole)
    assert notes == []
    assert {key: ready[key] for key in ready if key != "$defs"} == {
        "type": "object",
        "properties": {**A["properties"], **B["properties"]},
        "required": ["a"],
        "additionalProperties": False,
    }
    schema.check(ready, '{"a": 1, "b": "x"}')
    with pytest.raises(SchemaMismatch, match="c"):
        schema.check(ready, '{"a": 1, "c": 2}')


@pytest.mark.parametrize(
    "whole",
    [
        {"allOf": [A, {"type": "object", "properties": {"a": {"type": "string"}}}]},
        {"allOf": [A, {**B, "minProperties": 1}]},
    ],
)
def test_objects_that_cannot_be_joined_stay_open_and_are_told(whole: dict[str, Any]) -> None:
    unchanged = json.loads(json.dumps(whole))
    ready, notes = prepare(whole)
    assert ready == unchanged
    assert any("objects of an allOf that cannot become one" in note for note in notes)


def test_an_all_of_of_other_things_is_none_of_objects() -> None:
    numbers = {"allOf": [{"type": "integer"}, {"enum": [1, 2]}]}
    assert prepare(numbers) == (numbers, [])


def test_objects_inside_a_tuple_are_closed_too() -> None:
    draft = "http://json-schema.org/draft-07/schema#"
    pair = {"$schema": draft, "items": [{"type": "object", "properties": {}}, {"type": "integer"}]}
    ready, _ = prepare(pair)
    assert ready["items"][0]["additionalProperties"] is False
    schema.check(ready, "[{}, 1]")


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_a_schema_that_doubles_is_refused_before_anything_is_sent(run: Run, keyword: str) -> None:
    definitions = {
        f"a{step}": {keyword: [{"$ref": f"#/$defs/a{step + 1}"}] * 2} for step in range(40)
    }
    doubling = {"$ref": "#/$defs/a0", "$defs": {**definitions, "a40": {"type": "string"}}}
    ran = run("ask", "--simulate", "--no-save", "--schema", json.dumps(doubling), "x")
    assert ran.code == 65
    assert "unfold" in ran.stderr


def test_a_short_form_is_a_schema() -> None:
    ready, notes = schema.prepare("name, tags [str]: what they are")
    assert [*ready["properties"], notes] == ["name", "tags", []]
    listed, notes = schema.prepare("name: who", is_list=True)
    assert (listed["properties"]["items"]["items"]["required"], notes) == (["name"], [])


def test_a_list_of_what_a_file_says(tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    path.write_text(json.dumps({"$ref": "#/$defs/p", "$defs": {"p": PERSON}}))
    listed, _ = schema.prepare(str(path), is_list=True)
    schema.check(listed, '{"items": [{"name": "Ada"}]}')
    with pytest.raises(SchemaMismatch):
        schema.check(listed, '{"items": [{"age": 3}]}')


def test_a_file_whose_name_looks_like_fields_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my person").write_text(json.dumps(PERSON))
    assert schema.prepare("my person")[0]["required"] == ["name"]


@pytest.mark.parametrize(
    ("value", "error", "hint"),
    [
        ("person", InputUnreadable, "or write the fields: 'name, age int, tags [str]'"),
        ("person.jsno", InputUnreadable, "or write the fields: 'name, age int, tags [str]'"),
        ("first-name, age", InputUnreadable, "names have letters, digits and _"),
        ("my person", UsageError, "no file is called 'my person' either"),
        ("a, a", UsageError, "each has a name of its own"),
    ],
)
def test_a_mistyped_file_name_is_told_as_such(
    value: str, error: type[UsageError | InputUnreadable], hint: str
) -> None:
    with pytest.raises(error) as raised:
        schema.prepare(value)
    assert hint in str(raised.value.hint)
    assert "None" not in str(raised.value.hint)


def test_one_of_the_two_flags_has_the_schema(run: Run) -> None:
    ran = run("ask", "--dry-run", "--schema", "a, b", "--schema-list", "a, b", "hi")
    assert (ran.code, "exclude each other" in ran.stderr) == (2, True)
    config_file().parent.mkdir(parents=True)
    config_file().write_text("schema = 'a, b'\n")
    ran = run("ask", "--dry-run", "--schema-list", "c int, d", "hi")
    sent = ran.json["output_config"]["format"]["schema"]
    assert [*sent["properties"]["items"]["items"]["properties"]] == ["c", "d"]
