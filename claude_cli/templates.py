"""Saved prompts: TOML files with a `prompt` and any flag's long name, in the config folder.

What their prompt is made of, and what flags do with the other keys, is not known here.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claude_cli.disk import inputfile, paths
from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.values.documents import read_toml

LIMIT = 1024 * 1024
SUFFIX = ".toml"
COMMAND_LINE_ONLY = frozenset({"template", "field", "profile"})
"""Flags that choose defaults: a template cannot set them."""


@dataclass(frozen=True, slots=True)
class Template:
    """One saved prompt; `flags` are values by parameter name, as the file has them."""

    path: Path
    prompt: str | None
    flags: dict[str, Any]


def templates_folder() -> Path:
    return paths.config_dir() / "templates"


def template_names() -> list[str]:
    """The names of all saved templates, in order."""
    return sorted(path.stem for path in templates_folder().glob(f"*{SUFFIX}"))


def template_path(spec: str) -> Path:
    """The file of a NAME_OR_FILE, there or not: a file has a slash or ends in .toml.

    Raises UsageError for what can be neither.
    """
    if os.sep in spec or "/" in spec or spec.endswith(SUFFIX):
        return Path(spec)
    if not spec.strip() or not spec.isprintable() or spec.startswith((".", "-")):
        raise UsageError(f"not the name of a template: {spec!r}")
    return templates_folder() / f"{spec}{SUFFIX}"


def load_template(spec: str) -> Template:
    """Read a template by name or file.

    Raises InputUnreadable where there is none, InputError where it is not what it should be.
    """
    path = template_path(spec)
    if path.parent == templates_folder() and not path.exists():
        known = ", ".join(template_names()) or "none"
        raise InputUnreadable(
            f"there is no template {spec}",
            hint=f"known templates: {known}; claude-cli templates edit {spec} makes it",
        )
    return parse_template_file(path, inputfile.read_text(path, limit=LIMIT))


def parse_template_file(path: Path, text: str) -> Template:
    """The template that `text` is; `path` names it. Raises InputError with the line at fault."""
    name = inputfile.escaped(str(path))
    values = read_toml(text, name)
    prompt = values.pop("prompt", None)
    if not isinstance(prompt, str | None):
        raise InputError(f"{name}: prompt is no text")
    flags = {key.replace("-", "_"): value for key, value in values.items()}
    for key in COMMAND_LINE_ONLY & flags.keys():
        raise InputError(f"{name}: a template cannot set --{key}")
    return Template(path, prompt, flags)
