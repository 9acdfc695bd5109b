"""A folder that is to become a skill: its files, and what the API would refuse in it.

Nothing hidden and nothing that git ignores is taken, as with `-a FOLDER`. A link that leaves the
folder is refused rather than left out: what it names may be a secret, and the skill would lack it.
"""

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple, NoReturn

from claude_cli.content import folders
from claude_cli.disk import inputfile
from claude_cli.disk.inputfile import escaped
from claude_cli.errors import InputError, InputUnreadable
from claude_cli.values.skill_text import (
    FILE_NAME,
    LARGEST_SKILL,
    FrontMatter,
    problems,
    read_front_matter,
)

MOST_FILES = 1000
CACHES = ("__pycache__", "node_modules")
"""Folders of what programs make anew."""
_UNFIT = frozenset('"\\')


class SkillFile(NamedTuple):
    """`name` is the path in the skill, with `/`, below the folder that is called as the skill."""

    name: str
    path: Path
    size: int


class SkillFolder(NamedTuple):
    """What is uploaded: `left_out` counts by kind what is not."""

    name: str
    description: str
    files: list[SkillFile]
    left_out: Counter[str]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def read_skill_folder(path: str) -> SkillFolder:
    """Check a folder and list its files, SKILL.md first.

    Raises InputUnreadable where it is no folder or cannot be read, InputError for what the API is
    sure to refuse.
    """
    folder, shown = Path(path), escaped(path)
    if not folder.is_dir():
        raise InputUnreadable(
            f"{shown} is no folder", hint=f"a skill is a folder with {FILE_NAME} in it"
        )
    told = _front_matter(folder, shown)
    name = told.name or folder.resolve().name
    if found := problems(name, told.description):
        raise InputError(f"{shown}/{FILE_NAME}: {found[0]}", hint=_name_hint(told, name))
    _refuse_links(folder)
    paths, left_out = _paths(folder)
    files = [_file(folder, below, name) for below in paths]
    size = sum(file.size for file in files)
    if size > LARGEST_SKILL:
        raise InputError(f"{shown} has {size:,} bytes, and a skill has at most {LARGEST_SKILL:,}")
    return SkillFolder(name, told.description or "", files, left_out)


def _front_matter(folder: Path, shown: str) -> FrontMatter:
    try:
        names = os.listdir(folder)
    except OSError as error:
        _raise_unreadable(error)
    if FILE_NAME not in names:  # on some systems skill.md would be found, too
        raise InputError(
            f"{shown} has no {FILE_NAME}", hint="it begins with ---, name: and description:, ---"
        )
    text = inputfile.read_text(folder / FILE_NAME, limit=LARGEST_SKILL)
    told = read_front_matter(text)
    if told is None:
        raise InputError(
            f"{shown}/{FILE_NAME} has no front matter",
            hint="it begins with ---, name: and description:, ---",
        )
    return told


def _name_hint(told: FrontMatter, name: str) -> str | None:
    return None if told.name else f"without name: in {FILE_NAME} the skill is called {name!r}"


def _refuse_links(folder: Path) -> None:
    """Raise InputError for a link to what lies elsewhere, and for one to a folder."""
    inside = os.path.join(os.path.realpath(folder), "")
    ignored = folders.Ignored(str(folder))
    for here, below, names in os.walk(folder, onerror=_raise_unreadable):
        below[:] = [
            name
            for name in below
            if _is_taken(name) and not ignored.hides(os.path.join(here, name, ""))
        ]
        for path in (os.path.join(here, name) for name in (*below, *names) if _is_taken(name)):
            if not os.path.islink(path) or ignored.hides(path):
                continue
            if not os.path.realpath(path).startswith(inside):
                raise InputError(
                    f"{escaped(path)} is a link that leaves the folder",
                    hint="put the file itself there, or remove the link",
                )
            if not os.path.isfile(path):
                raise InputError(
                    f"{escaped(path)} is a link that names no file of the folder",
                    hint="put the files themselves there, or remove the link",
                )


def _raise_unreadable(error: OSError) -> NoReturn:
    shown = escaped(os.fsdecode(error.filename))
    raise InputUnreadable(f"cannot read {shown}: {error.strerror}") from error


def _is_taken(name: str) -> bool:
    return not name.startswith(".") and name not in CACHES


def _paths(folder: Path) -> tuple[list[str], Counter[str]]:
    """The paths below the folder, SKILL.md first, and how many were left out by kind."""
    found = folders.find(str(folder))
    below = [os.path.relpath(path, folder) for path in found.paths]
    taken = [path for path in below if all(map(_is_taken, Path(path).parts))]
    left_out = Counter(found.left_out) + Counter({"of caches": len(below) - len(taken)})
    if FILE_NAME not in taken:
        raise InputError(f"{escaped(str(folder))}/{FILE_NAME} is ignored by git")
    if len(taken) > MOST_FILES:
        raise InputError(
            f"{escaped(str(folder))} has {len(taken):,} files, and {MOST_FILES:,} are the most",
            hint="what a .gitignore in it names is left out",
        )
    return sorted(taken, key=lambda path: path != FILE_NAME), left_out


def _file(folder: Path, below: str, top: str) -> SkillFile:
    """Raises InputError for a name that no form can carry, InputUnreadable for what is no file."""
    path = folder / below
    name = f"{top}/{Path(below).as_posix()}"
    if not name.isprintable() or _UNFIT & set(name):
        raise InputError(f"the API takes no file called {escaped(below)!r}", hint="rename it")
    with inputfile.open_regular(path) as file:
        return SkillFile(name, path, os.fstat(file.fileno()).st_size)
