"""What Tab offers in a line of a chat: commands, and words for their arguments. Pure but for
paths. What could not be shown as it is is not offered.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from claude_cli.ui.sanitize import sanitize_line

MOST_ENTRIES = 1000
"""Of a folder that is looked at."""
LONGEST_NOTE = 60

Words = Callable[[str], Iterable[tuple[str, str]]]
"""The start of an argument → words that it could become, each with a note."""


class Candidate(NamedTuple):
    """A word that can take the place of the last `replaces` characters before the cursor."""

    word: str
    replaces: int
    note: str


class Completion(NamedTuple):
    """What is known of one command: a note on it, and where the words of its argument are."""

    note: str
    words: Words | None = None


def candidates(line: str, commands: Mapping[str, Completion]) -> Iterator[Candidate]:
    """Yield what `line`, up to the cursor, could become; nothing unless it is a command."""
    if not line.startswith("/"):
        return
    name, space, argument = line.partition(" ")
    found: Iterable[tuple[str, str]] = ()
    if not space:
        found = ((command, about.note) for command, about in commands.items())
    elif name in commands and (words := commands[name].words):
        found = words(argument)
    start = argument if space else name
    for word, note in found:
        if word.startswith(start) and sanitize_line(word) == word:
            yield Candidate(word, len(start), sanitize_line(note, LONGEST_NOTE))


def paths_from(start: str) -> Iterator[tuple[str, str]]:
    """Yield the paths that begin with `start`, folders with a slash at their end; `~` is home."""
    folder, name = os.path.split(start)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            found = sorted((e.name, e.is_dir()) for e in islice(entries, MOST_ENTRIES))
    except (OSError, ValueError):  # no such folder; a NUL
        return
    for entry, is_folder in found:
        if entry.startswith(name) and (name or not entry.startswith(".")):
            yield os.path.join(folder, entry) + ("/" if is_folder else ""), ""
