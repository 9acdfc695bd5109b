"""Programs of the user's that make text of other files: `[loaders]` of the config file.

    [loaders]
    docx = ["pandoc", "-t", "gfm", "{path}"]

A program runs without a shell, with limits on time and output, and without our credentials.
"""

import os
from collections.abc import Mapping, Sequence

from claude_cli.disk.inputfile import escaped
from claude_cli.errors import InputError

Loaders = Mapping[str, Sequence[str]]
"""Suffix → the command that makes text of such a file."""

PATH = "{path}"
"""What stands for the file in a command."""
SECONDS = 60.0
MOST = 32 * 1024 * 1024
"""Bytes of text: more than a request can be."""

_PANDOC = ("pandoc", "-t", "gfm", PATH)
_MARKITDOWN = ("markitdown", PATH)
_SUGGESTED: dict[str, tuple[tuple[str, ...], ...]] = {
    "docx": (_PANDOC, _MARKITDOWN),
    "odt": (_PANDOC,),
    "epub": (_PANDOC, _MARKITDOWN),
    "rtf": (_PANDOC,),
    "xlsx": (("xlsx2csv", PATH), _MARKITDOWN),
    "pptx": (_MARKITDOWN,),
    "doc": (("antiword", PATH), ("catdoc", PATH)),
}
"""Suffix → commands that print text of such a file."""


def suffix_of(path: str) -> str:
    """What stands behind the last dot, in small letters; empty where there is none."""
    return os.path.splitext(path)[1][1:].lower()


def suggestion(path: str) -> str | None:
    """The line of the config file that would make text of such a file, with a program that is here
    if one is."""
    import shutil

    suffix = suffix_of(path)
    commands = _SUGGESTED.get(suffix)
    if commands is None:
        return None
    here = [command for command in commands if shutil.which(command[0])]
    command = (here or commands)[0]
    line = f"{suffix} = [{', '.join(f'{part!r}' for part in command)}]".replace("'", '"')
    how = "makes text of it" if here else "would make text of it, once it is installed"
    return f"{command[0]} {how}: {line} below [loaders]"


def load(path: str, command: Sequence[str]) -> bytes:
    """What the program prints. Raises InputError where it cannot start, fails or prints nothing."""
    from claude_cli.child.group import exit_words
    from claude_cli.child.run import run

    argv = [part.replace(PATH, os.path.abspath(path)) for part in command]
    name = f"{escaped(path)}: its loader {escaped(argv[0])}"
    try:
        ended = run(argv, seconds=SECONDS, most=MOST)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{name} cannot be started: {why}") from error
    if ended.status is None:
        raise InputError(f"{name} {ended.trouble}")
    if ended.status:
        why = escaped(ended.stderr.strip().rpartition("\n")[2][:200])
        raise InputError(f"{name} failed, {exit_words(ended.status)}{why and f': {why}'}")
    if not ended.stdout.strip():
        raise InputError(f"{name} printed nothing")
    return ended.stdout.encode()
