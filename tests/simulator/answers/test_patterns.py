"""Strings for regular expressions."""

import re

import pytest

from claude_cli.simulator.answers.patterns import sample


@pytest.mark.parametrize(
    "pattern",
    ["abc", "^[A-Z]{3}-\\d+$", "^(foo|bar)\\.\\w+$", "[^a-z]{2,}", ".*", "a?b",
     "^\\+?[1-9]\\d{1,3}$",
     "(?:x|y){2}", "[]a]", "\\(\\)", "x{0}y", "a{,3}", "(a(b|c))+d", ""],
)  # fmt: skip
def test_the_sample_matches(pattern: str) -> None:
    found = sample(pattern)
    assert found is not None
    assert re.search(pattern, found)


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", "\\bfoo\\b", "(a)\\1"])
def test_what_is_too_hard_is_left(pattern: str) -> None:
    assert sample(pattern) is None


def test_counts_are_bounded() -> None:
    for pattern in ("a{999999999}", "((((a{99}){99}){99}){99}){99}", "(" * 2000 + "a" + ")" * 2000):
        assert sample(pattern) is None
    assert sample("^(a+)+$") == "a"


def test_a_pattern_that_backtracks_without_end_is_given_up() -> None:
    assert sample("(a*){40}^b") is None
