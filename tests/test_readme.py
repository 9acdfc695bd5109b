"""The documents promise what is true: their tables are made, their links lead somewhere.

`python -m tests.test_readme` writes the made parts anew. The examples run in `tests/docs/`.
"""

import re
from pathlib import Path

import pytest

from claude_cli import __version__
from tests.command_tree import arguments_of, every_command, flags_of
from tests.docs.facts import flag_of
from tests.docs.manual import manual
from tests.docs.module_map import FOLDERS, PACKAGE, module_map
from tests.docs.pages import (
    DOCS,
    MADE,
    MANUAL,
    PAGES,
    README,
    ROOT,
    headings,
    links,
    with_made_parts,
    write_made_parts,
)
from tests.docs.reference import command_reference, spelled

LINKED = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]


def test_the_made_parts_are_there_and_fresh() -> None:
    texts = [page.read_text() for page in PAGES]
    assert {name for name in MADE if f"<!-- {name}: " in "".join(texts)} == set(MADE)
    assert [with_made_parts(text) for text in texts] == texts, "run python -m tests.test_readme"
    assert MANUAL.read_text() == manual(), "run python -m tests.test_readme"


def test_the_map_has_every_folder_and_every_module_says_what_it_is() -> None:
    folders = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")}
    assert folders - {"simulator"} == set(FOLDERS)
    assert not re.search(r"^- `\w+`: $", module_map(), flags=re.M)


def test_the_reference_has_every_flag_and_argument_of_every_command() -> None:
    text = command_reference()
    for name, command in every_command().items():
        usage = " ".join(["claude-cli", name, *(a.metavar for a in arguments_of(command))])
        assert f"`{usage}`" in text
        for param in [*arguments_of(command), *flags_of(command)]:
            assert f"| {spelled(flag_of(param))} | {param.help[:20]}" in text, (name, param.name)


def test_the_readme_opens_with_two_shell_blocks() -> None:
    fences = re.findall(r"^```(\w+)$", README.read_text(), flags=re.M)
    assert fences[:2] == ["sh", "sh"]
    assert fences.count("sh") == 2


def test_the_first_screens_compare_with_every_peer_by_numbers() -> None:
    head = README.read_text().partition("## A key")[0]
    rows = re.findall(r"^\| \**(\w+).*\| [\d.]+ s \| \d+ MB \|", head, flags=re.M)
    assert rows == ["claude", "llm", "Claude", "official", "httpx", "curl"]


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len(README.read_text().splitlines()) <= 300


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            there = page.parent / path if path else page
            assert there.exists(), target
            assert not anchor or anchor in headings(there), target


def test_the_readme_leads_to_every_page() -> None:
    led = {target.partition("#")[0] for target in links(README)}
    pages = {f"docs/{page.name}" for page in PAGES if page.parent == DOCS}
    assert pages - led == {"docs/map.md"}  # which CONTRIBUTING leads to


def test_the_changelog_tells_of_this_version() -> None:
    released = re.findall(r"^## (\d\S*) – ", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)
    assert released[0] == __version__


if __name__ == "__main__":
    write_made_parts()
