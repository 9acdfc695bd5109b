"""The documents: where they are, the parts of them that are made, the examples that they have.

`python -m tests.test_readme` writes the made parts anew.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.docs.manual import manual
from tests.docs.module_map import module_map
from tests.docs.reference import (
    command_reference,
    command_table,
    environment_tables,
    exit_code_table,
    file_tables,
)

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
CHINESE = DOCS / "README.zh-TW.md"
MANUAL = DOCS / "claude-cli.1"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
"""What users read, and the map."""


MADE: dict[str, Callable[[], str]] = {
    "exit codes": exit_code_table,
    "commands": command_table,
    "flags": command_reference,
    "environment": environment_tables,
    "files": file_tables,
    "modules": module_map,
}
"""Name of a part, as in `<!-- commands: … -->` → what makes it."""


def with_made_parts(text: str) -> str:
    for name, make in MADE.items():
        if f"<!-- {name}: " in text:
            text = with_part(text, name, make())
    return text


def with_part(text: str, name: str, made: str) -> str:
    """The text with what stands between the marks of this name replaced."""
    pattern = rf"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"
    return re.sub(pattern, lambda marks: f"{marks[1]}{made}\n{marks[2]}", text, flags=re.S)


def write_made_parts() -> None:
    for page in PAGES:
        text = page.read_text()
        if (fresh := with_made_parts(text)) != text:
            page.write_text(fresh)
    MANUAL.write_text(manual())


def fenced(page: Path, language: str) -> list[str]:
    """The page's blocks of this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=re.S | re.M)


def block(page: Path, language: str, part: str) -> str:
    """The only block of this language that has `part`."""
    (found,) = [text for text in fenced(page, language) if part in text]
    return found


def examples(pages: Iterable[Path] = PAGES) -> list[str]:
    """The commands of the `console` blocks, without their comments, each once."""
    lines = [
        line for page in pages for text in fenced(page, "console") for line in text.split("\n")
    ]
    commands = [line.removeprefix("$ ").partition("   #")[0].strip() for line in lines]
    return list(dict.fromkeys(command for command in commands if command))


def headings(page: Path) -> set[str]:
    """Its headings as GitHub makes anchors of them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
    return re.findall(r"\]\(([^)\s]+)\)", text)
