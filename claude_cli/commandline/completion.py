"""What Tab offers: a word a line, with a note behind a tab character for shells that show one.

Typer's protocol tells the line (`_CLAUDE_CLI_COMPLETE`), and its engine which word is wanted. What
models, sessions and the like there are is handed in.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer._completion_classes import BashComplete, FishComplete, PowerShellComplete, ZshComplete

from claude_cli.commandline.completion_kinds import Words

VARIABLE = "_CLAUDE_CLI_COMPLETE"
SHELLS: dict[str, Any] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
    "powershell": PowerShellComplete,
    "pwsh": PowerShellComplete,
}


def complete(command: Any, commands: Mapping[str, str], words: Words, instruction: str) -> int:
    """Print what the word at the cursor could be; return the exit code.

    `commands` is the table of the program: its first word is completed without building them all.
    `words` gives what flags may take.
    Whatever goes wrong, nothing is printed: the user is in the middle of a line.
    """
    action, _, shell = instruction.partition("_")
    if action != "complete" or shell not in SHELLS:
        return 2
    try:
        engine = SHELLS[shell](command, {"obj": words}, "claude-cli", VARIABLE)
        args, incomplete = engine.get_completion_args()
        if not args and not incomplete.startswith("-"):
            found = _first_words(commands, incomplete, notes=shell != "bash")
        else:
            items = engine.get_completions(_without_equals(args), incomplete)
            found = ((item.value, item.help or "") for item in items)
        _print(found, shell, _joined_option(incomplete))
        sys.stdout.flush()
    except Exception:
        return 1
    return 0


def _print(found: Iterable[tuple[str, str]], shell: str, option: str) -> None:
    """Print words that are harmless as they are; bash has no notes, and splits at `=` itself."""
    for word, note in found:
        if word.isprintable():
            described = f"{option}{word}\t{' '.join(note.split())}".rstrip()
            line = word if shell == "bash" else described
            sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "replace"))


def _joined_option(incomplete: str) -> str:
    """`--model=` of `--model=son`: most shells have option and value as one word."""
    name, equals, _ = incomplete.partition("=")
    return name + equals if equals and name.startswith("--") else ""


def _without_equals(args: list[str]) -> list[str]:
    """bash makes three words of `--model=opus`."""
    before = ["", *args]
    return [a for a, last in zip(args, before, strict=False) if a != "=" or last[:2] != "--"]


def _first_words(
    commands: Mapping[str, str], start: str, *, notes: bool
) -> Iterator[tuple[str, str]]:
    for name, place in commands.items():
        if name.startswith(start):
            yield name, _summary(place) if notes else ""


def _summary(place: str) -> str:
    """The first line of a command's help, without building the command."""
    module, _, attribute = place.partition(":")
    target = getattr(import_module(module), attribute)
    text = target.info.help if isinstance(target, typer.Typer) else target.__doc__
    return str(text or "").partition("\n")[0]
