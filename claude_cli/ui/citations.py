"""Numbers for what an answer cites, and the list of them at its end. Pure."""

from collections.abc import Mapping
from typing import Any

from claude_cli.values.untyped import string

_ESCAPES = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]()<>#~|&!"})


class Citations:
    """Numbers citations as they come; the same words of the same source share a number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, citation: Mapping[str, Any]) -> int:
        """Return the number of one of the API's citation objects, of whatever kind."""
        key = _source(citation), " ".join(string(citation, "cited_text").split())
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def lines(self) -> list[str]:
        """Return `[1] Title: "cited words"` for each number."""
        return [
            f"[{number}] {source}" + (f': "{words}"' if words else "")
            for (source, words), number in self._numbers.items()
        ]


def escape_markdown(line: str) -> str:
    """Return Markdown that reads `line`, whatever marks it holds."""
    return line.translate(_ESCAPES)


def _source(citation: Mapping[str, Any]) -> str:
    title = string(citation, "title") or string(citation, "document_title")
    place = string(citation, "url") or string(citation, "source")
    index = citation.get("document_index")
    if not (title or place):
        return f"document {index + 1}" if isinstance(index, int) else "unnamed source"
    return " ".join((f"{title} ({place})" if title and place else title or place).split())
