"""What a session holds, as it stands in its file."""

from pathlib import Path
from typing import Any

from claude_cli.disk import appendlog
from claude_cli.session.prompts import prompt_of
from claude_cli.session.store import Store


def kept(name: str) -> list[str]:
    """The texts of the conversation, as a next command sends them."""
    return [prompt_of(message["content"]) for message in Store().open(name).context()]


def answers(path: Path, *, whole: bool = False) -> list[tuple[str, str]]:
    """Prompt and answer, anywhere in the tree of a session, without newlines at the end; `whole`:
    without those that were cut. What follows results of tools answers the prompt before them."""
    found: list[tuple[str, str]] = []
    prompts: dict[str | None, str] = {}
    for line in appendlog.read_records(path):
        record: dict[str, Any] = line.value or {}
        before = prompts.get(record.get("parent"), "")
        if record.get("kind") == "user":
            prompts[record["id"]] = prompt_of(record["content"]) or before
        elif record.get("kind") == "assistant":
            prompts[record["id"]] = before
            if not (whole and record["status"] == "partial"):
                found.append((before, prompt_of(record["message"]["content"]).rstrip("\n")))
    return found


def pairs(path: Path) -> dict[str, str]:
    """Each prompt that has a whole answer, and the newest of these."""
    return dict(answers(path, whole=True))
