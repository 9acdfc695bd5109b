"""The map of CONTRIBUTING: each module with the first sentence of what it says of itself."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "claude_cli"
FOLDERS = {
    ".": "entry, foundation and single modules",
    "commands": "a module for each subcommand: its flags, and one call",
    "flow": "what a command does, from flags to exit code",
    "api": "the Messages API over HTTP",
    "content": "what the user names → content blocks",
    "session": "conversations, kept",
    "tools": "tools that the model may call",
    "jobs": "many requests",
    "keys": "where the API key comes from",
    "simulator": "a local Messages API",
    "ui": "all that draws",
}
"""In the order in which the layers know each other, as far as there is one."""


def module_map() -> str:
    """A folded list for each folder."""
    parts = []
    for folder, text in FOLDERS.items():
        paths = sorted((PACKAGE / folder).glob("*.py"))
        rows = [f"- `{path.stem}`: {first_sentence(path)}" for path in paths if path.stat().st_size]
        name = "claude_cli" if folder == "." else folder
        opened = f"<details><summary><b>{name}/</b>: {text}</summary>"
        parts.append("\n".join([opened, "", *rows, "", "</details>"]))
    return "\n\n".join(parts)


def first_sentence(path: Path) -> str:
    told = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split())
    return re.split(r"(?<=\.) ", told)[0]
