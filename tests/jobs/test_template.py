"""Prompts with fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.errors import InputError, UsageError
from claude_cli.jobs.template import parse_template


@pytest.mark.parametrize(
    ("prompt", "filled"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{a}", "1"),
        ("{a}{b}", "1{x}"),
        ("-{a}-{a}-", "-1-1-"),
        ("{{a}}", "{a}"),
        ("{{{a}}}", "{1}"),
        ("{{}}", "{}"),
        ("{with space}", "2"),
    ],
)
def test_fields_are_filled_and_doubled_braces_are_braces(prompt: str, filled: str) -> None:
    values = {"a": "1", "b": "{x}", "with space": "2"}
    assert parse_template(prompt).fill(values) == filled


@pytest.mark.parametrize("prompt", ["{", "}", "{a", "a}", "{a{b}"])
def test_a_lone_brace_is_wrong_usage(prompt: str) -> None:
    with pytest.raises(UsageError, match="of its own"):
        parse_template(prompt)


def test_a_lone_brace_is_told_with_its_place() -> None:
    with pytest.raises(UsageError, match="has a } of its own at character 6"):
        parse_template("{a}bc}")


def test_an_unknown_field_is_named_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"no field \{c\}; there is \{a\}, \{b\}"):
        parse_template("{c}").fill({"a": "", "b": ""})


@pytest.mark.parametrize(
    ("outer", "inner", "whole"),
    [
        ("{p}", "x", "x"),
        ("a{p}b{p}", "-{f}-", "a-{f}-b-{f}-"),
        ("{f}{p}{g}", "{g}{f}", "{f}{g}{f}{g}"),
        ("{{p}}{f}", "x", "{{p}}{f}"),
    ],
)
def test_a_template_can_stand_where_a_field_stood(outer: str, inner: str, whole: str) -> None:
    assert parse_template(outer).with_field("p", parse_template(inner)) == parse_template(whole)


@given(st.text(), st.text())
def test_what_is_written_with_doubled_braces_comes_out_as_it_was(text: str, value: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert parse_template(f"{escaped} {{v}}").fill({"v": value}) == f"{text} {value}"
