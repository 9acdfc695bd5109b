"""Find words in every turn of every session: a scan over the lines, few of which are decoded."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from claude_cli.disk.appendlog import read_lines
from claude_cli.errors import ClaudeCliError
from claude_cli.session.format import ANSWERS, Record, decode

CONTEXT = 60
"""Characters that are shown on each side of a match."""

_OPAQUE = {"type", "id", "tool_use_id", "signature", "encrypted_content", "encrypted_index"}
_OPAQUE_DATA = ("base64", "redacted_thinking")


class Match(NamedTuple):
    """The first place in a record where the words stand; its texts may hold anything."""

    path: Path
    line: int
    record_id: str
    role: str
    """user or assistant."""
    before: str
    words: str
    after: str


def search(files: Iterable[Path], words: str) -> Iterator[Match]:
    """Yield a match for each record that has the words, upper and lower case being the same.

    Searched are texts, thinking, documents, inputs and results of tools, on all branches. A file
    that cannot be read has no matches.
    """
    if words.strip():
        pattern = re.compile(re.escape(words), re.IGNORECASE)
        # What JSON escapes in a string it escapes in the words too.
        written = json.dumps(words.lower(), ensure_ascii=False)[1:-1]
        for path in files:
            with suppress(ClaudeCliError):
                yield from _search_file(path, pattern, written)


def _search_file(path: Path, pattern: re.Pattern[str], written: str) -> Iterator[Match]:
    for number, data in read_lines(path):
        if data and _may_hold(data, written):
            record, _ = decode(data)
            found = _first_match(record, pattern) if record else None
            if record and found and "compacts" not in record:
                yield Match(path, number, record["id"], record["kind"], *_excerpt(found))


def _may_hold(data: bytes, written: str) -> bool:
    if written.isascii():
        return written.encode() in data.lower()
    return written in data.decode("utf-8", "replace").lower()


def _first_match(record: Record, pattern: re.Pattern[str]) -> re.Match[str] | None:
    said = record["message"] if record["kind"] in ANSWERS else record
    return next(filter(None, map(pattern.search, _texts(said.get("content")))), None)


def _texts(content: Any) -> Iterator[str]:
    """Every string of the blocks that people or models wrote, in order."""
    rest = [content]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            rest += reversed(part)
        elif isinstance(part, dict):
            hidden = _OPAQUE | {"data"} if part.get("type") in _OPAQUE_DATA else _OPAQUE
            rest += [value for key, value in reversed(part.items()) if key not in hidden]


def _excerpt(found: re.Match[str]) -> tuple[str, str, str]:
    text, start, end = found.string, *found.span()
    return text[max(0, start - CONTEXT) : start], found.group(), text[end : end + CONTEXT]
