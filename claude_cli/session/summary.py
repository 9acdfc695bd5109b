"""What a session file holds, from one scan over its lines: few of them are decoded."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from claude_cli.disk.appendlog import read_lines
from claude_cli.errors import ClaudeCliError
from claude_cli.session.backwards import lines_back
from claude_cli.session.format import (
    Content,
    Record,
    decode,
    glance_at_answer,
    glance_at_prompt,
    may_be,
    tokens_of,
)
from claude_cli.session.prompts import opens_turn, prompt_of
from claude_cli.session.transcript import is_answer

TITLE_WIDTH = 60


@dataclass(slots=True)
class Summary:
    """A session as a list shows it. Texts come from the file: whoever prints them sanitises."""

    id: str
    file: str
    modified: float
    """When it was last appended to, seconds since the epoch."""
    name: str | None = None
    title: str = ""
    """The first prompt on one line, cut to TITLE_WIDTH characters."""
    turns: int = 0
    """Prompts, those of branches that were left included."""
    model: str | None = None
    """The model that was asked last."""
    tokens: int = 0
    """All tokens in and out, cache included, as far as the API told them."""
    answered: bool = False
    """Whether a prompt got an answer, whole or in part."""
    simulated: bool = False
    """Whether a simulator answered."""
    damaged: int = 0
    """Lines that cannot be read."""

    @property
    def path(self) -> Path:
        return Path(self.file)  # made when it is asked for: a list of thousands does not

    @property
    def last_used(self) -> str:
        """`modified` as people read it, in local time."""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(self.modified))


def summarise(path: Path) -> Summary:
    """Raises FileNotFoundError where there is no file, else what `read_lines` raises."""
    summary = Summary(path.stem, str(path), path.stat().st_mtime_ns / 1e9)
    for _, data in read_lines(path):
        _note_line(summary, data)
    return summary


def find_name(path: Path) -> str | None:
    """The session's newest name; None where it has none or cannot be read."""
    with suppress(ClaudeCliError, FileNotFoundError):
        for _, data in lines_back(path, path.stat().st_size):
            if may_be("name", data):
                record, _ = decode(data)
                if record and record["kind"] == "name":
                    return record["name"]
    return None


def _note_line(summary: Summary, data: bytes | None) -> None:
    line = data or b""
    if answer := glance_at_answer(line):
        _note_answer(summary, answer.model, answer.tokens)
        summary.answered = True
    elif summary.title and (opens := glance_at_prompt(line)) is not None:
        summary.turns += opens
    else:
        record, damage = decode(data)
        summary.damaged += damage is not None
        if record:
            _note_record(summary, record)


def _note_record(summary: Summary, record: Record) -> None:
    match record["kind"]:
        case "header":
            summary.simulated = summary.simulated or record.get("simulated") is True
        case "name":
            summary.name = record["name"]
        case "user" if "compacts" not in record:
            summary.turns += opens_turn(record)
            summary.title = summary.title or title_of(record["content"])
        case "assistant" | "summary":
            summary.answered = summary.answered or is_answer(record)
            model = record.get("model") or record["message"].get("model")
            model = model if isinstance(model, str) else None
            _note_answer(summary, model, tokens_of(record))


def _note_answer(summary: Summary, model: str | None, tokens: int) -> None:
    summary.model = model or summary.model
    summary.tokens += tokens


def title_of(content: Content) -> str:
    """A prompt as a list shows it."""
    line = " ".join(prompt_of(content)[: 20 * TITLE_WIDTH].split())
    return line if len(line) <= TITLE_WIDTH else line[: TITLE_WIDTH - 1] + "…"
