"""Inputs against schemas, and schemas against JSON Schema."""

import socket
from collections.abc import Iterator
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
        "'a' is a required property",
        "b: 'two' is not of type 'integer'",
    ]


def test_a_large_input_is_not_quoted_in_full() -> None:
    assert len(input_problem({"a": "x" * 100_000}, ADD) or "") < 400


@pytest.fixture
def impatient_sockets() -> Iterator[None]:
    """A fetch that nobody answers fails a test instead of hanging it."""
    socket.setdefaulttimeout(1)
    yield
    socket.setdefaulttimeout(None)


@pytest.mark.usefixtures("impatient_sockets")
def test_a_reference_to_elsewhere_is_told_and_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        schema = {"type": "object", "properties": {"a": {"$ref": address}}}
        assert address in (input_problem({"a": 1}, schema) or "")
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_an_endless_reference_ends() -> None:
    assert "deeply" in (input_problem({}, {"type": "object", "$ref": "#"}) or "")


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"properties": {}}, "object"),
        ({"type": "array"}, "object"),
        ({"type": "object", "properties": {"a": {"type": "int"}}}, "properties.a.type"),
        ({"type": "object", "required": "a"}, "required"),
    ],
)
def test_a_malformed_schema_is_told_with_its_place(schema: dict[str, Any], told: str) -> None:
    assert told in (schema_problem(schema) or "")


def test_a_sound_schema_has_no_problem() -> None:
    assert schema_problem(ADD) is None
