"""The list of what comes along is that of pyproject.toml."""

import re

from tests.docs.dependencies import PAGE, direct, licence, megabytes, reasons


def rows() -> list[list[str]]:
    lines = re.findall(r"^\| ([a-z].*) \|$", PAGE.read_text(), flags=re.M)
    return [line.split(" | ") for line in lines if not line.startswith("package ")]


def test_every_dependency_has_its_reason_and_its_licence() -> None:
    assert [row[0] for row in rows()] == direct()
    assert [row[4] for row in rows()] == [reasons()[name] for name in direct()]
    assert [family(row[1]) for row in rows()] == [family(licence(name)) for name in direct()]


def family(named: str) -> list[str]:
    """What stays the same where a package says its licence in other words."""
    return re.findall("MIT|BSD|Apache|MPL", named)[:1]


def test_the_sizes_are_near_those_that_are_installed() -> None:
    for name, _, size, *_ in rows():
        assert 0.4 < (float(size) + 0.5) / (megabytes({name}) + 0.5) < 2.5, name
