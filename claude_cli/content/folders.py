"""A folder, a pattern or a list → the files that it names; but for a list in natural order.

Left out is what is hidden and what git ignores (`.gitignore` counts outside of a repository, too),
below what was typed: `build/*.pdf` takes the files of a folder that is ignored as a whole.
"""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from claude_cli.disk.inputfile import escaped
from claude_cli.errors import InputError, InputUnreadable

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MOST = 10_000
"""Files that are looked at: more are a mistake, such as a home folder."""

UNREADABLE = "unreadable"
_MAGIC = re.compile(r"[*?[]")
_DIGITS = re.compile(r"(\d+)")


class Found(NamedTuple):
    """The files of a folder or a pattern, and how many of each kind were left out."""

    paths: list[str]
    left_out: dict[str, int]


def is_several(target: str) -> bool:
    """Whether a path is a folder, or a pattern; a file of that very name is neither."""
    if os.path.lexists(target):
        return os.path.isdir(target)
    return _MAGIC.search(target) is not None


def find(target: str) -> Found:
    """Raises InputError where there are more than 10 000 files, InputUnreadable for a folder whose
    names cannot be read; one below it is counted."""
    base = _base_of(target)
    ignored, inside = Ignored(base), os.path.realpath(base or ".")
    kinds = ("hidden", "ignored by git", "linked from elsewhere", UNREADABLE)
    found = Found([], dict.fromkeys(kinds, 0))
    for path in _walk(target, found, ignored) if os.path.isdir(target) else _matches(target):
        if ignored.hides(path):
            found.left_out["ignored by git"] += 1
        elif not _lies_in(inside, path):
            found.left_out["linked from elsewhere"] += 1
        elif len(found.paths) == MOST:
            raise InputError(f"{escaped(target)} names more than {MOST:,} files")
        else:
            found.paths.append(os.path.normpath(path))
    found.paths.sort(key=natural)
    return found


def names_in(data: bytes) -> list[str]:
    """The paths of a list, each ended by NUL as by `find -print0`, or a line each; in its order.

    Raises InputError where there are more than 10 000.
    """
    separator = b"\0" if b"\0" in data else b"\n"
    names = [os.fsdecode(name.removesuffix(b"\r")) for name in data.split(separator)]
    paths = [name for name in names if name]
    if len(paths) > MOST:
        raise InputError(f"a list of {len(paths):,} files: more than {MOST:,} are too many")
    return paths


def natural(path: str) -> list[tuple[int, int, str]]:
    """A key that sorts page2 before page10."""
    parts = _DIGITS.split(path.casefold())
    return [(0, int(p), "") if p.isdecimal() and len(p) < 20 else (1, 0, p) for p in parts if p]


def _base_of(target: str) -> str:
    """The folder that was typed: all of it, or what stands before the first part of a pattern."""
    if os.path.isdir(target):
        return target
    return os.path.dirname(_MAGIC.split(target, maxsplit=1)[0])


def _lies_in(folder: str, path: str) -> bool:
    """Whether a file is there itself: a link in a folder from elsewhere may name any secret."""
    return os.path.realpath(path).startswith(os.path.join(folder, ""))


def _matches(pattern: str) -> Iterator[str]:
    from glob import iglob

    return filter(os.path.isfile, iglob(pattern, recursive=True))


def _walk(folder: str, found: Found, ignored: "Ignored") -> Iterator[str]:
    def count(error: OSError) -> None:
        if error.filename == folder:
            raise InputUnreadable(f"cannot read {escaped(folder)}: {error.strerror}") from error
        found.left_out[UNREADABLE] += 1

    for here, folders, files in os.walk(folder, onerror=count):
        for names in (folders, files):
            plain = [name for name in names if not name.startswith(".")]
            found.left_out["hidden"] += len(names) - len(plain)
            names[:] = plain
        kept = [name for name in folders if not ignored.hides(os.path.join(here, name, ""))]
        found.left_out["ignored by git"] += len(folders) - len(kept)
        folders[:] = kept
        yield from filter(os.path.isfile, (os.path.join(here, name) for name in files))


class Ignored:
    """What git ignores below a folder, by the .gitignore files in it and above it."""

    def __init__(self, base: str) -> None:
        self._base = os.path.abspath(base)
        self._rules: dict[str, _Rules] = {}
        above = self._above()
        # A folder that is ignored itself was typed all the same: then only its own rules count.
        self._rules[os.path.dirname(self._base)] = (
            [] if _are_against(above, self._base + os.sep) else above
        )

    def hides(self, path: str) -> bool:
        """Whether a file, or a folder if it ends in a slash, is ignored, or lies in one that is."""
        full = os.path.abspath(path) + (os.sep if path.endswith(os.sep) else "")
        below = full[len(self._base) :].strip(os.sep).split(os.sep)
        parts = [os.path.join(self._base, *below[:n], "") for n in range(1, len(below))]
        return any(_are_against(self._rules_for(part), part) for part in [*parts, full])

    def _rules_for(self, path: str) -> "_Rules":
        """The rules for what lies in a folder of the base, the nearest last."""
        folder = os.path.dirname(path.rstrip(os.sep))
        if folder not in self._rules:
            self._rules[folder] = [*self._rules_for(folder), *_rules_in(folder)]
        return self._rules[folder]

    def _above(self) -> "_Rules":
        """The rules of the folders above, up to that of the repository, if there is one."""
        folder = self._base
        rules: _Rules = []
        while not os.path.exists(os.path.join(folder, ".git")):
            folder, before = os.path.dirname(folder), folder
            if folder == before:
                return []
            rules = [*_rules_in(folder), *rules]
        return rules


_Rules = list[tuple[str, "GitIgnoreSpec"]]
"""Folders and what their .gitignore says, the outermost first."""


def _are_against(rules: _Rules, path: str) -> bool:
    for folder, spec in reversed(rules):
        decided = spec.check_file(path[len(folder) :].lstrip(os.sep)).include
        if decided is not None:
            return decided
    return False


def _rules_in(folder: str) -> _Rules:
    from pathspec import GitIgnoreSpec

    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            return [(folder, GitIgnoreSpec.from_lines(file.read(1 << 20).splitlines()))]
    except OSError:
        return []
