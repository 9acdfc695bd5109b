"""Slash commands that take an answer away: shown as it came, copied, saved."""

from claude_cli.content.specs import typed_path
from claude_cli.disk import inputfile
from claude_cli.disk.atomic_file import write_new
from claude_cli.errors import UsageError
from claude_cli.flow.chat.dialogue import Dialogue
from claude_cli.ui.extract import fenced_blocks

CODE = "code"
"""Stands for the number of the first code block."""


def show(chat: Dialogue, argument: str) -> None:
    chat.screen.show_answer(_answer(chat, argument))


def copy(chat: Dialogue, argument: str) -> None:
    chat.screen.copy(_block(chat, argument) if argument else _answer(chat))


def save(chat: Dialogue, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    names_block = bool(rest) and (first == CODE or first.isdecimal())
    text = _block(chat, first) if names_block else _answer(chat)
    path = typed_path(rest.strip() if names_block else argument)
    write_new(path, [text.removesuffix("\n") + "\n"])
    chat.screen.tell([f"written: {inputfile.escaped(path)}"])


def _answer(chat: Dialogue, number: str = "") -> str:
    """The last answer, or the one of that number; raises UsageError where there is none."""
    answers = chat.answers
    if not answers:
        raise UsageError("there is no answer yet")
    if not number:
        return answers[-1]
    return answers[_index(number, len(answers), "/show takes a number")]


def _block(chat: Dialogue, number: str) -> str:
    """A code block of the last answer, by its number."""
    blocks = fenced_blocks(_answer(chat))
    if not blocks:
        raise UsageError("the last answer has no fenced code block")
    number = "1" if number == CODE else number
    return blocks[_index(number, len(blocks), "a code block has a number")]


def _index(number: str, count: int, what: str) -> int:
    """Raises UsageError for a number that is not from 1 to `count`."""
    if number not in map(str, range(1, count + 1)):
        raise UsageError(f"{what} from 1 to {count}, not {number}")
    return int(number) - 1
