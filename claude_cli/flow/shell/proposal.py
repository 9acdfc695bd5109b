"""What the model is told and what it answers: a request in words → one command line. Pure."""

from dataclasses import dataclass
from typing import Any

from claude_cli.errors import InputError
from claude_cli.types import ContentBlock
from claude_cli.ui.extract import fenced_block
from claude_cli.values.strict_json import parse_json

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "command": {"type": "string", "description": "the command line, ready to run"},
        "explanation": {"type": "string", "description": "one or two sentences on what it does"},
    },
    "required": ["command", "explanation"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the command will run."""

    shell: str
    system: str
    folder: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A command that nobody has agreed to yet, and what its author says of it."""

    command: str
    explanation: str = ""


def instructions(where: Surroundings, *, with_schema: bool, more: str = "") -> str:
    """The system prompt, with what the user says `more`."""
    form = "" if with_schema else (
        " Answer with that command in one fenced code block, and one or two sentences on what it "
        "does below."
    )  # fmt: skip
    text = (
        f"You turn what the user wants to do into one command line for {where.shell} on "
        f"{where.system}, run in the folder {where.folder}. Use programs that are usually there. "
        "Prefer what changes nothing; never delete or overwrite more than was asked for. No "
        f"placeholders: where a name is missing, let the command find it.{form}"
    )
    return f"{text}\n\n{more}" if more else text


def read_proposal(answer: str) -> Proposal:
    """The command in an answer: a JSON object of SCHEMA, else the first fenced code block.

    Raises InputError where there is none.
    """
    proposal = _from_object(answer) or _from_block(answer)
    if not proposal.command or "\0" in proposal.command:
        said = f": {proposal.explanation}" if proposal.explanation else ""
        raise InputError(f"the answer has no command{said}", hint="say it in other words")
    return proposal


def explain(command: str) -> ContentBlock:
    """The prompt that asks what a command does."""
    text = (
        "Explain this command, part by part and briefly, in the language of my request: what it "
        f"reads, what it changes, what could go wrong. Propose no other.\n\n{command}"
    )
    return {"type": "text", "text": text}


def _from_object(answer: str) -> Proposal | None:
    try:
        value = parse_json(answer)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    command, explanation = value.get("command"), value.get("explanation")
    return Proposal(_clean(command), _clean(explanation))


def _from_block(answer: str) -> Proposal:
    try:
        block = fenced_block(answer, "first")
    except InputError:
        return Proposal("", " ".join(answer.split())[:500])
    lines = [line for line in answer.split("\n") if not line.lstrip().startswith(("```", "~~~"))]
    words = "\n".join(lines).replace(block.rstrip("\n"), "", 1)
    return Proposal(_clean(block), _clean(words))


def _clean(value: object) -> str:
    """A text without blank lines around it, and without halves of characters."""
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode().strip()
