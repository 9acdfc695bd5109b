"""SKILL.md: what its front matter says, and what the API demands of that. Pure.

The front matter is YAML between two lines `---`; only `name` and `description` are read, in the
forms in which people write a text: plain, quoted, folded (`>`) or literal (`|`).
"""

import json
import re
from typing import NamedTuple

FILE_NAME = "SKILL.md"
LONGEST_NAME, LONGEST_DESCRIPTION = 64, 1024
LARGEST_SKILL = 30_000_000
"""Bytes of all files together."""
LATEST = "latest"
"""Stands for the newest version of a skill."""
RESERVED = ("anthropic", "claude")
"""Words that no name may hold."""

_NAME = re.compile(r"[a-z0-9-]+")
_TAG = re.compile(r"<[A-Za-z/!][^<>]*>")
_MARK = re.compile(r"---[ \t]*")
_KEY = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(?P<rest>.*))?")
_BLOCK = re.compile(r"(?P<style>[>|])[0-9+-]{0,2}(?:[ \t]+#.*)?")
_COMMENT = re.compile(r"(?:^|[ \t]+)#.*")


class FrontMatter(NamedTuple):
    """None for what it does not say."""

    name: str | None
    description: str | None


def read_front_matter(text: str) -> FrontMatter | None:
    """What SKILL.md says of itself; None where it does not begin with a front matter."""
    first, *lines = text.removeprefix("\ufeff").splitlines() or [""]
    end = next((n for n, line in enumerate(lines) if _MARK.fullmatch(line)), None)
    if not _MARK.fullmatch(first) or end is None:
        return None
    values = _values(lines[:end])
    return FrontMatter(values.get("name"), values.get("description"))


def problems(name: str, description: str | None) -> list[str]:
    """What the API refuses in the name of a skill and its description, a sentence each."""
    found = []
    if not name or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        found.append(f"a name has 1 to {LONGEST_NAME} of a-z, 0-9 and -, not {name[:100]!r}")
    found += [f"a name does not hold the word {word}" for word in RESERVED if word in name]
    if not description or not description.strip():
        found.append("there is no description: it tells the model when to use the skill")
    elif len(description) > LONGEST_DESCRIPTION:
        found.append(
            f"the description has {len(description)} characters, more than {LONGEST_DESCRIPTION}"
        )
    if tag := _TAG.search(description or ""):
        found.append(f"a description has no tags such as {tag[0][:40]}")
    return found


def _values(lines: list[str]) -> dict[str, str]:
    """Top-level keys and their texts; of a key that is given twice the last counts, as in YAML."""
    values: dict[str, str] = {}
    for number, line in enumerate(lines):
        if found := _KEY.fullmatch(line.rstrip()):
            values[found["key"]] = _value(found["rest"] or "", _indented(lines[number + 1 :]))
    return values


def _indented(lines: list[str]) -> list[str]:
    """The lines that belong to the key above them."""
    end = next((n for n, line in enumerate(lines) if line.strip() and line[0] not in " \t"), None)
    return lines[:end]


def _value(rest: str, more: list[str]) -> str:
    if block := _BLOCK.fullmatch(rest.strip()):
        lines = [line.strip() for line in more]
        return ("\n" if block["style"] == "|" else " ").join(lines).strip()
    plain = [rest.strip(), *(line.strip() for line in more)]
    text = " ".join(part for part in plain if part)
    if text[:1] in ("'", '"'):
        return _unquoted(text)
    return " ".join(_COMMENT.sub("", part) for part in plain if part).strip()


def _unquoted(text: str) -> str:
    """A quoted text; what stands behind it is a comment."""
    if text[0] == "'":
        found = re.match(r"'((?:[^']|'')*)'", text)
        return found[1].replace("''", "'") if found else text
    found = re.match(r'"(?:[^"\\]|\\.)*"', text)
    try:
        return str(json.loads(found[0])) if found else text
    except ValueError:  # an escape of YAML that JSON does not have
        return found[0][1:-1] if found else text
