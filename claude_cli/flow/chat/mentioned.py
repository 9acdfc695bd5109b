"""Files that a typed line names by `@PATH`, and those that are dropped on the terminal."""

import os
from contextlib import suppress
from glob import iglob

from claude_cli.content.specs import Spec, parse_spec, typed_words
from claude_cli.errors import UsageError
from claude_cli.ui.editor.mentions import mentions
from claude_cli.ui.editor.typed_line import TypedLine
from claude_cli.ui.sanitize import sanitize_line


def mentioned(line: TypedLine) -> list[Spec]:
    """What is to be attached for the `@` of a line, in order, each once; an `@` that was not typed,
    or whose word is no file that is there, is text.

    A file, a folder with a slash at its end, a pattern with a `*`; options as in SPEC.
    """
    found = []
    for mention in mentions(line.text):
        if line.is_typed(mention.start):
            specs = (spec for word in mention.words if (spec := _there(word)))
            found.append(next(specs, None))
    return list(dict.fromkeys(spec for spec in found if spec))


def mention_of(before: str, pasted: str) -> str:
    """`@PATH` for a file that a terminal types where it is dropped: one absolute path, alone, at
    the start of a word of a turn; else nothing."""
    if before[:1] in ("/", "!") or before[-1:].strip() or "\n" in pasted.strip():
        return ""
    with suppress(UsageError):
        match typed_words(pasted.strip()):
            case [path] if os.path.isabs(path) and os.path.isfile(path):
                shown = sanitize_line(pasted.strip())
                return f"@{shown} " if shown == pasted.strip() else ""
    return ""


def _there(word: str) -> Spec | None:
    with suppress(UsageError, ValueError):
        match typed_words(word):
            case [path]:
                spec = parse_spec(path)
                return spec if spec.origin == "path" and _is_there(spec.target) else None
    return None


def _is_there(path: str) -> bool:
    if os.path.isdir(path):
        return path.endswith(os.sep)
    return os.path.isfile(path) or ("*" in path and any(map(os.path.isfile, iglob(path))))
