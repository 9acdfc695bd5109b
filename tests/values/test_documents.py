"""JSON and TOML from files: within bounds, and told by name."""

import time

import pytest

from claude_cli.errors import InputError
from claude_cli.values.documents import read_json, read_toml
from claude_cli.values.strict_json import DEEPEST, nests_deeper


@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 5_000, 100_000])
def test_what_is_nested_too_deeply_is_refused_whoever_could_have_read_it(levels: int) -> None:
    brackets = "[" * levels + "]" * levels
    with pytest.raises(InputError, match=r"body\.json: nested deeper"):
        read_json(brackets, "body.json")
    with pytest.raises(InputError, match=r"a\.toml: nested deeper"):
        read_toml(f"a = {brackets}", "a.toml")


def test_a_value_at_the_limit_is_read() -> None:
    value = read_json("[" * DEEPEST + "]" * DEEPEST, "body.json")
    assert not nests_deeper(value, DEEPEST)


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 50_000) + " = 1",
        f"[{'.'.join(['a'] * 50_000)}]",
        "x = {" + " . ".join(['"a"'] * 50_000) + " = 1}",
        "\n".join(f"{'.'.join(['a'] * 300)}.b{number} = 1" for number in range(1000)),
    ],
)
def test_a_dotted_key_without_end_costs_no_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InputError, match="nested deeper"):
        read_toml(text, "a.toml")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text", ["a" * 900_000, "." * 900_000, '"' * 90_000 + "." * 300, "a." * 99]
)
def test_dots_that_are_no_key_cost_no_time_either(text: str) -> None:
    began = time.process_time()
    assert read_toml(f"prompt = '''{text}'''", "a.toml") == {"prompt": text}
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", ["{", "NaN", "[Infinity]", "1 2", "'a'"])
def test_what_is_no_json_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"body\.json is not JSON"):
        read_json(text, "body.json")


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "a = 2026-13-40"])
def test_what_is_no_toml_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"a\.toml: "):
        read_toml(text, "a.toml")
