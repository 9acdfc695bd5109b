"""The map in docs/map.md: each module with the first sentence of what it says of itself."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "claude_cli"
FOLDERS = {
    ".": "the entry, and single modules",
    "commands": "a module for each subcommand: its flags, and one call",
    "flow": "what each subcommand does",
    "flow/chat": "what `chat` does",
    "flow/sessions": "what `sessions` does",
    "flow/batch": "what `batch` does",
    "flow/count": "what `count` does",
    "flow/shell": "what `shell` does",
    "flow/compare": "what `compare` does",
    "turn": "one exchange, from flags to a finished answer",
    "turn/keeping": "the session of a turn: opened, kept, reported on",
    "turn/going_on": "an answer that was cut, and its rest",
    "turn/container": "code that runs on the server: its skills, and the files that it makes",
    "turn/platforms": "where the model is served, and as whom it is asked",
    "api": "the Messages API over HTTP",
    "api/network": "what lies below: sockets, TLS, proxies, patience",
    "api/cloud": "the Messages API as clouds speak it",
    "clouds": "credentials of AWS, Google and Azure",
    "content": "what the user names → content blocks",
    "session": "conversations, kept",
    "tools": "tools that the model may call",
    "tools/mcp": "tools of MCP servers",
    "jobs": "many requests",
    "keys": "where the API key comes from",
    "simulator/server": "the simulator: sockets and endpoints",
    "simulator/state": "the simulator: what it remembers",
    "simulator/answers": "the simulator: what it answers",
    "simulator/checks": "the simulator: what it refuses",
    "simulator/wire": "the simulator: forms of requests and responses",
    "ui": "all that draws",
    "ui/live": "the live view",
    "ui/editor": "the line editor, and questions to the user",
    "cassette": "exchanges with the API, recorded and played",
    "models": "the table of models: facts and prices",
    "commandline": "flags: declared, read, explained, completed",
    "commandline/flags": "the flag groups that commands share, and what stands beside a flag",
    "disk": "files: appended to, read under a limit, written whole",
    "child": "programs that we start: a group of their own, so many seconds, so much output",
    "values": "what is not trusted: JSON, TOML, schemas, surrogates, first bytes",
}
"""In the order of the layers."""


def module_map() -> str:
    """A list for each folder."""
    parts = []
    for folder, text in FOLDERS.items():
        paths = sorted((PACKAGE / folder).glob("*.py"))
        rows = [f"- `{path.stem}`: {first_sentence(path)}" for path in paths if path.stat().st_size]
        name = "claude_cli" if folder == "." else folder
        parts.append("\n".join([f"## `{name}/`: {text}", "", *rows]))
    return "\n\n".join(parts)


def first_sentence(path: Path) -> str:
    docstring = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split())
    return re.split(r"(?<=\.) ", docstring)[0]
