"""What a session holds, as it stands in its file."""

from pathlib import Path
from typing import Any

from claude_cli.disk import appendlog
from claude_cli.session.prompts import prompt_of
from claude_cli.session.store import Store


def kept(name: str) -> list[str]:
    """The texts of the conversation, as a next command sends them."""
    return [prompt_of(message["content"]) for message in Store().open(name).context()]


def pairs(path: Path) -> dict[str, str]:
    """Each prompt that has a whole answer, anywhere in the tree of a session, and that answer
    without newlines at its end."""
    found, prompts = {}, {}
    for line in appendlog.read_records(path):
        record: dict[str, Any] = line.value or {}
        if record.get("kind") == "user":
            prompts[record["id"]] = prompt_of(record["content"])
        elif record.get("kind") == "assistant" and record.get("status") != "partial":
            found[prompts[record["parent"]]] = prompt_of(record["message"]["content"]).rstrip("\n")
    return found
