"""Saved prompts: TOML files with a `prompt` and any flag's long name, in the config folder.

What their prompt is made of, and what flags do with the other keys, is not known here.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

from claude_cli.disk import inputfile, paths
from claude_cli.disk.atomic_file import write_whole
from claude_cli.errors import InputError, InputUnreadable, UsageError
from claude_cli.values.documents import read_toml

LIMIT = 1024 * 1024
SUFFIX = ".toml"
FIELDS = "fields"
"""The table of defaults for the fields of the prompt."""
NO_TEMPLATE = "none"
"""What `-t` and the config file call no template."""
COMMAND_LINE_ONLY = frozenset({"template", "field", "profile", "save"})
"""Flags that choose defaults: a template cannot set them."""


@dataclass(frozen=True, slots=True)
class Template:
    """One saved prompt; `flags` are values by parameter name, as the file has them.

    `fields`: what stands for the fields of the prompt that nobody fills.
    """

    path: Path
    prompt: str | None
    flags: dict[str, Any]
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def is_foreign(self) -> bool:
        """Whether it comes from outside the user's own folder."""
        own = Path(os.path.realpath(templates_folder()))
        return not Path(os.path.realpath(self.path.parent)).is_relative_to(own)


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
    is_none = spec == NO_TEMPLATE or not spec.strip()
    if is_none or not spec.isprintable() or spec.startswith((".", "-")):
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
            hint=f"known templates: {known}; claude-cli templates edit {quote(spec)} makes it",
        )
    return parse_template_file(path, inputfile.read_text(path, limit=LIMIT))


def parse_template_file(path: Path, text: str) -> Template:
    """The template that `text` is; `path` names it. Raises InputError with the line at fault."""
    name = inputfile.escaped(str(path))
    values = read_toml(text, name)
    prompt = values.pop("prompt", None)
    if not isinstance(prompt, str | None):
        raise InputError(f"{name}: prompt is no text")
    fields = values.pop(FIELDS, {})
    if not (isinstance(fields, dict) and all(isinstance(text, str) for text in fields.values())):
        raise InputError(f"{name}: {FIELDS} is no table of texts", hint=f"[{FIELDS}]")
    flags = {key.replace("-", "_"): value for key, value in values.items()}
    for key in COMMAND_LINE_ONLY & flags.keys():
        raise InputError(f"{name}: a template cannot set --{key}")
    return Template(path, prompt, flags, fields)


def save_template(template: Template) -> None:
    """Write a new template. Raises UsageError where there is one of that name."""
    import tomlkit

    path = template.path
    if path.exists():
        hint = f"claude-cli templates edit {quote(path.stem)}"
        raise UsageError(f"there is a template {path.stem} already", hint=hint)
    document = tomlkit.document()
    for key, value in template.flags.items():
        document[key.replace("_", "-")] = value
    if template.prompt is not None:
        document["prompt"] = tomlkit.string(template.prompt, multiline="\n" in template.prompt)
    if template.fields:
        document[FIELDS] = template.fields
    write_whole(path, tomlkit.dumps(document).encode())
