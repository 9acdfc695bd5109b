"""The README in Traditional Chinese says what the English one says."""

import re
from pathlib import Path

import pytest

from claude_cli.app import COMMANDS
from tests.docs.pages import CHINESE, README, examples, fenced, links


def levels(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
    return re.findall(r"^(#+) ", text, flags=re.M)


def targets(page: Path) -> list[str]:
    """Where its links lead, from the folder of the repository."""
    found = [link for link in links(page) if "README" not in link]
    here = [link for link in found if not link.startswith("https:")]
    paths = [(page.parent / link).resolve().relative_to(README.parent) for link in here]
    return sorted(set(map(str, paths)))


def test_the_headings_are_the_same() -> None:
    assert levels(CHINESE) == levels(README)


def test_the_examples_are_the_same() -> None:
    assert examples([CHINESE]) == examples([README])


@pytest.mark.parametrize("language", ["sh", "bash"])
def test_the_blocks_are_the_same(language: str) -> None:
    assert fenced(CHINESE, language) == fenced(README, language)


def test_the_links_lead_to_the_same_pages() -> None:
    assert targets(CHINESE) == targets(README)


def test_the_table_has_every_command() -> None:
    assert re.findall(r"^\| `(\w+)` \|", CHINESE.read_text(), flags=re.M) == list(COMMANDS)


def test_both_have_the_same_figures() -> None:
    parts = [re.findall("<!-- peers.*end of peers", p.read_text(), re.S) for p in (README, CHINESE)]
    assert parts[0] == parts[1] != []


def test_each_leads_to_the_other_in_its_first_line() -> None:
    first = {page: page.read_text().splitlines()[0] for page in (README, CHINESE)}
    assert "(docs/README.zh-TW.md)" in first[README]
    assert "(../README.md)" in first[CHINESE]
