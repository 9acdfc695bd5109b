"""Slash commands that take an answer away: shown as it came, copied, saved."""

from claude_cli.content.specs import typed_path
from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import write_new
from claude_cli.errors import UsageError
from claude_cli.flow.chat.dialogue import Dialogue


def show(chat: Dialogue, argument: str) -> None:
    chat.screen.show_answer(_answer(chat, argument))


def copy(chat: Dialogue, argument: str) -> None:
    chat.screen.copy(_answer(chat))


def save(chat: Dialogue, argument: str) -> None:
    path = typed_path(argument)
    write_new(path, [_answer(chat).removesuffix("\n") + "\n"])
    chat.screen.tell([f"written: {inputfile.escaped(path)}"])


def _answer(chat: Dialogue, number: str = "") -> str:
    """The last answer, or the one of that number; raises UsageError where there is none."""
    answers = chat.answers
    if not answers:
        raise UsageError("there is no answer yet")
    if not number:
        return answers[-1]
    if number not in map(str, range(1, len(answers) + 1)):
        raise UsageError(f"/show takes a number from 1 to {len(answers)}, not {number}")
    return answers[int(number) - 1]
